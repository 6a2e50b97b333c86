"""What the ledger and the object store remember of a clip."""

from collections.abc import Callable, Mapping

from temporalio import activity

from activities.failures import failed
from activities.segments import clips_folder
from clients.download import Downloaded
from clients.video import VideoProvider
from db.usage import Usage, UsageRow
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.video import ClipJob, ClipOrder, FilmedClip

KEPT = {"object_key", "sha256", "bytes", "seconds"}
"""What the ledger's row remembers of a clip, so that it is not fetched twice."""


def kept(job: ClipJob, row: UsageRow) -> FilmedClip | None:
    """The clip that was brought home before, None when the ledger knows of none."""
    if not row.units.keys() >= KEPT:
        return None
    return FilmedClip(
        provider=job.order.provider, segment=job.order.segment, job_id=job.job_id, **row.units
    )


def clip_of(job: ClipJob, got: Downloaded, seconds: float) -> FilmedClip:
    """A downloaded file as the day goes on with it, under the key that its bytes name."""
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


def step_of(order: ClipOrder) -> str:
    """The name of a purchase within its Reel: one row of the ledger."""
    step = f"clip/{order.provider}/{order.segment}/take-{order.take}"
    return f"{step}/{order.anew}" if order.anew else step


def price_of(order: ClipOrder, provider: VideoProvider) -> int:
    """Micro-dollars of an order by the provider's table. Raises CONFIGURATION without a price."""
    price = provider.capabilities.price_micros.get(order.seconds)
    if price is None:
        raise failed(
            FailureKind.CONFIGURATION, f"{order.provider} has no price for {order.seconds} s"
        )
    return price


def download_progress(job: ClipJob) -> Callable[[int, int | None], None]:
    """Tells Temporal how far a download is, in per cent where its length is known."""

    def tell(done: int, total: int | None) -> None:
        percent = min(100.0, 100.0 * done / total) if total else None
        activity.heartbeat(Heartbeat(percent=percent, note="downloading", job_id=job.job_id))

    return tell


def refuse_late(job: ClipJob, filmed_seconds: float) -> None:
    """Raise JOB_TIMED_OUT for a job that has been filmed for longer than it may."""
    limit = job.filming_seconds
    if limit is not None and filmed_seconds >= limit:
        raise failed(
            FailureKind.JOB_TIMED_OUT,
            f"{job.order.provider}: not finished after {limit} s of filming; a retry goes on "
            "looking at the same job",
        )


def provider_of(providers: Mapping[str, VideoProvider], name: str) -> VideoProvider:
    """The provider of this name. Raises CONFIGURATION for one that is not set up."""
    if name not in providers:
        known = ", ".join(sorted(providers)) or "none"
        raise failed(
            FailureKind.CONFIGURATION,
            f"the video provider {name!r} is not set up; set up: {known}",
        )
    return providers[name]


async def row_of(usage: Usage, job: ClipJob) -> UsageRow:
    """The ledger's row of a bought job. Raises BAD_REQUEST for one that nobody bought."""
    row = await usage.by_job(job.order.provider, job.job_id)
    if row is None:
        raise failed(FailureKind.BAD_REQUEST, f"{job.order.provider}: the job is not in the ledger")
    return row
