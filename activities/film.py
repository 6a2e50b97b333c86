"""The top video: ordered at most once, waited for, brought home."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Never, assert_never

from temporalio import activity

from activities.failures import failed
from activities.heartbeats import last_heartbeat, rest
from activities.segments import clips_folder, nearest_aspect, plan
from activities.spending import Spending
from clients.download import Downloaded, Downloader
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
from schemas.video import ClipJob, ClipOrder, FilmedClip, FilmPlan, FilmRequest

CLIP_LIMIT_BYTES = 200 << 20
"""Ten seconds at 1080p are a tenth of it."""


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

    @activity.defn
    async def plan_film(self, request: FilmRequest) -> FilmPlan:
        """The fewest jobs of the provider that last as long as asked.

        Again: the same plan. Raises CONFIGURATION for a provider that is not set up.
        """
        return plan(request, self._provider(request.provider).capabilities)

    @activity.defn
    async def submit_clip(self, order: ClipOrder) -> ClipJob:
        """Buy one job, at most once for a Reel, provider, segment and take.

        Again: the job that was bought. Where an earlier attempt died at the call, nothing is
        sent: raises OUTCOME_UNKNOWN, and the cost stays counted. An order that was certainly
        not accepted frees its cost, and may be sent again. Raises OVER_BUDGET for an order
        that would pass a limit: it is not sent.
        """
        provider = self._provider(order.provider)
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
        time is up. Raises the kind of a job that failed, once its cost is written down.
        """
        provider = self._provider(job.order.provider)
        polls = last_heartbeat().polls
        while True:
            status, pause = await self._look(provider, job.job_id)
            polls += 1
            match status.state:
                case JobState.COMPLETED:
                    return job
                case JobState.FAILED:
                    await self._give_up(job, status)
                case JobState.QUEUED | JobState.PROCESSING:
                    note = status.reason or status.state.value
                    await rest(pause, Heartbeat(job_id=job.job_id, polls=polls, note=note))
                case _:
                    assert_never(status.state)

    @activity.defn
    async def fetch_clip(self, job: ClipJob) -> FilmedClip:
        """Bring a completed job's file into the object store, and settle what it cost.

        Again: the clip that is there, when it lies in the store whole. Raises BAD_MEDIA for a
        file that can't be used: it is paid for all the same.
        """
        row = await self._row(job)
        kept = _kept(job, row)
        if kept is not None and await self.store.size(kept.object_key) == kept.bytes:
            return kept
        url = await self._url(job)
        with tempfile.TemporaryDirectory(prefix="clip-", dir=self.work_dir) as folder:
            path = Path(folder) / "clip.mp4"
            clip = await self._download(job, row, url, path)
            await self.store.put(path, clip.object_key, "video/mp4")
        await self._settle(job, row, clip.model_dump(include=KEPT), "ok")
        return clip

    def _provider(self, name: str) -> VideoProvider:
        if name not in self.providers:
            known = ", ".join(sorted(self.providers)) or "none"
            raise failed(
                FailureKind.CONFIGURATION,
                f"the video provider {name!r} is not set up; set up: {known}",
            )
        return self.providers[name]

    async def _reserve(self, order: ClipOrder, provider: VideoProvider) -> UsageRow:
        return await self.spending.reserve(
            order.key,
            order.reel,
            service=order.provider,
            operation="clip",
            model=provider.capabilities.model or provider.name,
            step=_step(order),
            estimated_micros=_price(order, provider),
        )

    async def _buy(self, order: ClipOrder, provider: VideoProvider, row: UsageRow) -> str:
        try:
            ordered = await provider.submit(
                prompt=order.prompt,
                seconds=order.seconds,
                aspect=nearest_aspect(provider.capabilities.aspects),
                reference=f"{order.key.workflow_id}/{_step(order)}",
            )
        except OutcomeUnknown:
            await self.db.usage.unknown(row.id)
            raise
        except ClientError as error:
            await self.db.usage.release(row.id, error.message)
            raise
        # Should the database be away now, the next attempt still finds the job here.
        activity.heartbeat(Heartbeat(job_id=ordered.job_id, note="ordered"))
        await self.db.usage.submitted(row.id, ordered.job_id, ordered.estimated_micros)
        return ordered.job_id

    async def _lose(self, order: ClipOrder, row: UsageRow) -> Never:
        if row.state is UsageState.RESERVED:
            await self.db.usage.unknown(row.id)
        raise failed(
            FailureKind.OUTCOME_UNKNOWN,
            f"{order.provider}: an earlier order of clip {order.segment + 1} may have been "
            "accepted; look at the provider's console before another is bought",
        )

    async def _look(self, provider: VideoProvider, job_id: str) -> tuple[JobStatus, float]:
        try:
            return await provider.status(job_id), self.poll_seconds
        except Retryable as error:
            unread = JobStatus(job_id, JobState.PROCESSING, reason=f"not read: {error.message}")
            return unread, max(self.poll_seconds, error.retry_after or 0)

    async def _url(self, job: ClipJob) -> str:
        status = await self._provider(job.order.provider).status(job.job_id)
        if status.state is JobState.FAILED:
            await self._give_up(job, status)
        if status.url is None:
            raise failed(
                FailureKind.NOT_READY, f"{job.order.provider}: the clip is not finished yet"
            )
        return status.url

    async def _give_up(self, job: ClipJob, status: JobStatus) -> Never:
        kind = status.failure or FailureKind.JOB_FAILED
        row = await self._row(job)
        if status.charged:
            await self._settle(job, row, {}, kind.value)
        else:
            await self.db.usage.settle(row.id, 0, outcome=kind.value)
        raise failed(kind, f"{job.order.provider}: {status.reason or 'the job failed'}")

    async def _download(self, job: ClipJob, row: UsageRow, url: str, path: Path) -> FilmedClip:
        try:
            got = await self.downloader.fetch(
                url, path, limit_bytes=CLIP_LIMIT_BYTES, progress=_progress(job)
            )
            video = refuse_top(await probe(path, whole=True))
        except (BadMedia, Refused):
            await self._settle(job, row, {}, FailureKind.BAD_MEDIA.value)
            raise
        return _clip(job, got, video.seconds)

    async def _settle(
        self, job: ClipJob, row: UsageRow, units: dict[str, object], outcome: str
    ) -> None:
        cost = _price(job.order, self._provider(job.order.provider))
        await self.db.usage.settle(row.id, cost, units=units, outcome=outcome)

    async def _row(self, job: ClipJob) -> UsageRow:
        row = await self.db.usage.by_job(job.order.provider, job.job_id)
        if row is None:
            raise failed(
                FailureKind.BAD_REQUEST, f"{job.order.provider}: the job is not in the ledger"
            )
        return row


