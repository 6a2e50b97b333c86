"""The top video: providers in the account's order, each segment bought once."""

import asyncio
from collections import Counter

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.film import FilmActivities
    from schemas.account import Account, AccountDay
    from schemas.failures import JOB_TROUBLE, NEEDS_NEW_JOB, SUBMIT_TROUBLE, FailureKind
    from schemas.story import Story
    from schemas.video import ClipOrder, FilmedClip, FilmRequest, TopVideo
    from workflows import sla
    from workflows.parking import Abandoned, Skipped, StepFailed
    from workflows.steps import Steps


class Filming:
    """Films one story for one account."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nothing is ordered yet."""
        self._key = key
        self._steps = steps
        self._takes: Counter[tuple[str, int]] = Counter()

    async def film(self, account: Account, reel: str, story: Story) -> TopVideo:
        """Ask each provider in order; the next only after a terminal answer of the last."""
        last = account.video_providers[-1]
        while True:
            for provider in account.video_providers:
                request = FilmRequest(
                    key=self._key,
                    reel=reel,
                    provider=provider,
                    story=story,
                    seconds=account.reel_seconds,
                )
                try:
                    return await self._film_with(request, alone=provider == last)
                except StepFailed as trouble:
                    failure = trouble
                    workflow.logger.warning(
                        "provider.failed", extra={"provider": provider, "reason": str(trouble)}
                    )
            await self._steps.park(failure)

    async def _film_with(self, request: FilmRequest, *, alone: bool) -> TopVideo:
        plan = await self._steps.do(
            f"plan the filming with {request.provider}",
            FilmActivities.plan_film,
            request,
            sla.DATABASE,
        )
        segments = [self._segment(order, alone=alone) for order in plan.orders]
        clips = await asyncio.gather(*segments, return_exceptions=True)
        failures = [clip for clip in clips if isinstance(clip, BaseException)]
        if failures:
            # Only now: a segment that still ran has been brought home first. A person's word
            # to end the day counts before a failure that another provider might mend.
            raise next((one for one in failures if isinstance(one, Abandoned)), failures[0])
        return TopVideo(
            provider=request.provider,
            clips=tuple(clip for clip in clips if isinstance(clip, FilmedClip)),
        )

    async def _segment(self, order: ClipOrder, *, alone: bool) -> FilmedClip:
        while True:
            take = 1 + self._takes[order.provider, order.segment]
            try:
                return await self._order_and_fetch(order.model_copy(update={"take": take}))
            except StepFailed as failure:
                if failure.kind in NEEDS_NEW_JOB:
                    self._takes[order.provider, order.segment] += 1
                if failure.kind in self._lets_go(failure):
                    raise
                try:
                    await self._steps.park(failure, skippable=not alone)
                except Skipped:
                    raise failure from None  # a person lets go of this provider

    async def _order_and_fetch(self, order: ClipOrder) -> FilmedClip:
        clip = f"clip {order.segment + 1}"
        job = await self._steps.attempt(
            f"{clip}: order from {order.provider}",
            FilmActivities.submit_clip,
            order,
            sla.VIDEO_SUBMIT,
        )
        job = await self._steps.attempt(
            f"{clip}: film", FilmActivities.await_clip, job, sla.VIDEO_POLL
        )
        return await self._steps.attempt(
            f"{clip}: download", FilmActivities.fetch_clip, job, sla.VIDEO_DOWNLOAD
        )

    @staticmethod
    def _lets_go(failure: StepFailed) -> frozenset[FailureKind]:
        """Which kinds pass to the next provider, by the step that failed.

        While a job runs or its file waits, only the job's own end lets go of it: an
        unreachable provider may still deliver what is paid for.
        """
        return SUBMIT_TROUBLE if ": order" in failure.step else JOB_TROUBLE
