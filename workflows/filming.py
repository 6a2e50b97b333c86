"""The top video: providers in the account's order, each segment bought once."""

import asyncio
from collections import Counter

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.film import FilmActivities
    from activities.orders import OrderActivities
    from activities.story import WritingActivities
    from schemas.account import Account, AccountDay
    from schemas.anew import Anew
    from schemas.failures import JOB_TROUBLE, NEEDS_NEW_JOB, SUBMIT_TROUBLE, FailureKind
    from schemas.story import RewordRequest, Story
    from schemas.video import (
        ClipJob,
        ClipOrder,
        FilmedClip,
        FilmPlan,
        FilmRequest,
        FoundOrder,
        TopVideo,
    )
    from workflows import sla
    from workflows.parking import Abandoned, OverBudget, Skipped, StepFailed
    from workflows.steps import Steps

Segment = tuple[str, int]
"""A provider and the number of a segment."""


class Filming:
    """Films one story for one account."""

    def __init__(
        self, key: AccountDay, steps: Steps, account: Account, anew: Anew | None = None
    ) -> None:
        """Nothing is ordered yet; for a person's wish everything is bought anew."""
        self._anew = anew
        self._key = key
        self._steps = steps
        self._account = account
        self._takes: Counter[Segment] = Counter()
        self._words: dict[Segment, str] = {}
        """Prompts that were written anew after moderation had refused the first ones."""

    async def film(self, reel: str, story: Story) -> TopVideo:
        """Ask each provider in order; the next only after a terminal answer of the last."""
        providers = self._account.video_providers
        while True:
            for provider in providers:
                request = FilmRequest(
                    key=self._key,
                    reel=reel,
                    provider=provider,
                    story=story,
                    seconds=self._account.reel_seconds,
                    anew=self._anew.id if self._anew else "",
                )
                try:
                    return await self._film_with(request, alone=provider == providers[-1])
                except StepFailed as trouble:
                    failure = trouble
                    await self._pass_over(provider, trouble)
            # A film that is there already can be kept instead.
            await self._steps.park(failure, skippable=self._anew is not None)

    async def _pass_over(self, provider: str, trouble: StepFailed) -> None:
        """Write down why a provider was left."""
        workflow.logger.warning(
            "provider.failed", extra={"provider": provider, "reason": str(trouble)}
        )
        if workflow.patched("fallbacks-are-recorded"):
            await self._steps.record(trouble)

    async def _film_with(self, request: FilmRequest, *, alone: bool) -> TopVideo:
        plan: FilmPlan = await self._steps.do(
            f"plan the filming with {request.provider}",
            FilmActivities.plan_film,
            request,
            sla.DATABASE,
        )
        segments = [self._segment(order, alone=alone) for order in plan.orders]
        clips = await asyncio.gather(*segments, return_exceptions=True)
        failures = [clip for clip in clips if isinstance(clip, BaseException)]
        if failures:
            # Only now: a segment that still ran has been brought home first. What ends the day
            # counts before a failure that another provider might mend.
            ends = [one for one in failures if isinstance(one, Abandoned | OverBudget)]
            raise (ends or failures)[0]
        return TopVideo(
            provider=request.provider,
            clips=tuple(clip for clip in clips if isinstance(clip, FilmedClip)),
        )

    async def _segment(self, order: ClipOrder, *, alone: bool) -> FilmedClip:
        segment = (order.provider, order.segment)
        if self._anew is not None:
            order = await self._heed(order, self._anew)
        while True:
            words = self._words.get(segment, order.prompt)
            current = order.model_copy(update={"take": 1 + self._takes[segment], "prompt": words})
            try:
                return await self._order_and_fetch(current)
            except StepFailed as failure:
                if failure.kind in NEEDS_NEW_JOB:
                    self._takes[segment] += 1
                if failure.kind in self._lets_go(failure):
                    raise
                if failure.kind is FailureKind.MODERATED and await self._reword(current, failure):
                    continue
                try:
                    await self._steps.park(failure, skippable=not alone)
                except Skipped:
                    raise failure from None  # a person lets go of this provider

    async def _order_and_fetch(self, order: ClipOrder) -> FilmedClip:
        clip = f"clip {order.segment + 1}"
        job = await self._order(order, f"{clip}: order from {order.provider}")
        job = job.model_copy(update={"filming_seconds": int(sla.VIDEO_FILMING.total_seconds())})
        try:
            job = await self._steps.attempt(
                f"{clip}: film", FilmActivities.await_clip, job, sla.VIDEO_POLL
            )
        except (asyncio.CancelledError, ActivityError):  # nobody waits for it any more
            await self._stop(job)
            raise
        return await self._steps.attempt(
            f"{clip}: download", FilmActivities.fetch_clip, job, sla.VIDEO_DOWNLOAD
        )

    async def _order(self, order: ClipOrder, step: str) -> ClipJob:
        """Buy one job, and find out what became of an order that was not answered.

        An order that the provider's list proves absent is sent once more; what no list can
        tell stays unknown, and a person decides.
        """
        for last in (False, True):
            try:
                return await self._steps.attempt(
                    step, FilmActivities.submit_clip, order, sla.VIDEO_SUBMIT
                )
            except StepFailed as failure:
                lost = failure
                if last or failure.kind is not FailureKind.OUTCOME_UNKNOWN:
                    raise
            if not workflow.patched("orders-are-reconciled"):
                raise lost
            found = await self._find(order, step, lost)
            if found.job is not None:
                return found.job
        raise lost

    async def _find(self, order: ClipOrder, step: str, lost: StepFailed) -> FoundOrder:
        try:
            return await self._steps.attempt(
                f"{step}: reconcile", OrderActivities.find_order, order, sla.VIDEO_RECONCILE
            )
        except StepFailed as unread:
            # What could not be read proves nothing.
            said = f"{lost.message}; {unread.message}"
            raise StepFailed(step, FailureKind.OUTCOME_UNKNOWN, said) from None

    async def _stop(self, job: ClipJob) -> None:
        """Tell the provider that nobody waits for a job any more, where it can be told."""
        if workflow.patched("jobs-are-cancelled"):
            await self._steps.aside(OrderActivities.cancel_clip, job, sla.VIDEO_CANCEL)

    async def _reword(self, order: ClipOrder, failure: StepFailed) -> bool:
        """Have a refused shot said in other words, once. Whether there are any."""
        segment = (order.provider, order.segment)
        if segment in self._words or not workflow.patched("shots-are-reworded"):
            return False
        words = await self._other_words(order, failure.message)
        if words is None:
            return False
        self._words[segment] = words
        return True

    async def _heed(self, order: ClipOrder, anew: Anew) -> ClipOrder:
        """The order with its shot said as a person's note asks; as it was when that fails."""
        words = await self._other_words(order, "", anew)
        return order.model_copy(update={"prompt": words or order.prompt})

    async def _other_words(
        self, order: ClipOrder, reason: str, anew: Anew | None = None
    ) -> str | None:
        request = RewordRequest(
            key=self._key,
            reel=order.reel,
            account=self._account,
            segment=order.segment,
            prompt=order.prompt,
            limit=order.prompt_limit or len(order.prompt),
            reason=reason,
            anew=anew,
        )
        reworded = await self._steps.try_once(
            f"clip {order.segment + 1}: other words",
            WritingActivities.reword_shot,
            request,
            sla.CLAUDE_PROMPT,
        )
        return reworded.prompt if reworded else None

    @staticmethod
    def _lets_go(failure: StepFailed) -> frozenset[FailureKind]:
        """Which kinds pass to the next provider, by the step that failed.

        While a job runs or its file waits, only the job's own end lets go of it: an
        unreachable provider may still deliver what is paid for.
        """
        return SUBMIT_TROUBLE if ": order" in failure.step else JOB_TROUBLE
