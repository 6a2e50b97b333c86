"""What people see of a running day: the steps, the stage, and what it waits for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from schemas import names
    from schemas.account import AccountDay
    from schemas.day import AccountDayResult, DayProgress, Stage, StepProgress, StepState

ACCOUNT_ID = SearchAttributeKey.for_keyword(names.ACCOUNT_ID)
REEL_STAGE = SearchAttributeKey.for_keyword(names.REEL_STAGE)
WAITING_SINCE = SearchAttributeKey.for_datetime(names.WAITING_SINCE)


@dataclass(frozen=True)
class Standing:
    """Where a day stands, for what a person has to act, if at all, and since when."""

    stage: Stage
    waiting_for: str | None = None
    since: datetime | None = None


class Journal:
    """Keeps the answer of the query `progress`, the current details and the search attributes."""

    def __init__(self, key: AccountDay) -> None:
        """Start with nothing done."""
        self._key = key
        self._steps: dict[str, StepProgress] = {}
        self._standing = Standing(Stage.OPENING)
        self._parked: Standing | None = None
        self.progress = DayProgress()

    def enter(self, stage: Stage, *, waiting_for: str | None = None) -> None:
        """Say where the day stands, and for what a person has to act, if at all.

        While a step is parked, that is what people see; the day's other steps may go on.
        """
        self._standing = Standing(stage, waiting_for, workflow.now() if waiting_for else None)
        self._show()

    @contextmanager
    def waiting(self, name: str, words: str) -> Iterator[None]:
        """Show that the day stands where it is until a moment; no person is waited for."""
        stage, started = self._standing.stage, workflow.now()
        self._standing = Standing(stage, words)
        self._put(
            StepProgress(name=name, state=StepState.WAITING, started_at=started, detail=words[:500])
        )
        self._show()
        try:
            yield
        except (Exception, asyncio.CancelledError) as failure:
            self._end(name, started, StepState.FAILED, _reason(failure))
            raise
        self._standing = Standing(stage)
        self._end(name, started, StepState.DONE, "")
        self._show()

    def park(self, step: str, *, waiting_for: str, skippable: bool) -> None:
        """Say which step waits for `resolve`."""
        self._parked = Standing(Stage.NEEDS_ATTENTION, waiting_for, workflow.now())
        self._change(parked_step=step, skippable=skippable)
        self._show()

    def unpark(self) -> None:
        """Say that no step waits any more: the day stands where its other steps brought it."""
        self._parked = None
        self._change(parked_step=None, skippable=False)
        self._show()

    def set_revision(self, revision: str) -> None:
        """Name the revision that is or was under review."""
        self._change(revision=revision)

    def close(self, result: AccountDayResult) -> None:
        """Say how the day ended; no step waits any more."""
        self._parked = None
        self._change(result=result, parked_step=None, skippable=False)
        self.enter(Stage.CLOSED)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step as running, then as done or failed."""
        started = workflow.now()
        self._put(StepProgress(name=name, state=StepState.RUNNING, started_at=started))
        try:
            yield
        except (Exception, asyncio.CancelledError) as failure:
            self._end(name, started, StepState.FAILED, _reason(failure))
            raise
        self._end(name, started, StepState.DONE, "")

    def note(self, name: str, detail: str) -> None:
        """Show what is done as soon as it is known, with what there is to say of it."""
        self._end(name, workflow.now(), StepState.DONE, detail)

    def _end(self, name: str, started: datetime, state: StepState, detail: str) -> None:
        self._put(
            StepProgress(
                name=name,
                state=state,
                started_at=started,
                ended_at=workflow.now(),
                detail=detail[:500],
            )
        )

    def _show(self) -> None:
        now = self._parked or self._standing
        workflow.upsert_search_attributes(
            [
                ACCOUNT_ID.value_set(self._key.account),
                REEL_STAGE.value_set(now.stage.value),
                WAITING_SINCE.value_set(now.since) if now.since else WAITING_SINCE.value_unset(),
            ]
        )
        self._change(stage=now.stage, waiting_for=now.waiting_for, waiting_since=now.since)

    def _put(self, step: StepProgress) -> None:
        self._steps[step.name] = step
        self._change(steps=tuple(self._steps.values()))

    def _change(self, **changes: object) -> None:
        self.progress = self.progress.model_copy(update=changes)
        workflow.set_current_details(self._details())

    def _details(self) -> str:
        now = self.progress
        lines = [f"**{now.stage.value}**" + (f": {now.waiting_for}" if now.waiting_for else "")]
        if now.waiting_since:
            lines.append(f"waiting since {now.waiting_since:%Y-%m-%d %H:%M} UTC")
        if now.revision:
            lines.append(f"revision `{now.revision[:12]}`")
        lines += [f"- {step.name}: {step.state.value} {step.detail}" for step in now.steps]
        return "\n\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:])


def _reason(failure: BaseException) -> str:
    """What failed, in the words of whoever said so: Temporal only says that an activity did."""
    cause = failure.cause if isinstance(failure, ActivityError) else None
    return str(cause or failure)