KEPT = {"object_key", "sha256", "bytes", "seconds"}
"""What the ledger's row remembers of a clip, so that it is not fetched twice."""


def _kept(job: ClipJob, row: UsageRow) -> FilmedClip | None:
    if not row.units.keys() >= KEPT:
        return None
    return FilmedClip(
        provider=job.order.provider, segment=job.order.segment, job_id=job.job_id, **row.units
    )


def _clip(job: ClipJob, got: Downloaded, seconds: float) -> FilmedClip:
    order = job.order
    return FilmedClip(
        provider=order.provider,
        segment=order.segment,
        job_id=job.job_id,
        object_key=f"{clips_folder(order.key)}/clip-{order.segment}-{got.sha256[:16]}.mp4",
        sha256=got.sha256,
        bytes=got.bytes,
        seconds=seconds,
    )


def _step(order: ClipOrder) -> str:
    return f"clip/{order.provider}/{order.segment}/take-{order.take}"


def _price(order: ClipOrder, provider: VideoProvider) -> int:
    price = provider.capabilities.price_micros.get(order.seconds)
    if price is None:
        raise failed(
            FailureKind.CONFIGURATION, f"{order.provider} has no price for {order.seconds} s"
        )
    return price


def _progress(job: ClipJob) -> Callable[[int, int | None], None]:
    def tell(done: int, total: int | None) -> None:
        percent = min(100.0, 100.0 * done / total) if total else None
        activity.heartbeat(Heartbeat(percent=percent, note="downloading", job_id=job.job_id))

    return tell
