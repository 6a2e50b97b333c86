"""The Schedules of the daily runs, made equal to what the accounts ask for, and two more.

A Schedule holds a local time and an IANA zone, so that the server keeps it at that time over
daylight saving; its id says which. Overlap SKIP applies to the run, which is over when its
accounts wait for their reviewers: a day that waits never holds up the next.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from schemas.daily_run import DailyRunInput
from schemas.digest import DigestRun
from schemas.housekeeping import HousekeepingInput
from schemas.names import TASK_QUEUE

PREFIX = "daily-run/"
HOUSEKEEPING = "housekeeping"
HOUSEKEEPING_TIME = "04:30"
"""UTC. A trouble that it tells of is there in the morning of most."""
DIGESTS = "digests"
"""Every quarter of an hour: no zone lies between two of them."""
CATCH_UP = timedelta(hours=6)
"""How late a run that was missed may still start; the server's own default is a year."""


A = TypeVar("A")


class Change(StrEnum):
    """What `apply` did to a Schedule."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Planned:
    """One Schedule as people see it."""

    id: str
    run: DailyRunInput | None
    """None for one that starts no daily run."""
    paused: bool
    note: str
    next_times: tuple[datetime, ...]
    """UTC."""


def _once(time: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hours and minutes of a Schedule that starts something once a day."""
    hour, minute = (int(part) for part in time.split(":"))
    return (hour,), (minute,)


@dataclass(frozen=True)
class _Wish:
    """What a Schedule is to start, and when."""

    workflow: str
    argument: DailyRunInput | HousekeepingInput | DigestRun
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    zone: str
    summary: str

    @classmethod
    def of(cls, run: DailyRunInput) -> "_Wish":
        summary = f"accounts of {run.start_time} {run.zone}"
        return cls("DailyRun", run, *_once(run.start_time), run.zone, summary)


_ALONE = {
    HOUSEKEEPING: _Wish(
        "Housekeeping",
        HousekeepingInput(),
        *_once(HOUSEKEEPING_TIME),
        "UTC",
        "tokens and secrets",
    ),
    DIGESTS: _Wish("Digests", DigestRun(), tuple(range(24)), (0, 15, 30, 45), "UTC", "by e-mail"),
}
"""The Schedules that there are whatever accounts there are."""


def schedule_id(run: DailyRunInput) -> str:
    """The Schedule's name: one for each local start time and zone."""
    return f"{PREFIX}{run.start_time}/{run.zone}"


async def apply(client: Client, wanted: Iterable[DailyRunInput]) -> dict[str, Change]:
    """Create, update and delete until the Schedules are `wanted`. Again: changes nothing.

    A paused Schedule stays paused. Raises ValueError for a zone that the server doesn't know.
    """
    runs = {schedule_id(run): run for run in wanted}
    standing = {found.id async for found in _all(client)}
    changes: dict[str, Change] = {}
    for name in sorted(runs.keys() | standing):
        handle = client.get_schedule_handle(name)
        if name not in runs:
            changes[name] = await _delete(handle)
        else:
            changes[name] = await _make(client, handle, _Wish.of(runs[name]))
    return changes


async def apply_alone(client: Client) -> dict[str, Change]:
    """Have housekeeping done and digests sent. Again: changes nothing; a pause stays."""
    return {
        name: await _make(client, client.get_schedule_handle(name), wish)
        for name, wish in _ALONE.items()
    }


async def planned(client: Client) -> tuple[Planned, ...]:
    """Every Schedule of ours with its next times."""
    alone = [client.get_schedule_handle(name) for name in _ALONE]
    handles = [*[one async for one in _all(client)], *alone]
    found = [await _planned(client, handle) for handle in handles]
    return tuple(sorted(filter(None, found), key=lambda one: one.id))


async def times(client: Client, name: str, start: datetime, end: datetime) -> list[datetime]:
    """When the server would start a Schedule between two instants, in UTC."""
    request = ListScheduleMatchingTimesRequest(
        namespace=client.namespace,
        schedule_id=name,
        start_time=_timestamp(start),
        end_time=_timestamp(end),
    )
    answer = await client.workflow_service.list_schedule_matching_times(request)
    return [stamp.ToDatetime(tzinfo=start.tzinfo) for stamp in answer.start_time]


