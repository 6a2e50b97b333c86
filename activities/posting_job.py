"""What a row of `generated_reels` is to a publisher: the job, its container, its age."""

from dataclasses import replace
from datetime import datetime, timedelta

from activities.failures import failed
from activities.platform_truth import Question
from clients.publishing import Handle, Job, Publisher
from clients.store import ObjectStore, StoredVideo
from db.database import Database
from db.reel_row import ReelRow
from schemas.account import Account
from schemas.failures import FailureKind
from schemas.post import Container, PostRequest
from schemas.reel import published_text

MARGIN = timedelta(hours=1)
"""Before the end of a container's life: later it could expire under our hands."""


def job_of(account: Account, row: ReelRow) -> Job:
    """The approved revision under the account's terms."""
    posting = account.posting
    return Job(
        caption=published_text(row.caption or "", row.hashtags or ()),
        bytes=row.video_bytes or 0,
        seconds=row.seconds or 0.0,
        share_to_feed=account.share_to_feed,
        cover_seconds=row.cover_seconds,
        collaborators=posting.collaborators,
        location_id=posting.location_id,
        ai_label=posting.ai_label,
        first_comment=posting.first_comment,
    )


def refuse_violations(publisher: Publisher, job: Job) -> None:
    """Raise the first rule that the job breaks, by its name, before anything is sent.

    VIDEO_REFUSED where a shorter or smaller file would be taken, else BAD_REQUEST.
    """
    broken = publisher.preflight(job)
    if broken:
        # What a new file doesn't cure comes first: it would be cut for nothing.
        first = min(broken, key=lambda one: one.kind is FailureKind.VIDEO_REFUSED)
        words = "; ".join(f"{one.sentence} (rule {one.rule})" for one in broken)
        raise failed(first.kind, f"instagram: {words}; nothing was sent")


async def video_of(store: ObjectStore, row: ReelRow) -> StoredVideo:
    """The file of the revision. Raises BAD_REQUEST when the store has none."""
    key = row.video_key or ""
    size = row.video_bytes or await store.size(key)
    if not size:
        raise failed(FailureKind.BAD_REQUEST, f"there is no video {key!r}")
    return StoredVideo(store, key, size)


def stored(request: PostRequest, row: ReelRow) -> Container:
    """The container that the row holds."""
    return Container(request=request, container_id=row.container_id or "")


def handle_of(container: Container, row: ReelRow) -> Handle:
    """The container as its publisher knows it."""
    is_held = row.container_id == container.container_id
    return Handle(container.container_id, row.upload_uri if is_held else None)


def was_tried(row: ReelRow) -> bool:
    """Whether a commit was sent, or may have been, of the container that the row holds."""
    at, made = row.commit_attempted_at, row.container_at
    return at is not None and made is not None and at >= made


def is_young(row: ReelRow, publisher: Publisher, now: datetime) -> bool:
    """Whether the container that the row holds is one to publish at all."""
    made = row.container_at
    return made is not None and now - made < publisher.capabilities.handle_life - MARGIN


async def question_of(db: Database, container: Container, row: ReelRow) -> Question:
    """Whether it is out, since the commit that was tried or since it was made.

    Asked by the words that the container was made with: the row may have newer ones by now.
    Raises BAD_REQUEST when those are not recorded, for then a post could be overlooked.
    """
    job = job_of(container.request.account, row)
    made_of = row.container_revision
    if made_of is not None and made_of != row.revision:
        laid = await db.approvals.get(row.id, made_of)
        if laid is None:
            raise failed(
                FailureKind.BAD_REQUEST,
                f"the words of revision {made_of[:12]}, whose post may be out, are not recorded: "
                "look at the account before anything is published",
            )
        job = replace(job, caption=published_text(laid.caption, laid.hashtags))
    since = row.commit_attempted_at if was_tried(row) else row.container_at
    return Question(handle_of(container, row), job, since or row.created_at)
