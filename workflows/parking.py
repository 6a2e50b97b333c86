"""Parking: a step that failed for good waits for a person, and nothing before it is repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    is_cancelled_exception,
)
from temporalio.exceptions import (
    TimeoutError as TemporalTimeout,
)

with workflow.unsafe.imports_passed_through():
    from schemas.day import Resolution, ResolveAction
    from schemas.failures import FailureKind
    from workflows.journal import Journal

T = TypeVar("T")


class StepFailed(Exception):
    """A step used up its tries, or was told that no try helps."""

    def __init__(
        self, step: str, kind: FailureKind, message: str, *, retry_after: float | None = None
    ) -> None:
        """`message` is the remote's or our own sentence for a person.

        `retry_after` is in seconds, as the remote asked for it.
        """
        super().__init__(message)
        self.step = step
        self.kind = kind
        self.message = message
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        """What people are told."""
        return f"{self.step} failed ({self.kind.value}): {self.message}"


class AccountPaused(StepFailed):
    """The account is paused: the step goes on when it is resumed."""

    def __init__(self, step: str, words: str) -> None:
        """`words` say why, and what ends it."""
        super().__init__(step, FailureKind.ACCOUNT_PAUSED, words)

    @property
    def sentence(self) -> str:
        """What people are told."""
        return self.message


Arrival = Callable[[StepFailed], Awaitable[None]]
"""Called when a step has parked, to record it and tell people."""


class Abandoned(Exception):
    """A person ended the day at a parked step."""


class OverBudget(Exception):
    """A call was refused because it would have passed a budget: the day ends."""


class Skipped(Exception):
    """A person said to go on without the parked step."""


class Parking:
    """Holds one parked step at a time; a second one waits for its turn."""

    def __init__(self, journal: Journal) -> None:
        """Park under the day's journal."""
        self._journal = journal
        self._turn = asyncio.Lock()
        self._failure: StepFailed | None = None
        self._skippable = False
        self._resolution: Resolution | None = None

    def check(self, said: tuple[object, ...]) -> None:
        """Refuse an answer that nothing waits for. Raises ApplicationError."""
        resolution = _read(said)
        if self._failure is None or self._resolution is not None:
            raise ApplicationError(
                "nothing is parked: the day waits for no resolve", type="NotParked"
            )
        if resolution.action is ResolveAction.SKIP and not self._skippable:
            raise ApplicationError(
                f"the step '{self._failure.step}' can't be skipped: retry or abort it",
                type="NotSkippable",
            )

    def resolve(self, said: tuple[object, ...]) -> str:
        """Let the parked step go on as a person said; `check` has let it pass."""
        if self._failure is None:
            raise ApplicationError("nothing is parked", type="NotParked")
        self._resolution = _read(said)
        return f"{self._failure.step}: {self._resolution.action.value}"

    async def wait(
        self,
        failure: StepFailed,
        *,
        skippable: bool,
        arrive: Arrival,
        cure: asyncio.Task[None] | None = None,
    ) -> None:
        """Wait until a person says retry, or until the cure is done, where there is one.

        A cure that fails ends no wait. Raises Abandoned or Skipped for a person's other answers.
        """
        async with self._turn:
            self._failure, self._skippable, self._resolution = failure, skippable, None
            waiting_for = f"{failure.sentence} - answer with resolve: {_choices(skippable)}"
            self._journal.park(failure.step, waiting_for=waiting_for, skippable=skippable)
            try:
                await arrive(failure)
                await workflow.wait_condition(
                    lambda: self._resolution is not None or succeeded(cure)
                )
            finally:
                self._failure = None
            self._journal.unpark()
        _follow(self._resolution, failure)


def succeeded(task: asyncio.Task[None] | None) -> bool:
    """Whether there is a task and it is done, and nothing went wrong with it."""
    return task is not None and task.done() and not task.cancelled() and task.exception() is None


def _choices(skippable: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "retry, skip or abort" if skippable else "retry or abort"


def _read(said: tuple[object, ...]) -> Resolution:
    try:
        (answer,) = said
        return Resolution.model_validate(answer)
    except ValueError:
        raise ApplicationError('say "retry", "skip" or "abort"', type="Malformed") from None


def _follow(resolution: Resolution | None, failure: StepFailed) -> None:
    if resolution is None or resolution.action is ResolveAction.RETRY:
        return
    verb = "abandoned" if resolution.action is ResolveAction.ABORT else "skipped"
    reason = f"{failure.step} failed ({failure}); {verb} by {resolution.by}"
    if resolution.note:
        reason = f"{reason}: {resolution.note}"
    raise (Abandoned if resolution.action is ResolveAction.ABORT else Skipped)(reason)


async def run_step(journal: Journal, step: str, call: Callable[[], Awaitable[T]]) -> T:
    """Run one step under the journal. Raises StepFailed, or lets a cancellation through."""
    try:
        with journal.step(step):
            return await call()
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        raise as_step_failed(step, error) from error


def as_step_failed(step: str, error: ActivityError) -> StepFailed:
    """Name what an activity ended with; a time limit of ours is no answer of the remote."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in set(FailureKind):
        delay = cause.next_retry_delay
        return StepFailed(
            step,
            FailureKind(cause.type),
            cause.message,
            retry_after=delay.total_seconds() if delay else None,
        )
    if isinstance(cause, TemporalTimeout):
        last = f": {cause.cause}" if cause.cause else ""
        return StepFailed(step, FailureKind.JOB_TIMED_OUT, f"its time limit passed{last}")
    return StepFailed(step, FailureKind.UNAVAILABLE, str(cause or error))
