"""The clients and the simulators were written apart from each other: here they meet."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import imageio_ffmpeg
import pytest

from clients.claude import Claude, Query
from clients.download import Downloader
from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.publishing import Credentials, Handle, Job, Look, PublishedMedia, State
from clients.publishing.instagram import Instagram
from clients.review.slack import SlackWebhook
from clients.store import ObjectStore, StoredVideo
from clients.video import JobState, JobStatus
from clients.video.luma import Luma
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.conftest import StoreAccess
from tests.factories import a_card, a_choice

TOKEN = "IGAA-any"
LIMIT = 100_000_000
SCHEMA = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}},
    "required": ["prompt"],
    "additionalProperties": False,
}


class World:
    """The simulators' own doors: faults go in, the truth comes out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.AsyncClient(base_url=url, trust_env=False)

    async def arm(self, service: str, op: str, kind: str, **options: object) -> None:
        wish = {"service": service, "op": op, "kind": kind, **options}
        (await self._client.post("/_faults", json=wish)).raise_for_status()

    async def effects(self, effect: str) -> list[dict[str, dict[str, str]]]:
        answer = await self._client.get("/_ledger", params={"effect": effect})
        found: list[dict[str, dict[str, str]]] = answer.json()["entries"]
        return found

    async def close(self) -> None:
        await self._client.delete("/_faults")
        await self._client.aclose()


@pytest.fixture
async def world(simulators_url: str) -> AsyncIterator[World]:
    world = World(simulators_url)
    yield world
    await world.close()


@pytest.fixture
async def luma(simulators_url: str) -> AsyncIterator[Luma]:
    luma = Luma("luma-api-any", f"{simulators_url}/luma/v1", "ray-3.2", "360p", read_terms().luma)
    yield luma
    await luma.aclose()


@pytest.fixture
async def instagram(simulators_url: str) -> AsyncIterator[Instagram]:
    instagram = Instagram(f"{simulators_url}/instagram", "v25.0")
    yield instagram
    await instagram.aclose()


async def order(luma: Luma, prompt: str = "A paper boat") -> str:
    ordered = await luma.submit(prompt=prompt, seconds=5, aspect="1:1", reference=str(uuid4()))
    return ordered.job_id


async def finished(luma: Luma, job_id: str) -> JobStatus:
    async with asyncio.timeout(60):
        while (status := await luma.status(job_id)).state in {JobState.QUEUED, JobState.PROCESSING}:
            await asyncio.sleep(0.5)
    return status


def as_reel(clip: Path) -> Path:
    """The same pictures in the order of boxes that the platform wants."""
    reel = clip.with_name("reel.mp4")
    words = ["-nostdin", "-v", "error", "-i", str(clip), "-c", "copy"]
    layout = ["-movflags", "+faststart", "-use_editlist", "0", str(reel)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words, *layout], check=True)
    return reel


@pytest.fixture(scope="module")
async def video(
    simulators_url: str, object_store: StoreAccess, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StoredVideo]:
    """A clip that was bought, fetched and stored, as the platform will fetch it."""
    luma = Luma("luma-api-any", f"{simulators_url}/luma/v1", "ray-3.2", "360p", read_terms().luma)
    status = await finished(luma, await order(luma))
    into = tmp_path_factory.mktemp("clip") / "clip.mp4"
    downloader = Downloader(f"{simulators_url}/luma/v1")
    steps: list[tuple[int, int | None]] = []
    done = await downloader.fetch(
        str(status.url), into, limit_bytes=LIMIT, progress=lambda *step: steps.append(step)
    )
    assert done.bytes == into.stat().st_size
    assert steps[-1] == (done.bytes, done.bytes)
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        reel = await asyncio.to_thread(as_reel, into)
        await store.put(reel, "tests/clip.mp4", "video/mp4")
        yield StoredVideo(store, "tests/clip.mp4", reel.stat().st_size)


async def prepared(instagram: Instagram, user: str, film: StoredVideo, caption: str) -> Handle:
    job = Job(caption=caption, bytes=film.size, seconds=5)
    handle = await instagram.prepare(who(user), job, film)
    status = await processed(instagram, handle)
    assert status.state is State.READY, status.detail
    return handle


async def processed(instagram: Instagram, handle: Handle) -> Look:
    async with asyncio.timeout(60):
        while (status := await look(instagram, handle)).state is State.PENDING:
            await asyncio.sleep(0.5)
    return status


async def look(instagram: Instagram, handle: Handle) -> Look:
    return await instagram.poll(who(), handle)


def who(user: str = "") -> Credentials:
    return Credentials(user, TOKEN)


async def posts(instagram: Instagram, user: str, caption: str) -> list[PublishedMedia]:
    """Those with exactly this caption: every account has older posts."""
    media = await instagram.posts(who(user), datetime(2020, 1, 1, tzinfo=UTC))
    assert list(media) == sorted(media, key=lambda post: post.published_at, reverse=True)
    assert len(media) > 1
    return [post for post in media if post.caption == caption]


def new_user() -> str:
    return f"178{uuid4().int % 10**12:012d}"


async def test_claude_answers_in_the_form_that_was_asked_for(simulators_url: str) -> None:
    claude = Claude("sk-ant-any", f"{simulators_url}/anthropic", "claude-sonnet-5-5")
    reply = await claude.ask(Query("Write.", "A boat", 2000, SCHEMA))
    await claude.aclose()
    assert reply.stop_reason == "end_turn"
    assert set(json.loads(reply.text)) == {"prompt"}
    assert reply.request_id
    assert claude.cost_micros(reply) > 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 529}, FailureKind.UNAVAILABLE),
        ({"status": 429, "headers": {"retry-after": "90"}}, FailureKind.RATE_LIMITED),
    ],
)
async def test_trouble_at_claude_may_be_asked_again(
    world: World, answer: dict[str, object], kind: FailureKind
) -> None:
    await world.arm("anthropic", "messages", "status", **answer)
    claude = Claude("sk-ant-any", f"{world.url}/anthropic", "claude-sonnet-5-5")
    with pytest.raises(Retryable) as raised:
        await claude.ask(Query("Write.", "A boat", 2000, SCHEMA))
    await claude.aclose()
    assert raised.value.kind is kind


