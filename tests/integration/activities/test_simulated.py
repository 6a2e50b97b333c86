"""The real clients against the simulators, the object store and the database: no fakes."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest
from temporalio.exceptions import ApplicationError

from activities.film import FilmActivities
from activities.posting import PostingActivities
from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import Claude
from clients.download import Downloader
from clients.errors import OutcomeUnknown
from clients.publishing.instagram import Instagram
from clients.store import ObjectStore
from clients.video.luma import Luma
from clients.video.terms import read_terms
from db.database import Database
from db.tokens import NewTokens
from schemas.account import Login
from schemas.post import Liveness, PostRequest
from schemas.reel import CaptionRequest, ComposedReel
from schemas.story import CritiqueRequest, StoryRequest
from schemas.video import FilmedClip, FilmRequest
from tests.conftest import StoreAccess
from tests.factories import NOW, a_caption, a_decision, a_story, an_order, two_variants
from tests.integration.activities.days import Day, a_day, run
from tests.integration.activities.desks import CIPHER, TOKEN


@dataclass(frozen=True)
class Outside:
    """The simulators, as their clients and as a witness see them."""

    url: str
    http: httpx.AsyncClient
    store: ObjectStore
    writing: WritingActivities
    film: FilmActivities
    posting: PostingActivities

    async def ledger(self, op: str, **ids: str) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{self.url}/_ledger", params={"op": op})
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return [entry for entry in entries if ids.items() <= entry["ids"].items()]

    async def arm(self, service: str, op: str, kind: str) -> None:
        fault = {"service": service, "op": op, "kind": kind}
        (await self.http.post(f"{self.url}/_faults", json=fault)).raise_for_status()


@pytest.fixture(scope="module")
async def outside(
    db: Database, simulators_url: str, object_store: StoreAccess
) -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            ObjectStore(
                endpoint_url=object_store.endpoint,
                bucket=object_store.bucket,
                region="us-east-1",
                access_key_id=object_store.key_id,
                secret_access_key=object_store.secret,
            )
        )
        http = await stack.enter_async_context(httpx.AsyncClient())
        claude = Claude("sk-ant-test", f"{simulators_url}/anthropic", "claude-sonnet-5-5")
        luma = Luma(
            "luma-api-test", f"{simulators_url}/luma/v1", "ray-3.2", "360p", read_terms().luma
        )
        downloader = Downloader(f"{simulators_url}/luma/v1")
        instagram = Instagram(f"{simulators_url}/instagram", "v25.0")
        critic = Claude("sk-ant-test", f"{simulators_url}/anthropic", "claude-haiku-5-5")
        for client in (claude, critic, luma, downloader, instagram):
            stack.push_async_callback(client.aclose)
        yield Outside(
            url=simulators_url,
            http=http,
            store=store,
            writing=WritingActivities(claude, db, Spending(db), critic, {"luma": 6000}),
            film=FilmActivities(
                {"luma": luma}, downloader, store, db, Spending(db), poll_seconds=0.2
            ),
            posting=PostingActivities(
                dict.fromkeys(Login, instagram),
                db,
                store,
                CIPHER,
                poll_seconds=0.2,
                in_flight_seconds=0.0,
            ),
        )


async def filmed(outside: Outside, day: Day) -> FilmedClip:
    """The first five-second clip of a day."""
    order = an_order(day.key, day.reel, seconds=5)
    job = await run(outside.film.submit_clip, order)
    await run(outside.film.await_clip, job)
    return await run(outside.film.fetch_clip, job)


@pytest.fixture(scope="module")
def reel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds that keep the platform's rules for files."""
    path = tmp_path_factory.mktemp("reel") / "reel.mp4"
    picture, sound = "testsrc2=size=270x480:rate=30:duration=3", "anullsrc=r=48000:cl=stereo:d=3"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"),
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", "3"),
            *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "60", "-flags", "+cgop"),
            *("-c:a", "aac", "-b:a", "128k"),
            *("-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0", str(path)),
        ],
        check=True,
    )
    return path


