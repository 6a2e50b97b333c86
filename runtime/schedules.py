"""The Schedules that start the daily runs: made equal to what the accounts ask for.

A Schedule holds a local time and an IANA zone, so that the server keeps it at that time over
daylight saving; its id says which. Overlap SKIP applies to the run, which is over when its
accounts wait for their reviewers: a day that waits never holds up the next.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
from schemas.names import TASK_QUEUE

PREFIX = "daily-run/"
CATCH_UP = timedelta(hours=6)
"""How late a run that was missed may still start; the server's own default is a year."""


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
    paused: bool
    note: str
    next_times: tuple[datetime, ...]
    """UTC."""


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
            changes[name] = await _make(client, handle, runs[name])
    return changes


async def planned(client: Client) -> tuple[Planned, ...]:
    """Every Schedule of ours with its next times."""
    found = [await _planned(client, handle) async for handle in _all(client)]
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


def _desired(name: str, run: DailyRunInput) -> Schedule:
    hour, minute = (int(part) for part in run.start_time.split(":"))
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "DailyRun",
            run,
            id=name,
            task_queue=TASK_QUEUE,
            static_summary=f"accounts of {run.start_time} {run.zone}",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(hour)],
                    minute=[ScheduleRange(minute)],
                    second=[ScheduleRange(0)],
                )
            ],
            time_zone_name=run.zone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )


async def _make(client: Client, handle: ScheduleHandle, run: DailyRunInput) -> Change:
    """Create or update, whatever the server's list said: it lags behind by a moment."""
    try:
        return await _update(client, handle, run)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    if await _create(client, handle.id, run):
        return Change.CREATED
    return await _update(client, handle, run)


async def _create(client: Client, name: str, run: DailyRunInput) -> bool:
    """Whether it was made by us: somebody else may be faster."""
    try:
        await client.create_schedule(name, _desired(name, run))
    except ScheduleAlreadyRunningError:
        return False
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise ValueError(f"zone {run.zone!r}: {error.message}") from None
    return True


async def _delete(handle: ScheduleHandle) -> Change:
    try:
        await handle.delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return Change.DELETED


async def _update(client: Client, handle: ScheduleHandle, run: DailyRunInput) -> Change:
    if await _stands(client, await handle.describe(), run):
        return Change.UNCHANGED

    def replace(standing: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = _desired(handle.id, run)
        schedule.state = standing.description.schedule.state
        return ScheduleUpdate(schedule)

    await handle.update(replace)
    return Change.UPDATED


async def _stands(client: Client, found: ScheduleDescription, run: DailyRunInput) -> bool:
    """Whether the Schedule is as wanted, read from the server and not from memory."""
    spec, policy = found.schedule.spec, found.schedule.policy
    calendars = [(calendar.hour, calendar.minute, calendar.second) for calendar in spec.calendars]
    wanted = _desired(found.id, run)
    wanted_calendars = [
        (calendar.hour, calendar.minute, calendar.second) for calendar in wanted.spec.calendars
    ]
    return (
        _starts(calendars) == _starts(wanted_calendars)
        and not (spec.intervals or spec.cron_expressions or spec.skip)
        and spec.time_zone_name == run.zone
        and policy.overlap == wanted.policy.overlap
        and policy.catchup_window == CATCH_UP
        and await _run_of(client, found) == run
    )


def _starts(calendars: Iterable[tuple[Iterable[ScheduleRange], ...]]) -> list[list[list[int]]]:
    """The times alone: the server fills in ends and steps."""
    return [[[one.start for one in part] for part in calendar] for calendar in calendars]


async def _run_of(client: Client, found: ScheduleDescription) -> DailyRunInput | None:
    action = found.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow) or action.workflow != "DailyRun":
        return None
    if action.task_queue != TASK_QUEUE or len(action.args) != 1:
        return None
    (run,) = await client.data_converter.decode(list(action.args), [DailyRunInput])
    return run if isinstance(run, DailyRunInput) else None


async def _planned(client: Client, handle: ScheduleHandle) -> Planned | None:
    """None for one that is still listed, and gone."""
    try:
        found = await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return Planned(
        id=handle.id,
        run=await _run_of(client, found),
        paused=found.schedule.state.paused,
        note=found.schedule.state.note or "",
        next_times=tuple(found.info.next_action_times),
    )


def _timestamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