async def test_a_lost_answer_to_an_order_is_one_job_and_an_unknown_outcome(
    world: World, luma: Luma
) -> None:
    before = len(await world.effects("job.created"))
    await world.arm("luma", "create_generation", "execute-then-reset")
    with pytest.raises(OutcomeUnknown):
        await order(luma)
    assert len(await world.effects("job.created")) == before + 1


async def test_an_order_that_luma_does_not_take_makes_no_job(world: World, luma: Luma) -> None:
    before = len(await world.effects("job.created"))
    await world.arm("luma", "create_generation", "status", status=503)
    with pytest.raises(Retryable):
        await order(luma)
    assert len(await world.effects("job.created")) == before


async def test_a_moderated_job_says_so_and_is_refunded(world: World, luma: Luma) -> None:
    await world.arm("luma", "create_generation", "fail", failure_code="content_moderated")
    status = await finished(luma, await order(luma))
    assert (status.state, status.failure) == (JobState.FAILED, FailureKind.MODERATED)
    assert not status.charged


async def test_a_job_of_nobody_is_not_found(luma: Luma) -> None:
    with pytest.raises(Refused) as raised:
        await luma.status(str(uuid4()))
    assert raised.value.kind is FailureKind.NOT_FOUND


async def test_a_cut_download_arrives_whole(world: World, luma: Luma, tmp_path: Path) -> None:
    status = await finished(luma, await order(luma))
    downloader = Downloader(f"{world.url}/luma/v1")
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    for into, fault in ((whole, None), (cut, "truncate")):
        if fault:
            await world.arm("luma", "download", fault)
        await downloader.fetch(str(status.url), into, limit_bytes=LIMIT, progress=lambda *_: None)
    await downloader.aclose()
    assert cut.read_bytes() == whole.read_bytes()


async def test_a_post_goes_out_once_and_can_be_read(
    instagram: Instagram, video: StoredVideo
) -> None:
    user, caption = new_user(), "A boat & <b>more</b>\n\n#boat #sea"
    handle = await prepared(instagram, user, video, caption)
    media_id = await instagram.commit(who(user), handle)
    (post,) = await posts(instagram, user, caption)
    assert post.media_id == media_id
    assert (await look(instagram, handle)).state is State.LIVE
    assert await instagram.permalink(who(user), media_id) == post.permalink


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("execute-then-reset", {}),
        ("truncate", {}),
        ("status", {"status": 500, "after_effect": True}),
        ("graph-error", {"code": 4, "subcode": 2207051, "after_effect": True}),
        ("graph-error", {"code": -1, "subcode": 2207001, "after_effect": True}),
    ],
)
async def test_a_lost_answer_to_a_publish_can_be_read_up(
    world: World, instagram: Instagram, video: StoredVideo, kind: str, options: dict[str, object]
) -> None:
    user, started = new_user(), datetime.now(UTC).replace(microsecond=0)
    handle = await prepared(instagram, user, video, "Hi")
    await world.arm("instagram", "media_publish", kind, **options)
    with pytest.raises(OutcomeUnknown):
        await instagram.commit(who(user), handle)
    assert (await look(instagram, handle)).state is State.LIVE
    (post,) = await posts(instagram, user, "Hi")
    assert post.published_at >= started
    published = [e for e in await world.effects("post.published") if e["ids"]["user"] == user]
    assert [e["ids"]["media"] for e in published] == [post.media_id]


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ({"code": 190, "subcode": 463}, FailureKind.AUTHENTICATION),
        ({"code": 10}, FailureKind.PERMISSION),
        ({"code": 9007, "subcode": 2207027}, FailureKind.NOT_READY),
    ],
)
async def test_a_clear_no_to_a_publish_is_one(
    world: World, instagram: Instagram, video: StoredVideo, codes: dict[str, int], kind: FailureKind
) -> None:
    user = new_user()
    handle = await prepared(instagram, user, video, "Hi")
    await world.arm("instagram", "media_publish", "graph-error", **codes)
    with pytest.raises((Refused, Retryable)) as raised:
        await instagram.commit(who(user), handle)
    assert raised.value.kind is kind
    assert await posts(instagram, user, "Hi") == []


async def test_a_refused_file_is_told_by_its_subcode(
    world: World, instagram: Instagram, video: StoredVideo
) -> None:
    await world.arm("instagram", "create_container", "container-error", subcode=2207076)
    job = Job(caption="Hi", bytes=video.size, seconds=5)
    handle = await instagram.prepare(who(new_user()), job, video)
    status = await processed(instagram, handle)
    assert (status.state, status.failure) == (State.FAILED, FailureKind.VIDEO_REFUSED)


async def test_slack_takes_a_card_with_two_long_captions_and_the_summary(world: World) -> None:
    slack = SlackWebhook(f"{world.url}/slack/services/T0/B0/any")
    revision = uuid4().hex * 2
    long = "🚣" * 2_200 + "\n\n" + " ".join(["#boats"] * 15)
    await slack.ask(a_card(a_choice("A", revision=revision, caption=long), a_choice("B")), None)
    await slack.tell(title="Summary", text="One day, all well")
    await slack.aclose()
    messages = [json.dumps(entry) for entry in await world.effects("message.posted")]
    assert sum(revision in message for message in messages) == 1
    assert any("all well" in message for message in messages)
