"""The steps of a post over the real client and the simulated Instagram, both with one clock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from temporalio.exceptions import ApplicationError

from activities.posting import PostingActivities
from clients.errors import OutcomeUnknown
from clients.store import ObjectStore
from db.database import Database
from db.tokens import NewTokens
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor
from schemas.account import Login
from schemas.post import Container, Liveness, PostRequest
from schemas.reel import ComposedReel
from schemas.token import TokenFacts
from tests.conftest import StoreAccess, quick
from tests.factories import a_decision, two_variants
from tests.integration.activities.days import Attempt, a_day, row_of, run
from tests.integration.activities.desks import CIPHER
from tests.integration.publishing import Meta
from tests.integration.simulators.reels import make

TEXT = "What would you name it?"


@dataclass
class Stage:
    """Accounts, their approved Reels, and the platform whose clock is ours."""

    meta: Meta
    db: Database
    store: ObjectStore
    file: Path
    posting: PostingActivities = field(init=False)
    later: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.posting = PostingActivities(
            {
                Login.INSTAGRAM: self.meta.publisher("instagram"),
                Login.FACEBOOK: self.meta.publisher("upload"),
            },
            self.db,
            self.store,
            CIPHER,
            poll_seconds=0.05,
            in_flight_seconds=0.0,
            now=lambda: datetime.now(UTC) + self.later,
        )

    async def advance(self, by: timedelta) -> None:
        """Move both clocks."""
        await self.meta.advance(by.total_seconds())
        self.later += by

    async def approved(self, login: Login, **terms: object) -> PostRequest:
        day = await a_day(self.db, login=login, posting=terms)
        account = day.account
        door = "instagram" if login is Login.INSTAGRAM else "upload"
        who = await self.meta.who(door, account.platform_user_id)
        tokens = NewTokens.sealed(
            CIPHER, account.id, publishing=who.token, reading=who.reading, facts=TokenFacts()
        )
        await self.db.tokens.set(account.id, tokens, self.posting.now())
        content = self.file.read_bytes()
        composed = ComposedReel(
            video_key=f"{day.key.prefix}/reel.mp4",
            poster_key=f"{day.key.prefix}/poster.png",
            video_sha256=sha256(content).hexdigest(),
            bytes=len(content),
            seconds=3.5,
            cover_seconds=1.5,
        )
        await self.store.put(self.file, composed.video_key, "video/mp4")
        (laid,) = await self.db.approvals.lay(day.reel, composed, two_variants(composed)[:1])
        said = a_decision(day.key, laid.revision)
        assert await self.db.approvals.decide(day.reel, laid.revision, said)
        return PostRequest(key=day.key, reel=day.reel, account=account, revision=laid.revision)

    async def ready(self, request: PostRequest) -> Container:
        container = await run(self.posting.prepare_post, request)
        return await run(self.posting.await_container, container)


@pytest.fixture
async def stage(
    world: Meta, db: Database, object_store: StoreAccess, reel_file: Path
) -> AsyncIterator[Stage]:
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        stage = Stage(world, db, store, reel_file)
        yield stage
        await world.disarm()
        await stage.advance(-stage.later)
        for publisher in stage.posting.publishers.values():
            await publisher.aclose()


@pytest.fixture(scope="module")
async def world(home: Home, supervisor: Supervisor, top_clip: Path) -> AsyncIterator[Meta]:
    url = await quick("posting-simulators", home, supervisor, top_clip)
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield Meta(url, http)


@pytest.fixture(scope="module")
def reel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("reel") / "reel.mp4")


async def test_a_reel_is_brought_published_and_commented_on_despite_cuts_and_an_outage(
    stage: Stage,
) -> None:
    request = await stage.approved(
        Login.FACEBOOK, first_comment=TEXT, collaborators=("ann",), location_id="77"
    )
    meta, posting = stage.meta, stage.posting
    container = await run(posting.prepare_post, request)
    await meta.arm("upload", "cut", bytes=4000)
    await meta.arm("upload", "status", status=503, body="<html>")
    await meta.arm("any", "read-outage", token="page", user=request.account.platform_user_id)
    attempt = Attempt()
    await attempt.run(posting.await_container, container)
    await meta.arm("media_publish", "execute-then-reset")
    with pytest.raises(OutcomeUnknown):
        await run(posting.commit_post, container)
    live = await run(posting.reconcile_post, container)
    await meta.arm("create_comment", "execute-then-reset")
    linked = await run(posting.link_post, container)

    (asked,) = await meta.facts("container.created", container=container.container_id)
    (post,) = await meta.facts("post.published", user=request.account.platform_user_id)
    (comment,) = await meta.facts("comment.created", user=request.account.platform_user_id)
    assert post["sha256"] == sha256(stage.file.read_bytes()).hexdigest()
    assert (asked["thumb_offset"], asked["is_ai_generated"]) == (1500, True)
    assert (asked["collaborators"], asked["location_id"]) == (["ann"], "77")
    assert comment["text"] == TEXT
    assert (live.liveness, linked.permalink) == (Liveness.LIVE, post["permalink"])
    row = await row_of(stage.db, request.reel)
    assert (row.commit_attempts, row.permalink) == (1, post["permalink"])
    assert row.comment_id is not None
    assert max(beat.percent or 0 for beat in attempt.said) == 100


async def test_what_a_login_lacks_is_refused_before_anything_is_sent(stage: Stage) -> None:
    request = await stage.approved(Login.INSTAGRAM, collaborators=("ann",))

    with pytest.raises(ApplicationError, match="rule collaborators") as refusal:
        await run(stage.posting.prepare_post, request)

    assert refusal.value.type == "bad_request"
    user = request.account.platform_user_id
    assert await stage.meta.facts("container.created", user=user) == []


@pytest.mark.parametrize("login", Login)
@pytest.mark.parametrize("hours", [23.5, 25])
async def test_after_its_day_a_container_is_never_published_and_a_fresh_one_is(
    stage: Stage, login: Login, hours: float
) -> None:
    request = await stage.approved(login)
    posting = stage.posting
    old = await stage.ready(request)
    await stage.advance(timedelta(hours=hours))

    with pytest.raises(ApplicationError) as refusal:
        await run(posting.commit_post, old)
    assert refusal.value.type == "container_gone"
    await run(posting.reconcile_post, old)
    fresh = await stage.ready(request)
    assert (await run(posting.commit_post, fresh)).liveness is Liveness.LIVE

    assert await stage.meta.facts("post.published", container=old.container_id) == []
    assert len(await stage.meta.facts("post.published", container=fresh.container_id)) == 1
