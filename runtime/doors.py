"""What a door says to a day: start, a decision, an answer to a parked step, "publish now"."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from runtime.exits import InputError
from runtime.temporal import ACCOUNT_ID
from schemas.account import AccountDay
from schemas.day import AccountDayInput, DayProgress, PublishNow, Resolution
from schemas.decision import Answer, Decision, SealedDecision, seal
from schemas.names import TASK_QUEUE

AnyHandle = WorkflowHandle[Any, Any]

PATIENCE = timedelta(seconds=15)
"""How long a person at a command line waits for a worker's answer."""

PAUSE = timedelta(seconds=0.5)
"""How long to wait before a day is asked again that could not be."""

CLOSED_FIRST = "AcceptedUpdateCompletedWorkflow"
"""The server's word for an update whose run ended before it was answered."""


class AlreadyStarted(InputError):
    """The day was started before."""


class NoSuchDay(InputError):
    """No run of this day is open: it never started, or it is closed."""


@dataclass(frozen=True)
class Sent:
    """What became of a decision: its answer, or None when it waits for a worker."""

    answer: Answer | None


async def start_day(client: Client, key: AccountDay, requested_by: str) -> str:
    """Start a day now and return its run id. Raises AlreadyStarted for a second start."""
    try:
        handle = await client.start_workflow(
            "AccountDay",
            AccountDayInput(account=key.account, day=key.day, requested_by=requested_by),
            id=key.workflow_id,
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"{key.account}, {key.day}",
            search_attributes=TypedSearchAttributes([SearchAttributePair(ACCOUNT_ID, key.account)]),
        )
    except WorkflowAlreadyStartedError:
        raise AlreadyStarted(
            f"{key.account} {key.day} was started before, and a day runs once; see: starter.py show"
        ) from None
    return handle.first_execution_run_id or ""


async def send_decision(
    client: Client, decision: Decision, key: bytes, *, patience: timedelta = PATIENCE
) -> Sent:
    """Send one decision and wait for its answer.

    When no worker answers in time, the same decision is left as a signal, which the server
    keeps; being the same, it counts once. So it is when more people ask at once than the
    server lets. Raises NoSuchDay, or RPCError when the server is away.
    """
    sealed = seal(decision, key)
    handle = client.get_workflow_handle(decision.key.workflow_id)
    ends = time.monotonic() + patience.total_seconds()
    while (left := ends - time.monotonic()) > 0:
        try:
            # A server that can't be reached is tried again for ten seconds, each time anew.
            async with asyncio.timeout(left):
                answer = await handle.execute_update(
                    "decide",
                    sealed,
                    id=decision.id,
                    result_type=Answer,
                    rpc_timeout=timedelta(seconds=left),
                )
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            _heed_cancellation()
            break
        except (WorkflowUpdateFailedError, RPCError) as error:
            if not _may_pass(error):
                raise _no_such_day(decision.key, error) from None
            await asyncio.sleep(min(PAUSE.total_seconds(), left))
        else:
            return Sent(answer)
    return await _leave(handle, decision.key, sealed)


def _heed_cancellation() -> None:
    """Let whoever gave this task up be heard: an update tells it as if its time were over.

    Without that a decision would be left after its sender was told that it failed.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _may_pass(error: WorkflowUpdateFailedError | RPCError) -> bool:
    """Whether the server only has no answer just now.

    It takes ten unanswered updates of a day, and aborts some when a worker is lost.
    """
    passing = {RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.UNAVAILABLE}
    return isinstance(error, RPCError) and error.status in passing


async def _leave(handle: AnyHandle, key: AccountDay, sealed: SealedDecision) -> Sent:
    """Leave a decision with the server; the day may have closed while it was waited for."""
    try:
        await handle.signal("approval", sealed)
    except RPCError as error:
        raise _no_such_day(key, error) from None
    return Sent(answer=None)


async def send_resolution(
    client: Client, key: AccountDay, resolution: Resolution, *, patience: timedelta = PATIENCE
) -> str:
    """Answer a parked step. Raises NoSuchDay, or InputError when nothing is parked."""
    return await _told(client, key, "resolve", resolution, patience)


async def send_publish_now(
    client: Client, key: AccountDay, word: PublishNow, *, patience: timedelta = PATIENCE
) -> str:
    """End the wait for a posting time, and no other. Again: the same answer.

    Raises NoSuchDay, or InputError when the day waits for something else.
    """
    return await _told(client, key, "publish", word, patience)


async def _told(
    client: Client, key: AccountDay, update: str, word: object, patience: timedelta
) -> str:
    handle = client.get_workflow_handle(key.workflow_id)
    try:
        reply: str = await handle.execute_update(
            update, word, result_type=str, rpc_timeout=patience
        )
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise InputError(
            "no worker answered: whether it took effect is not known; see: starter.py show"
        ) from None
    except (WorkflowUpdateFailedError, RPCError) as error:
        raise _no_such_day(key, error) from None
    return reply


async def read_progress(client: Client, key: AccountDay) -> DayProgress | None:
    """Ask a running or closed day where it stands. None when no worker answers."""
    handle = client.get_workflow_handle(key.workflow_id)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            progress: DayProgress = await handle.query("progress", result_type=DayProgress)
    except TimeoutError:
        return None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchDay(f"{key.account} {key.day} was never started") from None
        raise
    return progress


async def running_days(client: Client) -> frozenset[str]:
    """The workflow ids of all days that Temporal has open, a moment old at most."""
    found = client.list_workflows("WorkflowType = 'AccountDay' AND ExecutionStatus = 'Running'")
    return frozenset([one.id async for one in found])


def _no_such_day(key: AccountDay, error: WorkflowUpdateFailedError | RPCError) -> InputError:
    """Put a refused update into words; what is none of these is raised as it is."""
    if isinstance(error, WorkflowUpdateFailedError):
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type != CLOSED_FIRST:
            return InputError(cause.message)
        return NoSuchDay(f"{key.account} {key.day} is closed")
    # A missing namespace is NOT_FOUND too, and says nothing about the day.
    if error.status is RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower():
        return NoSuchDay(f"{key.account} {key.day} is closed or was never started")
    raise error
