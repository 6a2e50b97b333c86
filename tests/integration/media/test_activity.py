"""Composing as Temporal runs it: heard all the while, stopped when told, repeatable."""

import asyncio
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.composition import CompositionActivities
from clients.errors import Refused, Retryable
from clients.ffmpeg import BadMedia, FFmpeg, check_reel
from schemas.account import AccountDay
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.gameplay import GameplayWindow
from schemas.reel import ComposedReel, CompositionRequest
from schemas.video import FilmedClip, TopVideo
from tests.factories import DAY
from tests.fakes import FakeStore
from tests.integration.media.corpus import FFMPEG, USUAL_GAMEPLAY, ffmpeg, make
from tests.integration.media.processes import children_of_this_process
from tests.waiting import SECONDS

FROZEN = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30")
GAMEPLAY_KEY = "gameplay/clip.mp4"


def moving(clips: Path, seconds: float) -> Path:
    """A clip in which something moves, with a tone."""
    out = clips / f"moving-{seconds}.mp4"
    if not out.exists():
        ffmpeg(
            *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=24:d={seconds}"),
            *("-f", "lavfi", "-i", f"sine=330:r=48000:d={seconds}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(out)),
        )
    return out


class Stage:
    """An activity environment whose object store holds one top clip and one gameplay clip."""

    def __init__(self, tmp_path: Path, top: Path, gameplay: Path) -> None:
        self.store = FakeStore()
        self.work = tmp_path / "work"
        self.activities = CompositionActivities(self.store, FFmpeg(FFMPEG, 1, self.work))
        self.environment = ActivityEnvironment()
        self.beats: list[Heartbeat] = []
        self.composing = asyncio.Event()
        self.environment.on_heartbeat = self.heard
        content = top.read_bytes()
        self.store.objects = {"days/top-0.mp4": content, GAMEPLAY_KEY: gameplay.read_bytes()}
        self.clip = FilmedClip(
            provider="luma",
            segment=0,
            job_id="job",
            object_key="days/top-0.mp4",
            sha256=sha256(content).hexdigest(),
            bytes=len(content),
            seconds=5,
        )

    def heard(self, beat: Heartbeat) -> None:
        self.beats.append(beat)
        if beat.percent:
            self.composing.set()

    def request(self, seconds: float = 3.0) -> CompositionRequest:
        return CompositionRequest(
            key=AccountDay(account="robots", day=DAY),
            reel="reel",
            top=TopVideo(provider="luma", clips=(self.clip,)),
            gameplay=GameplayWindow(
                clip="clip", object_key=GAMEPLAY_KEY, start_seconds=0.5, clip_seconds=4
            ),
            seconds=seconds,
        )

    async def run(self, seconds: float = 3.0) -> ComposedReel:
        return await self.environment.run(self.activities.compose_reel, self.request(seconds))

    def leftovers(self) -> list[Path]:
        return sorted(self.work.glob("reels-*/composing-*"))


@pytest.fixture
def stage(clips: Path, tmp_path: Path) -> Stage:
    return Stage(tmp_path, moving(clips, 3), moving(clips, 4))


async def test_object_keys_in_object_keys_out_and_the_same_again(
    stage: Stage, tmp_path: Path
) -> None:
    composed = await stage.run()
    video = stage.store.objects[composed.video_key]
    poster = stage.store.objects[composed.poster_key]
    digest = sha256(video).hexdigest()
    assert composed.video_key == f"days/robots/{DAY}/reel-{digest[:16]}.mp4"
    assert composed.poster_key.startswith(f"days/robots/{DAY}/poster-")
    assert (composed.video_sha256, composed.bytes) == (digest, len(video))
    assert (composed.seconds, composed.cover_seconds) == (3.0, 2.0)
    assert poster.startswith(b"\x89PNG")
    assert len(poster) < 1_000_000
    (tmp_path / "stored.mp4").write_bytes(video)
    assert check_reel(tmp_path / "stored.mp4") == []
    assert stage.leftovers() == []

    held = set(stage.store.objects)
    assert await stage.run() == composed
    assert set(stage.store.objects) == held


async def test_progress_is_told_in_per_cent_that_never_falls(clips: Path, tmp_path: Path) -> None:
    stage = Stage(tmp_path, moving(clips, 30), moving(clips, 4))
    started = time.monotonic()
    await stage.run(seconds=6)
    assert len(stage.beats) >= 0.8 * (time.monotonic() - started) - 1
    told = [beat.percent for beat in stage.beats if beat.percent is not None]
    assert told == sorted(told)
    assert any(0 < percent < 100 for percent in told)
    assert any(beat.frames_per_second for beat in stage.beats)


async def test_a_cancelled_composition_leaves_no_process_and_no_file(
    clips: Path, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, moving(clips, 30), moving(clips, 4))
    running = asyncio.ensure_future(stage.run(seconds=30))
    async with asyncio.timeout(SECONDS):
        await stage.composing.wait()
    assert children_of_this_process("ffmpeg")
    stage.environment.cancel()
    cancelled = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - cancelled < 2
    assert children_of_this_process("ffmpeg") == []
    assert stage.leftovers() == []
    assert set(stage.store.objects) == {"days/top-0.mp4", GAMEPLAY_KEY}


async def test_a_disk_without_room_is_found_out_before_anything_is_fetched(stage: Stage) -> None:
    stage.clip = stage.clip.model_copy(update={"bytes": 1 << 60})
    with pytest.raises(Retryable) as caught:
        await stage.run()
    assert caught.value.kind is FailureKind.DISK_LOW
    assert stage.leftovers() == []


async def test_a_clip_that_came_back_other_than_stored_is_fetched_again_later(
    stage: Stage,
) -> None:
    stage.store.objects["days/top-0.mp4"] += b"x"
    with pytest.raises(Retryable, match="segment 0"):
        await stage.run()
    assert stage.leftovers() == []


async def test_gameplay_that_is_gone_is_said_so(stage: Stage) -> None:
    del stage.store.objects[GAMEPLAY_KEY]
    with pytest.raises(Refused) as caught:
        await stage.run()
    assert caught.value.kind is FailureKind.NOT_FOUND


async def test_gameplay_that_is_no_video_is_refused_and_nothing_is_stored(stage: Stage) -> None:
    stage.store.objects[GAMEPLAY_KEY] = b"#EXTM3U\n"
    with pytest.raises(BadMedia, match="playlist: gameplay"):
        await stage.run()
    assert len(stage.store.objects) == 2
    assert stage.leftovers() == []


async def test_a_reel_whose_gameplay_stands_still_is_refused_by_that_rule(
    clips: Path, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, moving(clips, 3), make(FROZEN, clips))
    with pytest.raises(BadMedia, match="gameplay-frozen") as caught:
        await stage.run()
    assert caught.value.rule == "gameplay-frozen"
    assert len(stage.store.objects) == 2
