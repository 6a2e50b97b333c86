"""The top video: ordered at most once, waited for, brought home."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never, assert_never

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.breaker import Breakers
from activities.clips import (
    KEPT,
    clip_of,
    download_progress,
    kept,
    price_of,
    provider_of,
    refuse_late,
    row_of,
    step_of,
)
from activities.failures import failed, is_last_attempt
from activities.heartbeats import last_heartbeat, rest
from activities.segments import nearest_aspect, plan
from activities.spending import Spending
from clients.download import Downloader
from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.ffmpeg import BadMedia
from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_top
from clients.store import ObjectStore
from clients.video import JobState, JobStatus, VideoProvider
from db.database import Database
from db.usage import UsageRow, UsageState
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.video import (
    ClipJob,
    ClipOrder,
    FilmedClip,
    FilmPlan,
    FilmRequest,
)

CLIP_LIMIT_BYTES = 200 << 20
"""Ten seconds at 1080p are a tenth of it."""

JITTER = 0.2
"""The part of a pause that differs from look to look, as Runway's documentation asks."""


@dataclass(frozen=True)
class FilmActivities:
    """Buys clips from video providers."""

    providers: Mapping[str, VideoProvider]
    downloader: Downloader
    store: ObjectStore
    db: Database
    spending: Spending
    poll_seconds: float
    work_dir: Path | None = None
    """Where downloads get a folder of their own; None is the system's place for them."""
    breakers: Breakers = field(default_factory=lambda: Breakers(lambda _name, _is_open: None))

    @activity.defn
    async def plan_film(self, request: FilmRequest) -> FilmPlan:
        """The fewest jobs of the provider that last as long as asked.

        Again: the same plan. Raises CONFIGURATION for a provider that is not set up.
        """
        return plan(request, provider_of(self.providers, request.provider).capabilities)

    @activity.defn
    async def submit_clip(self, order: ClipOrder) -> ClipJob:
        """Buy one job, at most once for a Reel, provider, segment and take.

        Again: the job that was bought. Where an earlier attempt died at the call, nothing is
        sent: raises OUTCOME_UNKNOWN, and the cost stays counted. An order that was certainly
        not accepted frees its cost, and may be sent again. Raises OVER_BUDGET for an order
        that would pass a limit: it is not sent.
        """
        provider = provider_of(self.providers, order.provider)
        row = await self._reserve(order, provider)
        if row.job_id is not None:
            return ClipJob(order=order, job_id=row.job_id)
        if row.fresh:
            return ClipJob(order=order, job_id=await self._buy(order, provider, row))
        job_id = last_heartbeat().job_id
        if job_id is None:
            await self._lose(order, row)
        await self.db.usage.submitted(row.id, job_id)
        return ClipJob(order=order, job_id=job_id)

    @activity.defn
    async def await_clip(self, job: ClipJob) -> ClipJob:
        """Look at a job until it is completed, as often as the provider allows.

        Again: goes on looking at the same job. Looks that fail are repeated until the step's
        time is up. Raises the kind of a job that failed, once its cost is written down, and
        JOB_TIMED_OUT for one that is filmed too long; its time in a queue doesn't count.
        """
        provider = provider_of(self.providers, job.order.provider)
        beat = last_heartbeat()
        polls, filmed = beat.polls, beat.filmed_seconds
        while True:
            status, pause = await self._look(provider, job.job_id)
            polls += 1
            match status.state:
                case JobState.COMPLETED:
                    return job
                case JobState.FAILED:
                    await self._give_up(job, status)
                case JobState.QUEUED | JobState.PROCESSING:
                    refuse_late(job, filmed)
                    if status.state is JobState.PROCESSING:
                        filmed += pause
                    note = status.reason or status.state.value
                    beat = Heartbeat(
                        job_id=job.job_id, polls=polls, note=note, filmed_seconds=filmed
                    )
                    await rest(pause, beat)
                case _:
                    assert_never(status.state)

    @activity.defn
    async def fetch_clip(self, job: ClipJob) -> FilmedClip:
        """Bring a completed job's file into the object store, and settle what it cost.

        Again: the clip that is there, when it lies in the store whole. Raises BAD_MEDIA for a
        file that can't be used: it is paid for all the same.
        """
        row = await row_of(self.db.usage, job)
        before = kept(job, row)
        if before is not None and await self.store.size(before.object_key) == before.bytes:
            return before
        status = await self._completed(job)
        with tempfile.TemporaryDirectory(prefix="clip-", dir=self.work_dir) as folder:
            path = Path(folder) / "clip.mp4"
            clip = await self._download(job, row, status, path)
            await self.store.put(path, clip.object_key, "video/mp4")
        await self._settle(row, status, clip.model_dump(include=KEPT))
        return clip

    async def _reserve(self, order: ClipOrder, provider: VideoProvider) -> UsageRow:
        return await self.spending.reserve(
            order.key,
            order.reel,
            service=order.provider,
            operation="clip",
            model=provider.capabilities.model or provider.name,
            step=step_of(order),
            estimated_micros=price_of(order, provider),
        )

    async def _buy(self, order: ClipOrder, provider: VideoProvider, row: UsageRow) -> str:
        try:
            with self.breakers.order(order.provider):
                ordered = await provider.submit(
                    prompt=order.prompt,
                    seconds=order.seconds,
                    aspect=nearest_aspect(provider.capabilities.aspects),
                    reference=f"{order.key.workflow_id}/{step_of(order)}",
                )
        except OutcomeUnknown:
            await self.spending.unknown(row)
            raise
        except ClientError as error:
            await self.spending.release(row, error.message)
            raise
        # Should the database be away now, the next attempt still finds the job here.
        activity.heartbeat(Heartbeat(job_id=ordered.job_id, note="ordered"))
        await self.db.usage.submitted(row.id, ordered.job_id, ordered.estimated_micros)
        return ordered.job_id

    async def _lose(self, order: ClipOrder, row: UsageRow) -> Never:
        if row.state is UsageState.RESERVED:
            await self.spending.unknown(row)
        raise failed(
            FailureKind.OUTCOME_UNKNOWN,
            f"{order.provider}: an earlier order of clip {order.segment + 1} may have been "
            "accepted; look at the provider's console before another is bought",
        )

    async def _look(self, provider: VideoProvider, job_id: str) -> tuple[JobStatus, float]:
        """One look, and the seconds until the next: never in step with other days' looks."""
        pause = self.poll_seconds * random.uniform(1, 1 + JITTER)  # noqa: S311 - no secret
        try:
            return await provider.status(job_id), pause
        except Retryable as error:
            unread = JobStatus(job_id, JobState.PROCESSING, reason=f"not read: {error.message}")
            return unread, max(pause, error.retry_after or 0)

    async def _completed(self, job: ClipJob) -> JobStatus:
        """A fresh look at a completed job: its address may have expired since the last one."""
        status = await provider_of(self.providers, job.order.provider).status(job.job_id)
        if status.state is JobState.FAILED:
            await self._give_up(job, status)
        if status.url is None:
            raise failed(
                FailureKind.NOT_READY, f"{job.order.provider}: the clip is not finished yet"
            )
        return status

    async def _give_up(self, job: ClipJob, status: JobStatus) -> Never:
        kind = status.failure or FailureKind.JOB_FAILED
        row = await row_of(self.db.usage, job)
        await self._settle(row, status, {}, outcome=kind.value)
        raise failed(kind, f"{job.order.provider}: {status.reason or 'the job failed'}")

    async def _download(
        self, job: ClipJob, row: UsageRow, status: JobStatus, path: Path
    ) -> FilmedClip:
        """Bring a file home and look into it.

        What is no video may be a page that stands in for it for a moment: each try asks for a
        fresh address, and only the last one says that the job is of no use.
        """
        try:
            got = await self.downloader.fetch(
                status.url or "",
                path,
                limit_bytes=CLIP_LIMIT_BYTES,
                progress=download_progress(job),
            )
            video = refuse_top(await probe(path, whole=True))
        except (BadMedia, Refused) as error:
            if is_last_attempt():
                await self._settle(row, status, {}, outcome=FailureKind.BAD_MEDIA.value)
                raise
            raise ApplicationError(str(error), type=FailureKind.BAD_MEDIA.value) from None
        return clip_of(job, got, video.seconds)

    async def _settle(
        self,
        row: UsageRow,
        status: JobStatus,
        units: dict[str, object],
        *,
        outcome: str = "ok",
    ) -> None:
        """Write down what a job cost: what its provider says, else its table."""
        cost = status.cost_micros
        if cost is None:
            cost = row.estimated_micros if status.charged else 0
        await self.spending.settle(row, cost, units=units, outcome=outcome)
