"""Publishing: a container is prepared, committed at most once, and the truth is read.

What Instagram says of a publish call is not the truth: an error, or no answer, may stand for
a post that is out. The container's status is (Meta, "Content Publishing", Troubleshooting).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from temporalio import activity

from activities.after_post import AfterPost
from activities.container_wait import ContainerWait
from activities.failures import failed
from activities.platform_truth import Platform, is_ready, refuse_in_flight
from activities.posting_job import (
    handle_of,
    is_young,
    job_of,
    question_of,
    refuse_violations,
    stored,
    video_of,
    was_tried,
)
from activities.tokens import utc_now
from clients.errors import Retryable
from clients.publishing import Credentials, Handle, Proof, Publisher, State, Truth
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database
from db.failures import DatabaseDown
from db.reel_row import ReelRow
from schemas.account import Login
from schemas.failures import FailureKind
from schemas.post import Container, Liveness, PostRequest, PostStatus

SEND_WITHIN_SECONDS = 10.0
"""A commit that has not left so soon after it was written down is not sent any more."""

IN_FLIGHT_SECONDS = 90.0
"""How long after it was written down a commit may still take effect: the ten seconds above,
the client's deadline of fifty, and half a minute for the platform to finish."""


@dataclass(frozen=True)
class PostingActivities:
    """Posts approved revisions."""

    publishers: Mapping[Login, Publisher]
    db: Database
    store: ObjectStore
    cipher: TokenCipher
    poll_seconds: float
    in_flight_seconds: float = IN_FLIGHT_SECONDS
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def prepare_post(self, request: PostRequest) -> Container:
        """A container of the approved revision.

        Again: the same container while it can still be published, else a new one, and never
        a new one while an old one may be out. Raises NOT_APPROVED without an approval of
        exactly this revision, and BAD_REQUEST or VIDEO_REFUSED for a rule that the Reel
        breaks, before anything is sent; a refusal that concerns the account pauses it.
        """
        row = await self._row(request)
        if row.published_at is not None:
            return stored(request, row)
        await self._require_approval(request, row)
        refuse_violations(self._platform.of(request.account), job_of(request.account, row))
        async with self._platform.may_stop(request.account):
            who = await self._platform.who(request.account)
            if await self._still_good(request, row, who):
                return stored(request, row)
            return await self._new_container(request, row, who)

    @activity.defn
    async def await_container(self, container: Container) -> Container:
        """Bring the video to a container, and look until it can be published, or is.

        Again: goes on at the byte that the platform confirms, then goes on looking. Looks that
        fail are repeated until the step's time is up. Raises VIDEO_REFUSED with the platform's
        words, or CONTAINER_GONE.
        """
        row = await self._row(container.request)
        if row.published_at is not None:
            return container
        account = container.request.account
        async with self._platform.may_stop(account):
            handle, who = handle_of(container, row), await self._platform.who(account)
            video = await video_of(self.store, row) if handle.upload_uri else None
            await ContainerWait(self._platform, account, who, self.poll_seconds).until_ready(
                handle, video
            )
        return container

    @activity.defn
    async def commit_post(self, container: Container) -> PostStatus:
        """Publish. Sends at most one call, and none while another may be under way.

        Again: reads first, and answers LIVE for a Reel that is out. Raises OUTCOME_UNKNOWN
        when only reading can tell, and CONTAINER_GONE for one that is too old.
        """
        request = container.request
        row = await self._row(request)
        if row.published_at is not None:
            return _status(row)
        await self._require_approval(request, row)
        async with self._platform.may_stop(request.account):
            who, handle = await self._platform.who(request.account), handle_of(container, row)
            look = await self._platform.look(request.account, who, handle)
            if look.state is State.LIVE:
                return await self._write_down(row, await self._truth(container, row, who))
            if not is_ready(look):
                raise failed(FailureKind.NOT_READY, "instagram: the container is not ready yet")
            self._refuse_old(container, row)
            return await self._commit(container, row, who, handle)

    @activity.defn
    async def reconcile_post(self, container: Container) -> PostStatus:
        """Read whether the Reel is out, and write down what was learnt.

        Again: reads again. ABSENT or GONE only when no commit can still take effect; until
        then, and while the platform can't be read, raises an error that is tried again.
        """
        request = container.request
        row = await self._row(request)
        if row.published_at is not None:
            return _status(row)
        async with self._platform.may_stop(request.account):
            who = await self._platform.who(request.account)
            truth = await self._truth(container, row, who)
        match truth.proof:
            case Proof.LIVE:
                return await self._write_down(row, truth)
            case Proof.UNKNOWN:
                raise failed(FailureKind.NOT_READY, f"instagram: {truth.detail}")
            case Proof.ABSENT | Proof.GONE:
                self._refuse_in_flight(row, FailureKind.NOT_READY)
                gone = truth.proof is Proof.GONE
                return PostStatus(liveness=Liveness.GONE if gone else Liveness.ABSENT)
            case _:
                assert_never(truth.proof)

    @activity.defn
    async def link_post(self, container: Container) -> PostStatus:
        """Read the post's address, and its id where that is missing; then comment on it.

        Never fails the post: what another attempt may bring is raised while there will be one.
        Again: goes on with what is missing; a comment whose fate is not known is looked for
        before another is written.
        """
        row = await self._row(container.request)
        if row.published_at is None:
            return _status(row)
        account = container.request.account
        after = AfterPost(self._platform, account, self.in_flight_seconds, self.now)
        return _status(await after.finish(container, row))

    @property
    def _platform(self) -> Platform:
        return Platform(self.publishers, self.db, self.cipher)

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

    async def _still_good(self, request: PostRequest, row: ReelRow, who: Credentials) -> bool:
        """Whether the stored container is the one to publish.

        One that a commit was tried on is kept until it is proven not to be out.
        """
        if row.container_id is None:
            return False
        same = row.container_revision == request.revision
        fresh = same and is_young(row, self._platform.of(request.account), self.now())
        container = stored(request, row)
        if not was_tried(row):
            return fresh and await self._is_alive(container, row, who)
        truth = await self._truth(container, row, who)
        if truth.proof is Proof.LIVE and not same:
            raise failed(
                FailureKind.BAD_REQUEST,
                "instagram: an earlier revision of this Reel is out: abort the day",
            )
        if truth.proof is Proof.LIVE:
            await self._write_down(row, truth)
            return True
        if truth.proof is Proof.UNKNOWN:
            raise failed(FailureKind.NOT_READY, f"instagram: {truth.detail}")
        if truth.proof is Proof.GONE or not fresh:
            self._refuse_in_flight(row, FailureKind.NOT_READY)
            return False
        return True

    async def _is_alive(self, container: Container, row: ReelRow, who: Credentials) -> bool:
        """Whether a container that no commit was tried on can still be published."""
        try:
            account, handle = container.request.account, handle_of(container, row)
            look = await self._platform.look(account, who, handle)
        except Retryable:
            return False
        return look.state not in {State.FAILED, State.EXPIRED}

    async def _new_container(
        self, request: PostRequest, row: ReelRow, who: Credentials
    ) -> Container:
        publisher, job = self._platform.of(request.account), job_of(request.account, row)
        made_at = self.now()
        handle = await publisher.prepare(who, job, await video_of(self.store, row))
        await self.db.reels.save_container(
            request.reel, request.revision, handle.id, made_at, handle.upload_uri
        )
        return Container(request=request, container_id=handle.id)

    def _refuse_in_flight(self, row: ReelRow, kind: FailureKind) -> None:
        refuse_in_flight(row.commit_attempted_at, self.in_flight_seconds, kind, now=self.now())

    def _refuse_old(self, container: Container, row: ReelRow) -> None:
        publisher = self._platform.of(container.request.account)
        if not is_young(row, publisher, self.now()):
            raise failed(
                FailureKind.CONTAINER_GONE,
                "instagram: the container is near the end of its life: a fresh one is needed",
            )

    async def _truth(self, container: Container, row: ReelRow, who: Credentials) -> Truth:
        question = await question_of(self.db, container, row)
        return await self._platform.truth(container.request.account, who, question)

    async def _commit(
        self, container: Container, row: ReelRow, who: Credentials, handle: Handle
    ) -> PostStatus:
        request = container.request
        self._refuse_in_flight(row, FailureKind.OUTCOME_UNKNOWN)
        at, started = self.now(), time.monotonic()
        attempts = await self.db.reels.mark_commit_attempt(
            row.id, at, revision=request.revision, container_id=container.container_id
        )
        if attempts != row.commit_attempts + 1 or time.monotonic() - started > SEND_WITHIN_SECONDS:
            # Another execution came in between, or this one was held up past its time.
            raise failed(
                FailureKind.OUTCOME_UNKNOWN,
                "instagram: another publish of this Reel may be under way; this one was not sent",
            )
        media_id = await self._platform.of(request.account).commit(who, handle)
        try:
            await self.db.reels.save_post(row.id, media_id, None, self.now())
        except DatabaseDown:
            raise failed(
                FailureKind.OUTCOME_UNKNOWN, "instagram: published, but not written down yet"
            ) from None
        return PostStatus(liveness=Liveness.LIVE, media_id=media_id)

    async def _write_down(self, row: ReelRow, truth: Truth) -> PostStatus:
        """The Reel is out: keep that, and which post it is where that could be told."""
        post = truth.post
        media_id, permalink = (post.media_id, post.permalink) if post else (None, None)
        published_at = post.published_at if post else self.now()
        await self.db.reels.save_post(row.id, media_id, permalink, published_at)
        return PostStatus(liveness=Liveness.LIVE, media_id=media_id, permalink=permalink)


def _status(row: ReelRow) -> PostStatus:
    return PostStatus(
        liveness=Liveness.ABSENT if row.published_at is None else Liveness.LIVE,
        media_id=row.media_id,
        permalink=row.permalink,
    )
