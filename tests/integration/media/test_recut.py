"""A Reel that is made anew by real FFmpeg: how long it is, how it looks, if it is seen again."""

from hashlib import sha256
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.recutting import RecuttingActivities
from clients.ffmpeg import BadMedia, FFmpeg, check_reel
from clients.ffmpeg.likeness import worst_second
from schemas.composition import Layout
from schemas.day import Heartbeat
from schemas.recut import (
    LEAST_SIMILARITY,
    ApprovedFile,
    Recut,
    RecutRequest,
    Remedy,
    Repair,
    StoredVideo,
)
from tests.factories import a_key
from tests.fakes import FakeStore
from tests.integration.media.files import DEFAULTS, TAGS, made
from tests.integration.media.running import Scene, a_reel

KEY = a_key()
REEL, POSTER = f"{KEY.prefix}/reel.mp4", f"{KEY.prefix}/poster.png"


def grainy(out: Path) -> Path:
    """A tone under large pixels that move and a square of film grain, which is quick to code."""
    grain = "scale=1080:1920:flags=neighbor,split[a][b];"
    grain += "[b]crop=160:160,noise=alls=60:allf=t[c];[a][c]overlay"
    return made(
        out,
        source="testsrc2=",
        seconds="3.8",
        tags=f"{grain},{TAGS}",
        sound="sine=330:r=48000:d=3.8,volume=6dB",
        video=DEFAULTS["video"] + " -crf 14",
    )


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grainy(tmp_path_factory.mktemp("recut") / "reel.mp4")


class Stage:
    """An activity environment whose object store holds one approved Reel and its poster."""

    def __init__(self, engine: FFmpeg, reel: Path, cover_seconds: float | None = 1.0) -> None:
        self.store = FakeStore()
        self.store.objects = {REEL: reel.read_bytes(), POSTER: b"poster"}
        self.beats: list[Heartbeat] = []
        self.engine = engine
        video = StoredVideo(key=REEL, sha256=sha256(reel.read_bytes()).hexdigest())
        self.file = ApprovedFile(
            day=KEY,
            reel="reel",
            revision="a" * 64,
            video=video,
            seen_revision="a" * 64,
            seen=video,
            poster_key=POSTER,
            cover_seconds=cover_seconds,
        )

    async def recut(self, **limits: float) -> Recut:
        remedy = Remedy.model_validate({"why": "too much", **limits})
        asked = RecutRequest(file=self.file, remedy=remedy, layout=Layout.SPLIT_60_40)
        environment = ActivityEnvironment()
        environment.on_heartbeat = self.beats.append
        activities = RecuttingActivities(self.store, self.engine)
        return await environment.run(activities.recut_reel, asked)

    def made(self, recut: Recut, folder: Path) -> Path:
        out = folder / "stored.mp4"
        out.write_bytes(self.store.objects[recut.composed.video_key])
        return out


async def test_a_moment_less_is_the_same_pictures_and_nothing_to_be_seen_again(
    engine: FFmpeg, reel: Path, tmp_path: Path
) -> None:
    stage = Stage(engine, reel)
    recut = await stage.recut(seconds=3.7)
    out = stage.made(recut, tmp_path)

    assert check_reel(out) == []
    assert (recut.repair, recut.material, recut.similarity) == (Repair.TRIM, False, 1.0)
    assert 3.55 <= recut.composed.seconds <= 3.7
    assert recut.composed.video_sha256 == sha256(out.read_bytes()).hexdigest()
    assert (recut.composed.poster_key, recut.composed.cover_seconds) == (POSTER, 1.0)
    assert await stage.recut(seconds=3.7) == recut
    assert len(stage.store.objects) == 3


async def test_a_part_that_is_missing_is_seen_again_under_a_poster_that_is_left(
    engine: FFmpeg, reel: Path
) -> None:
    stage = Stage(engine, reel, cover_seconds=3.6)
    recut = await stage.recut(seconds=3.2)

    assert recut.material
    assert "s were cut off its end" in recut.why
    assert recut.composed.cover_seconds is not None
    assert recut.composed.cover_seconds < recut.composed.seconds
    assert stage.store.objects[recut.composed.poster_key].startswith(b"\x89PNG")


async def test_a_compressed_reel_that_looks_the_same_is_not_seen_again(
    engine: FFmpeg, reel: Path, tmp_path: Path
) -> None:
    stage = Stage(engine, reel)
    recut = await stage.recut(part=0.6, bits_per_second=5_000_000)
    out = stage.made(recut, tmp_path)

    assert check_reel(out) == []
    assert (recut.repair, recut.material) == (Repair.SHRINK, False)
    assert LEAST_SIMILARITY <= recut.similarity < 1
    assert recut.composed.bytes <= 0.6 * recut.bytes_before
    told = {beat.percent for beat in stage.beats if beat.percent is not None}
    assert any(0 < percent < 100 for percent in told)


async def test_where_nothing_is_too_much_no_other_file_is_made(engine: FFmpeg, reel: Path) -> None:
    stage = Stage(engine, reel)
    with pytest.raises(BadMedia, match="no-remedy"):
        await stage.recut(seconds=90)
    assert len(stage.store.objects) == 2


async def test_a_target_that_would_look_bad_is_refused_by_its_rule(
    engine: FFmpeg, reel: Path
) -> None:
    stage = Stage(engine, reel)
    with pytest.raises(BadMedia, match="too-small-a-target"):
        await stage.recut(bits_per_second=900_000)
    assert len(stage.store.objects) == 2


async def test_what_was_black_before_is_no_damage_and_what_was_not_is(
    engine: FFmpeg, tmp_path: Path
) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
    good, _ = await a_reel(tmp_path / "good", Scene(small=False, seconds=3))
    dark = "drawbox=t=fill:c=black:enable='gte(t,0.5)'"
    bad, _ = await a_reel(tmp_path / "bad", Scene(dark, small=False, seconds=3))

    assert await engine.spoilt(good, bad, Layout.SPLIT_60_40) == ["top-black"]
    assert await engine.spoilt(bad, bad, Layout.SPLIT_60_40) == []


async def test_a_picture_that_lost_its_grain_is_unlike_and_a_file_is_like_itself(
    engine: FFmpeg, tmp_path: Path
) -> None:
    rich, poor = (
        made(
            tmp_path / f"{quality}.mp4",
            tags=f"noise=alls=20:allf=t,{TAGS}",
            video=f"{DEFAULTS['video']} -crf {quality}",
        )
        for quality in (12, 38)
    )
    assert await engine.likeness(rich, rich) == 1
    assert await engine.likeness(rich, poor) < LEAST_SIMILARITY


def test_a_second_that_fell_into_blocks_is_not_hidden_by_the_others() -> None:
    assert worst_second([1.0] * 600 + [0.5] * 30 + [1.0] * 600) == 0.5
    assert worst_second([0.9] * 10) == pytest.approx(0.9)
    with pytest.raises(BadMedia, match="unlike"):
        worst_second([])