async def set_paused(client: Client, names: Iterable[str], *, paused: bool, note: str) -> None:
    """Pause or resume Schedules, with a note that the Web UI shows."""
    for name in names:
        handle = client.get_schedule_handle(name)
        await (handle.pause(note=note) if paused else handle.unpause(note=note))


async def _all(client: Client) -> AsyncIterator[ScheduleHandle]:
    async for entry in await client.list_schedules():
        if entry.id.startswith(PREFIX):
            yield client.get_schedule_handle(entry.id)


def _desired(name: str, wish: _Wish) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            wish.workflow,
            wish.argument,
            id=name,
            task_queue=TASK_QUEUE,
            static_summary=wish.summary,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(hour) for hour in wish.hours],
                    minute=[ScheduleRange(minute) for minute in wish.minutes],
                    second=[ScheduleRange(0)],
                )
            ],
            time_zone_name=wish.zone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )


async def _make(client: Client, handle: ScheduleHandle, wish: _Wish) -> Change:
    """Create or update, whatever the server's list said: it lags behind by a moment."""
    try:
        return await _update(client, handle, wish)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    if await _create(client, handle.id, wish):
        return Change.CREATED
    return await _update(client, handle, wish)


async def _create(client: Client, name: str, wish: _Wish) -> bool:
    """Whether it was made by us: somebody else may be faster."""
    try:
        await client.create_schedule(name, _desired(name, wish))
    except ScheduleAlreadyRunningError:
        return False
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise ValueError(f"zone {wish.zone!r}: {error.message}") from None
    return True


async def _delete(handle: ScheduleHandle) -> Change:
    try:
        await handle.delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return Change.DELETED


async def _update(client: Client, handle: ScheduleHandle, wish: _Wish) -> Change:
    if await _stands(client, await handle.describe(), wish):
        return Change.UNCHANGED

    def replace(standing: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = _desired(handle.id, wish)
        schedule.state = standing.description.schedule.state
        return ScheduleUpdate(schedule)

    await handle.update(replace)
    return Change.UPDATED


async def _stands(client: Client, found: ScheduleDescription, wish: _Wish) -> bool:
    """Whether the Schedule is as wanted, read from the server and not from memory."""
    spec, policy = found.schedule.spec, found.schedule.policy
    calendars = [(calendar.hour, calendar.minute, calendar.second) for calendar in spec.calendars]
    wanted = _desired(found.id, wish)
    wanted_calendars = [
        (calendar.hour, calendar.minute, calendar.second) for calendar in wanted.spec.calendars
    ]
    return (
        _starts(calendars) == _starts(wanted_calendars)
        and not (spec.intervals or spec.cron_expressions or spec.skip)
        and spec.time_zone_name == wish.zone
        and policy.overlap == wanted.policy.overlap
        and policy.catchup_window == CATCH_UP
        and await _argument_of(client, found, wish.workflow, type(wish.argument)) == wish.argument
    )


def _starts(calendars: Iterable[tuple[Iterable[ScheduleRange], ...]]) -> list[list[list[int]]]:
    """The times alone: the server fills in ends and steps."""
    return [[[one.start for one in part] for part in calendar] for calendar in calendars]


async def _argument_of(
    client: Client, found: ScheduleDescription, workflow: str, kind: type[A]
) -> A | None:
    """What the Schedule hands to the workflow, None when it starts another, or elsewhere."""
    action = found.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow) or action.workflow != workflow:
        return None
    if action.task_queue != TASK_QUEUE or len(action.args) != 1:
        return None
    (argument,) = await client.data_converter.decode(list(action.args), [kind])
    return argument if isinstance(argument, kind) else None


async def _planned(client: Client, handle: ScheduleHandle) -> Planned | None:
    """None for one that isn't there, though it may still be listed."""
    try:
        found = await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return Planned(
        id=handle.id,
        run=await _argument_of(client, found, "DailyRun", DailyRunInput),
        paused=found.schedule.state.paused,
        note=found.schedule.state.note or "",
        next_times=tuple(found.info.next_action_times),
    )


def _timestamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
