"""Following one day: what its workflow answers, and how far its activities say they are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from runtime.board import Board
from runtime.doors import NoSuchDay, read_progress
from schemas.account import AccountDay
from schemas.day import DayProgress, Heartbeat, Stage, StepProgress, StepState

LOOK_SECONDS = 0.5

MEASURED = {"fetch_clip": "download", "compose_reel": "compose"}
"""The activities that tell how far they are, and how the names of their steps end."""


@dataclass(frozen=True)
class Look:
    """One look at a day."""

    progress: DayProgress
    closed: bool
    percents: Mapping[str, float] = field(default_factory=dict)
    """How far a running step is, by its name, where that is known."""

    @property
    def waits_for_person(self) -> bool:
        """Whether nothing goes on until a person acts."""
        return self.progress.stage is Stage.REVIEW or self.progress.parked_step is not None


async def looks(client: Client, key: AccountDay) -> AsyncIterator[Look]:
    """Look at a day twice a second until it is closed; the last look shows it closed.

    A look that no worker or server answers is left out. Raises NoSuchDay.
    """
    while True:
        look = await _look(client, key)
        if look is not None:
            yield look
            if look.closed:
                return
        await asyncio.sleep(LOOK_SECONDS)


async def watch_day(client: Client, key: AccountDay) -> int:
    """Show a day's steps until it waits for a person or is over.

    Returns 1 for a day that is parked at a failed step or ended without a result, else 0.
    """
    with Board() as board:
        async for look in looks(client, key):
            board.show(look.progress.steps, look.percents)
            if look.waits_for_person or look.closed:
                break
    progress = look.progress
    print(progress.waiting_for or how_it_ended(progress))
    return int(progress.parked_step is not None or (look.closed and progress.result is None))


def how_it_ended(progress: DayProgress) -> str:
    """A sentence for a closed day."""
    if progress.result is None:
        return "the day was ended from outside: look in the Web UI"
    result = progress.result
    return " - ".join(
        filter(None, (result.outcome.value, result.reason, result.permalink)),
    )


async def _look(client: Client, key: AccountDay) -> Look | None:
    handle = client.get_workflow_handle(key.workflow_id)
    try:
        seen = await handle.describe()
        progress = await read_progress(client, key)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchDay(f"{key.account} {key.day} was never started") from None
        return None
    if progress is None:
        return None
    pending = seen.raw_description.pending_activities
    told = [(one, await _heartbeat(client, one)) for one in pending if _is_measured(one)]
    percents = _by_step(progress.steps, told)
    steps = (*progress.steps, *_troubles(pending))
    progress = progress.model_copy(update={"steps": steps})
    return Look(progress, seen.status is not WorkflowExecutionStatus.RUNNING, percents)


def _troubles(pending: Iterable[PendingActivityInfo]) -> Iterator[StepProgress]:
    """What was tried before and failed, so that nothing fails again and again unseen."""
    for one in pending:
        if one.attempt > 1 and one.last_failure.message:
            yield StepProgress(
                name=f"{one.activity_type.name}, attempt {one.attempt}",
                state=StepState.RUNNING,
                started_at=one.scheduled_time.ToDatetime(tzinfo=UTC),
                detail=f"after: {one.last_failure.message}",
            )


def _is_measured(activity: PendingActivityInfo) -> bool:
    return activity.activity_type.name in MEASURED


async def _heartbeat(client: Client, activity: PendingActivityInfo) -> Heartbeat:
    if not activity.heartbeat_details.payloads:
        return Heartbeat()
    decoded = await client.data_converter.decode(
        activity.heartbeat_details.payloads, type_hints=[Heartbeat]
    )
    heartbeat: Heartbeat = decoded[0]
    return heartbeat


def _by_step(
    steps: Iterable[StepProgress], told: list[tuple[PendingActivityInfo, Heartbeat]]
) -> dict[str, float]:
    """Match activities with the running steps of their kind, in the order of their starts."""
    percents: dict[str, float] = {}
    in_order = sorted(told, key=lambda pair: pair[0].scheduled_time.ToNanoseconds())
    running = sorted(
        (step for step in steps if step.state is StepState.RUNNING),
        key=lambda step: step.started_at,
    )
    for kind, ending in MEASURED.items():
        names = [step.name for step in running if step.name.endswith(ending)]
        beats = [beat for one, beat in in_order if one.activity_type.name == kind]
        if len(names) == len(beats):
            pairs = zip(names, beats, strict=True)
            percents |= {name: beat.percent for name, beat in pairs if beat.percent is not None}
    return percents
