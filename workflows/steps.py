"""Running a day's steps: under the journal, and parked when they fail for good."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.day import DayActivities
    from activities.pauses import PauseActivities
    from activities.review import ReviewActivities
    from schemas.account import Account, AccountDay
    from schemas.clearance import PausedAccount
    from schemas.daily_run import Produced
    from schemas.day import FailureNote, Stage, StageNote
    from schemas.failures import FailureKind
    from schemas.notice import Notice, NoticeKind
    from workflows import sla
    from workflows.journal import Journal
    from workflows.parking import AccountPaused, OverBudget, Parking, StepFailed, run_step

A = TypeVar("A")
B = TypeVar("B")
NOTHING: frozenset[FailureKind] = frozenset()


class Steps:
    """The steps of one day."""

    def __init__(self, key: AccountDay, journal: Journal, parking: Parking) -> None:
        """Run steps for one day; `about` names its account and row once they are known."""
        self._key = key
        self._journal = journal
        self._parking = parking
        self._account: Account | None = None
        self._reel = ""
        self._reported = False
        self._noting = asyncio.Lock()
        self._noted: StageNote | None = None
        self._asides: set[asyncio.Task[None]] = set()

    def about(self, account: Account, reel: str) -> None:
        """Say whose day it is, so that failures can be recorded and told."""
        self._account, self._reel = account, reel

    async def attempt(
        self,
        step: str,
        method: Callable[[Any, A], Awaitable[B]],
        argument: A,
        config: ActivityConfig,
    ) -> B:
        """Run one activity as a step. Raises StepFailed when its tries are used up."""

        async def call() -> B:
            return await workflow.execute_activity_method(
                method, argument, **sla.told(config, step)
            )

        return await run_step(self._journal, step, call)

    async def do(
        self,
        step: str,
        method: Callable[[Any, A], Awaitable[B]],
        argument: A,
        config: ActivityConfig,
        *,
        unless: Iterable[FailureKind] = NOTHING,
    ) -> B:
        """Run one activity until it is done, parked in between whenever it fails for good.

        Raises StepFailed for the kinds in `unless`, which the caller deals with itself, and
        Abandoned when a person ends the day.
        """
        while True:
            try:
                return await self.attempt(step, method, argument, config)
            except StepFailed as failure:
                if failure.kind in unless:
                    raise
                await self.park(failure)

    async def try_once(
        self,
        step: str,
        method: Callable[[Any, A], Awaitable[B]],
        argument: A,
        config: ActivityConfig,
    ) -> B | None:
        """Run a step that the day can do without. None when it failed; the failure is recorded."""
        try:
            return await self.attempt(step, method, argument, config)
        except StepFailed as failure:
            await self.record(failure)
            return None

    async def park(self, failure: StepFailed, *, skippable: bool = False) -> None:
        """Wait for a person's `resolve`, then go on where the day stood.

        Raises Abandoned, or Skipped where the step may be, and OverBudget without waiting
        where money is what the step lacks.
        """
        if failure.kind is FailureKind.OVER_BUDGET:
            raise OverBudget(f"budget: {failure.message}")
        await self._parking.wait(failure, skippable=skippable, arrive=self._needs_attention)
        await self._note()

    async def await_resume(self, paused: AccountPaused) -> None:
        """Wait until the account is resumed, and tell people once why it isn't active.

        Raises as `park` does: a person may answer `resolve` meanwhile.
        """
        who = PausedAccount(account=self._key.account)
        resumed = asyncio.create_task(_resumed(who))
        alert = asyncio.create_task(
            self.try_once("tell of the pause", PauseActivities.tell_of_pause, who, sla.PAUSE_ALERT)
        )
        try:
            await self._parking.wait(paused, skippable=True, arrive=self._stand_still, cure=resumed)
        finally:
            resumed.cancel()
            alert.cancel()
            await asyncio.gather(resumed, alert, return_exceptions=True)
        await self._note()

    async def wait_until(
        self, step: str, words: str, until: datetime, *, ended: Callable[[], bool] = lambda: False
    ) -> None:
        """Stand still until a moment, or until `ended`: by a timer that outlives every crash."""
        left = until - workflow.now()
        if left <= timedelta(0) or ended():
            return
        with self._journal.waiting(step, words):
            await self._note()
            with suppress(TimeoutError):
                await workflow.wait_condition(ended, timeout=left, timeout_summary=words)
        await self._note()

    async def enter(self, stage: Stage, *, waiting_for: str | None = None) -> None:
        """Enter a stage, in the Web UI and in the database."""
        self._journal.enter(stage, waiting_for=waiting_for)
        await self._note()

    async def report(self, status: str, reason: str | None = None) -> None:
        """Tell the daily run, once, that this day no longer produces."""
        parent = workflow.info().parent
        if parent is None or self._reported:
            return
        self._reported = True
        run = workflow.get_external_workflow_handle(parent.workflow_id, run_id=parent.run_id)
        try:
            await run.signal(
                "produced", Produced(account=self._key.account, status=status, reason=reason)
            )
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            # The run has ended, after its hour for this account: nobody is there to tell.
            workflow.logger.info("run.not_told", extra={"reason": str(error)})

    async def _stand_still(self, paused: StepFailed) -> None:
        await self._note()
        await self.report("needs-attention", paused.sentence)

    async def _needs_attention(self, failure: StepFailed) -> None:
        await self._note()
        await self.report("needs-attention", failure.sentence)
        await self.record(failure)
        if self._account is not None:
            notice = Notice(
                kind=NoticeKind.NEEDS_ATTENTION,
                key=self._key,
                account=self._account,
                detail=failure.sentence,
            )
            await self.try_once("tell reviewers", ReviewActivities.notify, notice, sla.NOTIFY)

    async def record(self, failure: StepFailed) -> None:
        """Write a failure down, whatever becomes of the step."""
        note = FailureNote(
            key=self._key,
            reel=self._reel,
            step=failure.step,
            kind=failure.kind.value,
            message=failure.message,
        )
        await self.aside(DayActivities.record_failure, note, sla.DATABASE)

    async def _note(self) -> None:
        """Write down what people see, one note after the other: the last one stays."""
        async with self._noting:
            now = self._journal.progress
            note = StageNote(
                key=self._key, reel=self._reel, stage=now.stage, waiting_for=now.waiting_for
            )
            if self._reel and note != self._noted:
                self._noted = note
                await self.aside(DayActivities.note_stage, note, sla.DATABASE)

    async def aside(
        self, method: Callable[[Any, A], Awaitable[Any]], argument: A, config: ActivityConfig
    ) -> None:
        """Do something beside the day, to its end even when the day is cancelled meanwhile.

        A note left behind could reopen a closed day. A failure is logged only: what is done
        beside the day must not stop it, and Temporal keeps it too.
        """
        doing = asyncio.create_task(self._beside(method, argument, config))
        self._asides.add(doing)
        doing.add_done_callback(self._asides.discard)
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            await doing
            raise

    async def quiet(self) -> None:
        """Wait until nothing is done beside the day any more."""
        await workflow.wait_condition(lambda: not self._asides)

    async def _beside(
        self, method: Callable[[Any, A], Awaitable[Any]], argument: A, config: ActivityConfig
    ) -> None:
        try:
            await workflow.execute_activity_method(method, argument, **config)
        except ActivityError as error:
            workflow.logger.error("aside.failed", extra={"reason": str(error.cause)})


async def _resumed(who: PausedAccount) -> None:
    await workflow.execute_activity_method(
        PauseActivities.await_resume, who, **sla.told(sla.RESUME, "await resume")
    )


async def to_its_end(work: Coroutine[Any, Any, A]) -> A:
    """Finish, though the day is cancelled meanwhile: it is over either way."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


async def both(first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Run two lines of the day at once; when one ends the day, the other is cancelled."""
    one, two = asyncio.create_task(first), asyncio.create_task(second)
    try:
        await workflow.wait([one, two], return_when=asyncio.FIRST_EXCEPTION)
        for task in (one, two):
            if task.done():
                task.result()
        return await one, await two
    finally:
        one.cancel()
        two.cancel()
