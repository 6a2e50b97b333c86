"""Departure: when an approved Reel may go out, and what the day does while it may not."""

import asyncio
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.clearance import ClearanceActivities
    from activities.trust import TrustActivities
    from schemas.clearance import Clearance, ClearanceRequest, Hold, HoldReason
    from schemas.day import PublishNow
    from schemas.failures import STOPS_PUBLISHING, WAITED_OUT, FailureKind
    from schemas.post import PostRequest
    from workflows import sla
    from workflows.journal import Journal
    from workflows.parking import AccountPaused, StepFailed, succeeded
    from workflows.steps import Steps

STEP = "publish"
"""What waits while the account is paused, in the words of `resolve`."""


class TrustWithdrawn(Exception):
    """The automatic approval of a Reel counts no more: people decide before it goes out."""


class Departure:
    """Holds one approved Reel back: for its posting time, a quota, a throttle, a pause."""

    def __init__(self, steps: Steps, journal: Journal) -> None:
        """Nothing is waited for yet."""
        self._steps = steps
        self._journal = journal
        self._awaits_time = False
        self._hurried_by: str | None = None

    def check(self, said: tuple[object, ...]) -> None:
        """Refuse a "publish now" that ends no wait. Raises ApplicationError."""
        _read(said)
        if self._awaits_time or self._hurried_by is not None:
            return
        raise ApplicationError(
            f"the Reel does not wait for a posting time: {self._where()}", type="NotWaiting"
        )

    def hurry(self, said: tuple[object, ...]) -> str:
        """End the wait for the posting time; `check` has let it pass. Again: the same answer."""
        if self._hurried_by is None:
            self._hurried_by = _read(said).by
        where = "" if self._awaits_time else f"; {self._where()}"
        return f"it need not wait for its posting time, says {self._hurried_by}{where}"

    async def await_time(self, request: PostRequest) -> None:
        """Wait for the account's next posting time, where it has any, or until hurried."""
        if not request.account.posting.times:
            return
        self._awaits_time = True
        try:
            clearance = await self._steps.do(
                "posting time", ClearanceActivities.choose_time, request, sla.DATABASE
            )
            if clearance.hold and clearance.hold.until:
                await self._stand(
                    request,
                    "posting time",
                    clearance.hold,
                    ended=lambda: self._hurried_by is not None,
                )
        finally:
            self._awaits_time = False

    async def clear(self, request: PostRequest) -> None:
        """Wait until the account is active and has room for one more post and container.

        Raises Abandoned or Skipped when a person ends a wait like that, and TrustWithdrawn.
        """
        asked = ClearanceRequest(post=request)
        while True:
            try:
                clearance = await self._ask(asked)
            except StepFailed as failure:
                if failure.kind is FailureKind.RATE_LIMITED:
                    asked = _refused(failure, request, unread=True)
                elif not await self.goes_on(failure, request):
                    await self._steps.park(failure, skippable=True)
                continue
            if clearance.hold is None:
                return
            await self._wait(clearance.hold, request)
            asked = ClearanceRequest(post=request)

    async def is_held(self, request: PostRequest) -> bool:
        """Wait while the account is paused. True when it was: what came before may be too old.

        Raises as `clear` does.
        """
        clearance = await self._steps.do(
            "publish: account", ClearanceActivities.clear_account, request, sla.DATABASE
        )
        _require_trust(clearance)
        if clearance.hold is None:
            return False
        await self._wait(clearance.hold, request)
        return True

    async def goes_on(self, failure: StepFailed, request: PostRequest) -> bool:
        """Wait out what the platform has refused a step for. False when waiting mends nothing.

        Raises as `clear` does.
        """
        if failure.kind not in WAITED_OUT:
            return False
        await self._steps.record(failure)
        if failure.kind in STOPS_PUBLISHING:
            return await self.is_held(request)
        asked = _refused(failure, request)
        try:
            clearance = await self._ask(asked)
        except StepFailed as again:
            if again.kind is not FailureKind.RATE_LIMITED:
                return await self.goes_on(again, request)
            clearance = await self._ask(_refused(again, request, unread=True))
        if clearance.hold is not None:
            await self._wait(clearance.hold, request)
        return True

    async def _ask(self, asked: ClearanceRequest) -> Clearance:
        clearance = await self._steps.do(
            "publish: clearance",
            ClearanceActivities.clear_post,
            asked,
            sla.CLEARANCE,
            unless=WAITED_OUT,
        )
        _require_trust(clearance)
        return clearance

    async def _wait(self, hold: Hold, request: PostRequest) -> None:
        if hold.until is None or hold.reason is HoldReason.PAUSED:
            await self._steps.await_resume(AccountPaused(STEP, hold.words))
            return
        until = max(hold.until, workflow.now() + sla.SHORTEST_HOLD)
        hold = hold.model_copy(update={"until": until})
        await self._stand(request, f"publish: {hold.reason.value}", hold)

    async def _stand(
        self,
        request: PostRequest,
        step: str,
        hold: Hold,
        *,
        ended: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait until a hold is over, and no longer than an automatic approval counts."""
        until = hold.until or workflow.now()
        if not request.automatic:
            await self._steps.wait_until(step, hold.words, until, ended=ended)
            return
        gone = asyncio.create_task(_withdrawal(request))
        try:
            await self._steps.wait_until(
                step, hold.words, until, ended=lambda: ended() or succeeded(gone)
            )
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    def _where(self) -> str:
        now = self._journal.progress
        return (
            f"{now.stage.value}: {now.waiting_for}"
            if now.waiting_for
            else f"it is {now.stage.value}"
        )


async def _withdrawal(request: PostRequest) -> None:
    await workflow.execute_activity_method(
        TrustActivities.await_withdrawal, request, **sla.told(sla.WITHDRAWAL, "await withdrawal")
    )


def _require_trust(clearance: Clearance) -> None:
    if clearance.again:
        raise TrustWithdrawn(clearance.again)


def _refused(
    failure: StepFailed, request: PostRequest, *, unread: bool = False
) -> ClearanceRequest:
    return ClearanceRequest(
        post=request, refused=True, retry_after=failure.retry_after, unread=unread
    )


def _read(said: tuple[object, ...]) -> PublishNow:
    try:
        (word,) = said or (PublishNow(),)
        return PublishNow.model_validate(word)
    except ValueError:
        raise ApplicationError('say nothing, or {"by": "your name"}', type="Malformed") from None
