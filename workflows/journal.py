"""What people see of a running day: the steps, the stage, and what it waits for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from schemas import names
    from schemas.account import AccountDay
    from schemas.day import AccountDayResult, DayProgress, Stage, StepProgress, StepState

ACCOUNT_ID = SearchAttributeKey.for_keyword(names.ACCOUNT_ID)
REEL_STAGE = SearchAttributeKey.for_keyword(names.REEL_STAGE)
WAITING_SINCE = SearchAttributeKey.for_datetime(names.WAITING_SINCE)


class Journal:
    """Keeps the answer of the query `progress`, the current details and the search attributes."""

    def __init__(self, key: AccountDay) -> None:
        """Start with nothing done."""
        self._key = key
        self._steps: dict[str, StepProgress] = {}
        self.progress = DayProgress()

    def enter(self, stage: Stage, *, waiting_for: str | None = None) -> None:
        """Say where the day stands, and for what a person has to act, if at all."""
        since = workflow.now() if waiting_for else None
        workflow.upsert_search_attributes(
            [
                ACCOUNT_ID.value_set(self._key.account),
                REEL_STAGE.value_set(stage.value),
                WAITING_SINCE.value_set(since) if since else WAITING_SINCE.value_unset(),
            ]
        )
        self._change(stage=stage, waiting_for=waiting_for, waiting_since=since)

    def enter_once(self, stage: Stage) -> None:
        """Enter a stage unless the day stands there already."""
        if self.progress.stage is not stage:
            self.enter(stage)

    def set_revision(self, revision: str) -> None:
        """Name the revision that is or was under review."""
        self._change(revision=revision)

    def set_parked(self, step: str | None, *, skippable: bool = False) -> None:
        """Name the step that waits for `resolve`, or None when none does."""
        self._change(parked_step=step, skippable=skippable)

    def set_result(self, result: AccountDayResult) -> None:
        """Say how the day ended."""
        self._change(result=result)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step as running, then as done or failed."""
        started = workflow.now()
        self._put(StepProgress(name=name, state=StepState.RUNNING, started_at=started))
        try:
            yield
        except (Exception, asyncio.CancelledError) as failure:
            self._end(name, started, StepState.FAILED, str(failure))
            raise
        self._end(name, started, StepState.DONE, "")

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
