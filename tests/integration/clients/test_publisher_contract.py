"""Instagram in its three ways, against the simulated one: what every Publisher has to keep."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.publishing import (
    Credentials,
    Handle,
    Job,
    Look,
    Proof,
    Publisher,
    Quota,
    State,
)
from clients.store import ObjectStore, StoredVideo
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor
from schemas.failures import FailureKind
from tests.conftest import StoreAccess, quick
from tests.integration.publishing import DOORS, Meta
from tests.integration.simulators.reels import make

LIFE = 24 * 3600


@pytest.fixture(scope="module")
async def world(home: Home, supervisor: Supervisor, top_clip: Path) -> AsyncIterator[Meta]:
    url = await quick("publishing-simulators", home, supervisor, top_clip)
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield Meta(url, http)


@pytest.fixture
async def meta(world: Meta) -> AsyncIterator[Meta]:
    yield world
    await world.disarm()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("reel") / "reel.mp4")


@pytest.fixture(scope="module")
async def video(object_store: StoreAccess, file: Path) -> AsyncIterator[StoredVideo]:
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        await store.put(file, "contract/reel.mp4", "video/mp4")
        yield StoredVideo(store, "contract/reel.mp4", file.stat().st_size)


class Side:
    """One way of publishing, with an account of its own and a caption like no other."""

    def __init__(self, publisher: Publisher, who: Credentials, video: StoredVideo) -> None:
        self.publisher = publisher
        self.who = who
        self.video = video
        self.job = Job(caption=f"Boat {uuid4()}\n\n#boat", bytes=video.size, seconds=3.5)
        self.since = datetime.now(UTC)

    async def prepared(self) -> Handle:
        return await self.publisher.prepare(self.who, self.job, self.video)

    async def send(self, handle: Handle, offset: int = 0) -> int:
        return await self.publisher.transfer(
            self.who, handle, self.video, offset, lambda _sent: None
        )

    async def ready(self) -> Handle:
        handle = await self.prepared()
        if handle.upload_uri:
            await self.send(handle)
        look = await self.settled(handle)
        assert look.state is State.READY, look.detail
        return handle

    async def settled(self, handle: Handle) -> Look:
        async with asyncio.timeout(30):
            while (look := await self.look(handle)).state is State.PENDING:
                await asyncio.sleep(0.05)
        return look

    async def look(self, handle: Handle) -> Look:
        return await self.publisher.poll(self.who, handle)

    async def truth(self, handle: Handle) -> tuple[Proof, str | None]:
        truth = await self.publisher.reconcile(self.who, handle, self.job, self.since)
        return truth.proof, truth.post.media_id if truth.post else None


@pytest.fixture
async def side(meta: Meta, video: StoredVideo, door: str) -> AsyncIterator[Side]:
    publisher = meta.publisher(door)
    yield Side(publisher, await meta.who(door), video)
    await publisher.aclose()


every_door = pytest.mark.parametrize("door", DOORS)
uploading = pytest.mark.parametrize("door", ["upload"])
with_facebook = pytest.mark.parametrize("door", ["facebook", "upload"])
one_door = pytest.mark.parametrize("door", ["instagram"])


@every_door
async def test_a_reel_goes_out_whole_with_what_was_asked_for_it(
    meta: Meta, side: Side, file: Path, door: str
) -> None:
    side.job = replace(side.job, share_to_feed=False, cover_seconds=1.25)
    if door != "instagram":
        side.job = replace(side.job, collaborators=("ann", "bob"), location_id="77")
    assert side.publisher.preflight(side.job) == ()

    handle = await side.ready()
    assert await side.truth(handle) == (Proof.ABSENT, None)
    media_id = await side.publisher.commit(side.who, handle)

    (asked,) = await meta.facts("container.created", container=handle.id)
    (post,) = await meta.facts("post.published", container=handle.id)
    assert post["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert asked["caption"] == side.job.caption
    assert (asked["share_to_feed"], asked["is_ai_generated"]) == (False, True)
    assert asked["thumb_offset"] == 1250
    if door != "instagram":
        assert (asked["collaborators"], asked["location_id"]) == (["ann", "bob"], "77")
    assert await side.truth(handle) == (Proof.LIVE, media_id)
    assert await side.publisher.permalink(side.who, media_id) == post["permalink"]


@every_door
async def test_a_label_that_is_not_wanted_is_said_so(meta: Meta, side: Side) -> None:
    side.job = replace(side.job, ai_label=False)
    handle = await side.prepared()
    (asked,) = await meta.facts("container.created", container=handle.id)
    assert asked["is_ai_generated"] is False


@uploading
async def test_an_upload_that_was_cut_goes_on_at_the_confirmed_byte(
    meta: Meta, side: Side, file: Path
) -> None:
    handle = await side.prepared()
    await meta.arm("upload", "cut", bytes=5000)

    with pytest.raises(Retryable):
        await side.send(handle)
    assert (await side.look(handle)).bytes_taken == 5000
    assert await side.send(handle, 5000) == side.video.size

    assert (await side.settled(handle)).state is State.READY
    (taken,) = await meta.facts("container.fetched", container=handle.id)
    assert taken["sha256"] == sha256(file.read_bytes()).hexdigest()


@uploading
async def test_bytes_at_another_place_than_the_confirmed_one_change_nothing(side: Side) -> None:
    handle = await side.prepared()
    with pytest.raises(Retryable, match="OffsetInvalidError"):
        await side.send(handle, 1000)
    assert (await side.look(handle)).bytes_taken == 0


@uploading
@pytest.mark.parametrize(
    ("proceeds", "state", "failure"),
    [(True, State.READY, None), (False, State.FAILED, FailureKind.CONTAINER_GONE)],
)
async def test_after_a_failure_at_the_upload_host_the_container_tells(
    meta: Meta, side: Side, *, proceeds: bool, state: State, failure: FailureKind | None
) -> None:
    handle = await side.prepared()
    await meta.arm("upload", "processing-failed", proceeds=proceeds)
    with pytest.raises(OutcomeUnknown):
        await side.send(handle)
    look = await side.settled(handle)
    assert (look.state, look.failure) == (state, failure)


@uploading
@pytest.mark.parametrize("kind", ["refuse", "status"])
async def test_an_upload_host_that_is_down_is_asked_again(
    meta: Meta, side: Side, kind: str
) -> None:
    handle = await side.prepared()
    await meta.arm("upload", kind, status=503, body="<html>")
    with pytest.raises(Retryable):
        await side.send(handle)
    assert await side.send(handle) == side.video.size


@uploading
async def test_an_address_of_another_host_gets_neither_token_nor_bytes(side: Side) -> None:
    handle = await side.prepared()
    host = str(handle.upload_uri)
    for uri in (
        host.replace("127.0.0.1", "localhost"),
        host.replace("http:", "https:"),
        host.replace("/rupload/", "/instagram/"),
        host.replace("/rupload/", "/rupload/../instagram/"),
        host.replace("://", "://evil@"),
        "http://[",
        "",
    ):
        with pytest.raises(Refused) as refusal:
            await side.send(Handle(handle.id, uri or "x"))
        assert refusal.value.kind is FailureKind.CONFIGURATION
    assert (await side.look(handle)).bytes_taken == 0


@with_facebook
async def test_in_an_outage_of_page_tokens_reads_go_by_the_users_token(
    meta: Meta, side: Side
) -> None:
    handle = await side.ready()
    await meta.arm("any", "read-outage", token="page")

    assert (await side.look(handle)).state is State.READY
    media_id = await side.publisher.commit(side.who, handle)
    assert await side.truth(handle) == (Proof.LIVE, media_id)
    assert await side.publisher.permalink(side.who, media_id)
    side.who = replace(side.who, reading=None)
    with pytest.raises(Retryable):
        await side.look(handle)


@every_door
async def test_in_an_outage_of_all_reads_nothing_is_proven(meta: Meta, side: Side) -> None:
    handle = await side.ready()
    media_id = await side.publisher.commit(side.who, handle)
    await meta.arm("any", "read-outage")
    with pytest.raises(Retryable):
        await side.truth(handle)
    await meta.disarm()
    await meta.arm("list_media", "graph-error", code=100, subcode=33, times=9)
    assert await side.truth(handle) == (Proof.LIVE, None)
    await meta.disarm()
    assert await side.truth(handle) == (Proof.LIVE, media_id)


@with_facebook
async def test_the_token_that_reads_never_publishes(meta: Meta, side: Side) -> None:
    handle = await side.ready()
    weak = await meta.token(
        user=side.who.user_id, flavour="facebook", kind="page", scopes=["instagram_basic"]
    )
    with pytest.raises(Refused) as refusal:
        await side.publisher.commit(replace(side.who, token=weak), handle)
    assert refusal.value.kind is FailureKind.PERMISSION
    assert await meta.facts("post.published", container=handle.id) == []


@every_door
async def test_the_quota_is_what_the_platform_says(meta: Meta, side: Side) -> None:
    await meta.arm("any", "quota", total=25, user=side.who.user_id)
    assert await side.publisher.quota(side.who) == Quota(0, 25, 86_400)
    await side.publisher.commit(side.who, await side.ready())
    assert await side.publisher.quota(side.who) == Quota(1, 25, 86_400)


@one_door
async def test_a_throttle_is_waited_for_as_long_as_it_says(meta: Meta, side: Side) -> None:
    handle = await side.ready()
    await meta.arm("any", "throttle", minutes=90, user=side.who.user_id)
    with pytest.raises(Retryable) as throttled:
        await side.look(handle)
    assert throttled.value.kind is FailureKind.RATE_LIMITED
    assert throttled.value.retry_after == 90 * 60


@one_door
async def test_a_throttle_of_the_app_lasts_its_hour(meta: Meta, side: Side) -> None:
    handle = await side.ready()
    await meta.arm("any", "throttle", code=4, business=False, user=side.who.user_id)
    with pytest.raises(Retryable) as throttled:
        await side.look(handle)
    assert throttled.value.retry_after == 3600


@every_door
async def test_a_container_lives_for_a_day_and_is_gone_then(meta: Meta, side: Side) -> None:
    handle = await side.ready()
    await meta.advance(LIFE - 60)
    assert (await side.look(handle)).state is State.READY
    await meta.advance(61)
    assert (await side.look(handle)).state is State.EXPIRED
    with pytest.raises(OutcomeUnknown):
        await side.publisher.commit(side.who, handle)
    side.since += timedelta(seconds=LIFE)
    assert await side.truth(handle) == (Proof.GONE, None)
    assert await meta.facts("post.published", container=handle.id) == []


@one_door
async def test_a_dead_container_is_not_gone_while_the_list_has_its_post(
    meta: Meta, side: Side
) -> None:
    await meta.arm("create_container", "container-error", subcode=2207085)
    handle = await side.prepared()
    assert (await side.settled(handle)).state is State.FAILED
    assert await side.truth(handle) == (Proof.GONE, None)

    await meta.arm("list_media", "graph-error", code=2)
    with pytest.raises(Retryable):
        await side.truth(handle)
    first = await meta.plant(side.who.user_id, side.job.caption)
    assert await side.truth(handle) == (Proof.LIVE, first)
    await meta.plant(side.who.user_id, side.job.caption)
    assert await side.truth(handle) == (Proof.UNKNOWN, None)


@every_door
async def test_a_comment_whose_answer_is_lost_is_found_and_stands_there_once(
    meta: Meta, side: Side
) -> None:
    media_id = await side.publisher.commit(side.who, await side.ready())
    await meta.arm("create_comment", "execute-then-reset")
    with pytest.raises(OutcomeUnknown):
        await side.publisher.comment(side.who, media_id, "First!")
    (comment,) = await side.publisher.comments(side.who, media_id)
    assert comment.text == "First!"
    assert await side.publisher.comment(side.who, media_id, "Second") != comment.id
    assert len(await side.publisher.comments(side.who, media_id)) == 2


@one_door
async def test_no_token_stands_in_what_the_platform_wrote_down(meta: Meta, side: Side) -> None:
    await side.publisher.commit(side.who, await side.ready())
    seen = await meta.http.get("/_ledger")
    assert "post.published" in seen.text
    assert side.who.token not in seen.text