async def an_approved_reel(db: Database, outside: Outside, file: Path) -> PostRequest:
    """A day with a stored and approved Reel, and a token to post it."""
    day = await a_day(db)
    await db.tokens.set(day.account.id, NewTokens(CIPHER.seal(day.account.id, TOKEN)), NOW)
    digest = sha256(file.read_bytes()).hexdigest()
    composed = ComposedReel(
        video_key=f"{day.key.prefix}/reel-{digest[:16]}.mp4",
        poster_key=f"{day.key.prefix}/poster.png",
        video_sha256=digest,
        bytes=file.stat().st_size,
        seconds=3.0,
    )
    await outside.store.put(file, composed.video_key, "video/mp4")
    (laid,) = await db.approvals.lay(day.reel, composed, two_variants(composed)[:1])
    revision = laid.revision
    assert await db.approvals.decide(day.reel, revision, a_decision(day.key, revision))
    return PostRequest(key=day.key, reel=day.reel, account=day.account, revision=revision)


async def test_story_and_caption_come_from_claude_and_stand_in_the_ledger(
    db: Database, outside: Outside
) -> None:
    day = await a_day(db, reel_seconds=30)

    story = await run(
        outside.writing.write_story,
        StoryRequest(key=day.key, reel=day.reel, account=day.account),
    )
    captions = await run(
        outside.writing.write_caption,
        CaptionRequest(key=day.key, reel=day.reel, account=day.account, story=story),
    )

    critique = await run(
        outside.writing.judge_story,
        CritiqueRequest(key=day.key, reel=day.reel, account=day.account, story=story),
    )

    assert len(story.shots) == 3
    assert critique.passed
    assert all(10 <= len(caption.hashtags) <= 15 for caption in captions.variants)
    assert len({caption.hook_type for caption in captions.variants}) == 2
    assert (await db.usage.by_service(day.reel))["claude"] > 0


async def test_a_clip_is_bought_once_and_lies_in_the_store(db: Database, outside: Outside) -> None:
    day = await a_day(db)
    request = FilmRequest(key=day.key, reel=day.reel, provider="luma", story=a_story(), seconds=5)
    assert len((await run(outside.film.plan_film, request)).orders) == 1

    clip = await filmed(outside, day)
    assert await filmed(outside, day) == clip

    assert await outside.store.size(clip.object_key) == clip.bytes
    assert clip.seconds == pytest.approx(5, abs=0.2)
    jobs = await outside.ledger("create_generation", job=clip.job_id)
    assert len(jobs) == 1
    assert await db.usage.by_service(day.reel) == {"luma": 60_000}


async def test_an_order_whose_answer_is_lost_is_one_job_and_one_row(
    db: Database, outside: Outside
) -> None:
    day = await a_day(db)
    order = an_order(day.key, day.reel, seconds=5)
    before = len(await outside.ledger("create_generation"))
    await outside.arm("luma", "create_generation", "execute-then-reset")

    with pytest.raises(OutcomeUnknown):
        await run(outside.film.submit_clip, order)
    with pytest.raises(ApplicationError) as refusal:
        await run(outside.film.submit_clip, order)

    assert refusal.value.type == "outcome_unknown"
    assert len(await outside.ledger("create_generation")) == before + 1
    assert await db.usage.by_service(day.reel) == {"luma": 60_000}


async def test_an_approved_reel_is_published_once(
    db: Database, outside: Outside, reel_file: Path
) -> None:
    request = await an_approved_reel(db, outside, reel_file)
    posting = outside.posting

    container = await run(posting.prepare_post, request)
    await run(posting.await_container, container)
    first = await run(posting.commit_post, container)
    assert await run(posting.commit_post, container) == first
    linked = await run(posting.link_post, container)

    posts = await outside.ledger("media_publish", user=request.account.platform_user_id)
    assert [post["ids"]["media"] for post in posts] == [first.media_id]
    assert linked.permalink == posts[0]["facts"]["permalink"]
    assert posts[0]["facts"]["caption"] == a_caption().text


async def test_a_publish_whose_answer_is_lost_is_found_and_not_repeated(
    db: Database, outside: Outside, reel_file: Path
) -> None:
    request = await an_approved_reel(db, outside, reel_file)
    posting = outside.posting
    container = await run(posting.prepare_post, request)
    await run(posting.await_container, container)
    await outside.arm("instagram", "media_publish", "execute-then-reset")

    with pytest.raises(OutcomeUnknown):
        await run(posting.commit_post, container)
    status = await run(posting.reconcile_post, container)

    posts = await outside.ledger("media_publish", user=request.account.platform_user_id)
    assert len(posts) == 1
    assert (status.liveness, status.media_id) == (Liveness.LIVE, posts[0]["ids"]["media"])


async def test_no_token_travels_in_an_address_or_a_form(outside: Outside) -> None:
    seen = await outside.http.get(f"{outside.url}/_ledger")

    assert "post.published" in seen.text
    assert TOKEN not in seen.text
