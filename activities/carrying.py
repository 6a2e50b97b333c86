"""Which file was approved, and whether the approval goes over to one that was made anew."""

from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

from activities.failures import failed
from db.approval_row import ApprovalRow, ApprovalStatus
from db.database import Database
from schemas.failures import FailureKind
from schemas.post import PostRequest
from schemas.recut import ApprovedFile, KeepRecut, KeptRecut, StoredVideo


@dataclass(frozen=True)
class CarryingActivities:
    """What the database says before and after a file is made anew."""

    db: Database

    @activity.defn
    async def approved_file(self, request: PostRequest) -> ApprovedFile:
        """The file that is to go out, and the one that a person saw. Raises NOT_APPROVED.

        Again: reads again.
        """
        laid = await self._approved(request)
        row = await self.db.reels.get(request.reel)
        seen = laid
        if laid.carried_from is not None:
            seen = await self.db.approvals.get(request.reel, laid.carried_from) or laid
        return ApprovedFile(
            day=request.key,
            reel=request.reel,
            revision=laid.revision,
            video=_video(laid),
            seen_revision=seen.revision,
            seen=_video(seen),
            poster_key=laid.poster_key,
            cover_seconds=row.cover_seconds if row else None,
            cover_picked=laid.picked_cover_seconds is not None,
        )

    @activity.defn
    async def keep_recut(self, keep: KeepRecut) -> KeptRecut:
        """Write a new file down; one that nobody would notice takes over the approval.

        Again: changes nothing, and names the same revision. Raises NOT_APPROVED when the
        approval of what was seen does not stand any more.
        """
        revision = await self.db.recuts.keep(
            keep.request.reel, keep.file.seen_revision, keep.recut, at=datetime.now(UTC)
        )
        return KeptRecut(revision=revision)

    async def _approved(self, request: PostRequest) -> ApprovalRow:
        laid = await self.db.approvals.get(request.reel, request.revision)
        if laid is None or laid.status is not ApprovalStatus.APPROVED:
            raise failed(
                FailureKind.NOT_APPROVED,
                f"no approval of revision {request.revision[:12]} is recorded: it is not published",
            )
        return laid


def _video(laid: ApprovalRow) -> StoredVideo:
    return StoredVideo(key=laid.video_key, sha256=laid.video_sha256)
