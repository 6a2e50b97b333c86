"""Publishing: a container is prepared, committed at most once, and the truth is read.

What Instagram says of a publish call is not the truth: an error, or no answer, may stand for
a post that is out. The container's status is (Meta, "Content Publishing", Troubleshooting).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import failed
from activities.heartbeats import last_heartbeat, rest
from activities.platform_truth import Platform, is_ready, refuse_in_flight
from clients.errors import ClientError, Retryable
from clients.publishing import ContainerState, ContainerStatus, PublishedMedia, Publisher
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database
from db.failures import DatabaseDown
from db.reel_row import ReelRow
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.post import Container, Liveness, PostRequest, PostStatus
from schemas.reel import published_text

CONTAINER_LIFE = timedelta(hours=23)
"""Instagram keeps a container for 24 hours; an older one may expire under our hands."""

URL_SECONDS = 3600
"""How long Instagram may fetch the video from the object store."""

SEND_WITHIN_SECONDS = 10.0
"""A commit that has not left so soon after it was written down is not sent any more."""

IN_FLIGHT_SECONDS = 90.0
"""How long after it was written down a commit may still take effect: the ten seconds above,
the client's deadline of fifty, and half a minute for the platform to finish."""

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class PostingActivities:
    """Posts approved revisions."""

    publisher: Publisher
    db: Database
    store: ObjectStore
    cipher: TokenCipher
    poll_seconds: float
    in_flight_seconds: float = IN_FLIGHT_SECONDS

    @activity.defn
    async def prepare_post(self, request: PostRequest) -> Container:
        """A container of the approved revision.

        Again: the same container while it can still be published, else a new one, and never
        a new one while an old one may be out. Raises NOT_APPROVED without an approval of
        exactly this revision; a refusal that concerns the account pauses it.
        """
        row = await self._row(request)
        if row.published_at is not None:
            return _stored(request, row)
        await self._require_approval(request, row)
        async with self._platform.may_stop(request.account):
            token = await self._platform.token(request.account)
            if await self._still_good(request, row, token):
                return _stored(request, row)
            return await self._new_container(request, row, token)

    @activity.defn
    async def await_container(self, container: Container) -> Container:
        """Look at a container until it can be published, or is.

        Again: goes on looking. Looks that fail are repeated until the step's time is up.
        Raises VIDEO_REFUSED with the platform's words, or CONTAINER_GONE.
        """
        account = container.request.account
        polls = last_heartbeat().polls
        async with self._platform.may_stop(account):
            token = await self._platform.token(account)
            while True:
                status, pause = await self._look(container, token)
                if is_ready(status):
                    return container
                polls += 1
                await rest(pause, Heartbeat(polls=polls, note=status.detail))

    @activity.defn
    async def commit_post(self, container: Container) -> PostStatus:
        """Publish. Sends at most one call, and none while another may be under way.

        Again: reads first, and answers LIVE for a Reel that is out. Raises OUTCOME_UNKNOWN
        when only reading can tell.
        """
        request = container.request
        row = await self._row(request)
        if row.published_at is not None:
            return _status(row)
        await self._require_approval(request, row)
        async with self._platform.may_stop(request.account):
            token = await self._platform.token(request.account)
            status = await self._platform.status(container, token)
            if status.state is ContainerState.PUBLISHED:
                return await self._write_down(container, row, token)
            if not is_ready(status):
                raise failed(FailureKind.NOT_READY, "instagram: the container is not ready yet")
            return await self._commit(container, row, token)

    @activity.defn
    async def reconcile_post(self, container: Container) -> PostStatus:
        """Read whether the Reel is out, and write down what was learnt.

        Again: reads again. ABSENT only when no commit can still take effect; until then, and
        while the platform can't be read, raises an error that is tried again.
        """
        request = container.request
        row = await self._row(request)
        if row.published_at is not None:
            return _status(row)
        async with self._platform.may_stop(request.account):
            token = await self._platform.token(request.account)
            status = await self._platform.status(container, token)
            match status.state:
                case ContainerState.PUBLISHED:
                    return await self._write_down(container, row, token)
                case ContainerState.ERROR | ContainerState.EXPIRED:
                    return PostStatus(liveness=Liveness.GONE)
                case ContainerState.IN_PROGRESS:
                    raise failed(FailureKind.NOT_READY, "instagram: still works on the container")
                case ContainerState.FINISHED:
                    refuse_in_flight(
                        row.commit_attempted_at, self.in_flight_seconds, FailureKind.NOT_READY
                    )
                    return PostStatus(liveness=Liveness.ABSENT)
                case _:
                    assert_never(status.state)

    @activity.defn
    async def link_post(self, container: Container) -> PostStatus:
        """Read the post's address, and its id where that is missing. Never fails the post.

        Again: what is known by then.
        """
        row = await self._row(container.request)
        if row.published_at is None or row.permalink is not None:
            return _status(row)
        try:
            media_id, permalink = await self._link(container, row)
        except (ClientError, ApplicationError) as error:
            log.warning("permalink.unknown", reason=str(error))
            return _status(row)
        await self.db.reels.save_post(row.id, media_id, permalink, row.published_at)
        return PostStatus(liveness=Liveness.LIVE, media_id=media_id, permalink=permalink)

    @property
    def _platform(self) -> Platform:
        return Platform(self.publisher, self.db, self.cipher)

    async def _row(self, request: PostRequest) -> ReelRow:
        row = await self.db.reels.get(request.reel)
        if row is None:
            raise failed(FailureKind.BAD_REQUEST, f"there is no Reel {request.reel!r}")
        return row

    async def _require_approval(self, request: PostRequest, row: ReelRow) -> None:
        if row.revision == request.revision and await self.db.approvals.approved(
            request.reel, request.revision
        ):
            return
        raise failed(
            FailureKind.NOT_APPROVED,
            f"no approval of revision {request.revision[:12]} is recorded: it is not published",
        )

    async def _still_good(self, request: PostRequest, row: ReelRow, token: str) -> bool:
        """Whether the stored container is the one to publish.

        One that a commit was tried on is kept until it is proven dead: it may be out.
        """
        if row.container_id is None or row.container_at is None:
            return False
        same = row.container_revision == request.revision
        tried = row.commit_attempted_at is not None and row.commit_attempted_at >= row.container_at
        young = datetime.now(UTC) - row.container_at < CONTAINER_LIFE
        if not tried and not (same and young):
            return False
        try:
            status = await self._platform.status(_stored(request, row), token)
        except Retryable:
            if tried:
                raise
            return False
        if status.state in {ContainerState.ERROR, ContainerState.EXPIRED}:
            return False
        if not same:
            self._refuse_beside(row, status)
        return same

    def _refuse_beside(self, row: ReelRow, status: ContainerStatus) -> None:
        """Refuse a second container beside one of another revision that is out, or may be."""
        if status.state is ContainerState.PUBLISHED:
            raise failed(
                FailureKind.BAD_REQUEST,
                "instagram: an earlier revision of this Reel is out: abort the day",
            )
        refuse_in_flight(row.commit_attempted_at, self.in_flight_seconds, FailureKind.NOT_READY)

    async def _new_container(self, request: PostRequest, row: ReelRow, token: str) -> Container:
        url = await self.store.presign(row.video_key or "", URL_SECONDS)
        container_id = await self.publisher.prepare(
            user_id=request.account.platform_user_id,
            token=token,
            video_url=url,
            caption=_caption(row),
            share_to_feed=request.account.share_to_feed,
        )
        await self.db.reels.save_container(
            request.reel, request.revision, container_id, datetime.now(UTC)
        )
        return Container(request=request, container_id=container_id)

    async def _look(self, container: Container, token: str) -> tuple[ContainerStatus, float]:
        try:
            return await self._platform.status(container, token), self.poll_seconds
        except Retryable as error:
            unread = ContainerStatus(ContainerState.IN_PROGRESS, f"not read: {error.message}")
            return unread, max(self.poll_seconds, error.retry_after or 0)

    async def _commit(self, container: Container, row: ReelRow, token: str) -> PostStatus:
        request = container.request
        refuse_in_flight(
            row.commit_attempted_at, self.in_flight_seconds, FailureKind.OUTCOME_UNKNOWN
        )
        at, started = datetime.now(UTC), time.monotonic()
        attempts = await self.db.reels.mark_commit_attempt(
            row.id, at, revision=request.revision, container_id=container.container_id
        )
        if attempts != row.commit_attempts + 1 or time.monotonic() - started > SEND_WITHIN_SECONDS:
            # Another execution came in between, or this one was held up past its time.
            raise failed(
                FailureKind.OUTCOME_UNKNOWN,
                "instagram: another publish of this Reel may be under way; this one was not sent",
            )
        media_id = await self.publisher.commit(
            user_id=request.account.platform_user_id,
            container_id=container.container_id,
            token=token,
        )
        try:
            await self.db.reels.save_post(row.id, media_id, None, datetime.now(UTC))
        except DatabaseDown:
            raise failed(
                FailureKind.OUTCOME_UNKNOWN, "instagram: published, but not written down yet"
            ) from None
        return PostStatus(liveness=Liveness.LIVE, media_id=media_id)

    async def _write_down(self, container: Container, row: ReelRow, token: str) -> PostStatus:
        """The container is published: find which post it is, and keep that."""
        post = await self._match(container, row, token)
        media_id, permalink = (post.media_id, post.permalink) if post else (None, None)
        published_at = post.published_at if post else datetime.now(UTC)
        await self.db.reels.save_post(row.id, media_id, permalink, published_at)
        return PostStatus(liveness=Liveness.LIVE, media_id=media_id, permalink=permalink)

    async def _link(self, container: Container, row: ReelRow) -> tuple[str | None, str | None]:
        token = await self._platform.token(container.request.account)
        if row.media_id is None:
            post = await self._match(container, row, token)
            return (post.media_id, post.permalink) if post else (None, None)
        return row.media_id, await self.publisher.permalink(media_id=row.media_id, token=token)

    async def _match(self, container: Container, row: ReelRow, token: str) -> PublishedMedia | None:
        since = row.commit_attempted_at or row.container_at or row.created_at
        return await self._platform.post(
            container.request.account, token, caption=_caption(row), since=since
        )


def _stored(request: PostRequest, row: ReelRow) -> Container:
    return Container(request=request, container_id=row.container_id or "")


def _caption(row: ReelRow) -> str:
    return published_text(row.caption or "", row.hashtags or ())


def _status(row: ReelRow) -> PostStatus:
    return PostStatus(
        liveness=Liveness.ABSENT if row.published_at is None else Liveness.LIVE,
        media_id=row.media_id,
        permalink=row.permalink,
    )
