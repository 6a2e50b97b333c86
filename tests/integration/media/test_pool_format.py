"""What is pooled is what its pane needs: size, pace, crop, colour, key frames, loudness."""

import asyncio
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg import POOL_SIZE, BadMedia, FFmpeg
from clients.ffmpeg.cutting import clips_in, cut
from clients.ffmpeg.normalise import normalise
from clients.ffmpeg.probe import probe
from schemas.composition import Anchor
from tests.integration.media.corpus import (
    BLUE,
    FFMPEG,
    MAGENTA,
    USUAL_GAMEPLAY,
    YELLOW,
    Clip,
    ffmpeg,
    make,
)
from tests.integration.media.processes import alive, children_of_this_process
from tests.integration.media.seeing import near, pictures

SMALL = replace(USUAL_GAMEPLAY, displayed=(640, 360), rate="60", seconds=2.5)
FORMS = {
    "16:9 at 60": SMALL,
    "without sound": replace(SMALL, sound=None),
    "portrait": replace(SMALL, displayed=(180, 320), rate="30"),
    "turned": replace(SMALL, displayed=(180, 320), rotation=90, rate="30"),
    "wide pixels": replace(SMALL, stored=(480, 360)),
    "uneven pace": replace(SMALL, rate="50", vfr=True),
    "HDR": replace(
        SMALL,
        rate="30",
        pixels="yuv420p10le",
        colour="pq",
        video=("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    ),
}


@pytest.mark.parametrize("name", FORMS)
async def test_any_gameplay_becomes_what_its_pane_needs(
    name: str, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    clip, out = FORMS[name], tmp_path / "pool.mp4"
    told: list[float] = []
    raw = make(clip, clips)
    made = await normalise(engine, raw, Anchor.CENTER, out=out, progress=told.append)

    assert made.video is not None
    assert made.video.cadence is not None
    assert (made.video.width, made.video.height) == POOL_SIZE
    assert made.video.cadence.rate == "30"
    assert made.video.cadence.frames == pytest.approx(75, abs=1)
    assert made.video.cadence.closed
    assert (made.audio is not None) == (clip.sound is not None)
    assert told == sorted(told)
    for picture in pictures(out, (0, 37, 70)).values():
        assert near(picture.at(540, 30), clip.above, 20)
        assert near(picture.at(1000, 740), clip.below, 20)
        across, down = picture.mark_size((540, 384), (0, 768), BLUE)
        assert across == pytest.approx(down, rel=0.06, abs=4)
    if clip.sound is not None:
        assert lufs(out) == pytest.approx(-14, abs=1)


async def test_a_pooled_clip_has_a_key_frame_at_every_second(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    out = tmp_path / "pool.mp4"
    await normalise(engine, make(SMALL, clips), Anchor.CENTER, out=out, progress=lambda _: None)
    shown = subprocess.run(
        [FFMPEG, "-skip_frame", "nokey", "-i", out, "-vf", "showinfo", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    times = re.findall(r"pts_time:([\d.]+)", shown.stderr)
    assert [float(time) for time in times] == [0, 1, 2]


@pytest.mark.parametrize("anchor", [Anchor.LEFT, Anchor.RIGHT, Anchor.CENTER])
async def test_the_anchor_says_what_stays_of_a_wide_picture(
    anchor: Anchor, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    raw = clips / "wide.mp4"
    if not raw.exists():  # yellow in the first tenth, magenta in the rest
        halves = "color=0xD2BE28:s=64x256:r=30[a];color=0xB432AA:s=576x256:r=30[b];[a][b]hstack"
        coding = ("-c:v", "libx264", "-preset", "ultrafast")
        ffmpeg("-filter_complex", halves, "-t", "0.5", *coding, str(raw))
    out = tmp_path / "pool.mp4"
    await normalise(engine, raw, anchor, out=out, progress=lambda _: None)

    picture = pictures(out, (5,))[5]
    assert near(picture.at(20, 384), YELLOW if anchor is Anchor.LEFT else MAGENTA, 25)
    assert near(picture.at(1060, 384), MAGENTA, 25)


async def test_the_same_clip_becomes_the_same_bytes(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    outs = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for out in outs:
        raw = make(SMALL.lasting(1), clips)
        await normalise(engine, raw, Anchor.CENTER, out=out, progress=lambda _: None)
    assert outs[0].read_bytes() == outs[1].read_bytes()


async def test_normalising_that_is_cancelled_leaves_no_ffmpeg_and_no_file(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    raw = make(USUAL_GAMEPLAY, clips)
    out = tmp_path / "pool.mp4"
    task = asyncio.create_task(
        normalise(engine, raw, Anchor.CENTER, out=out, progress=lambda _: None)
    )
    while not (running := children_of_this_process("pool.mp4")):
        await asyncio.sleep(0.01)
    async with asyncio.timeout(2):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not any(map(alive, running))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("seconds", "clips"), [(0.5, 1), (120, 1), (179, 1), (181, 2), (300, 2), (3600, 30)]
)
def test_clips_are_about_two_minutes_long(seconds: float, clips: int) -> None:
    assert clips_in(seconds) == clips


@pytest.mark.parametrize(
    ("suffix", "ending", "video", "audio"),
    [
        ("mp4", ".mp4", ("-bf", "2"), "aac"),
        ("mp4", ".mp4", ("-x264-params", "open-gop=1:bframes=2"), "aac"),
        ("mov", ".mov", (), "pcm_s16le"),
        ("mkv", ".mkv", (), "libopus"),
    ],
)
async def test_long_footage_is_cut_without_losing_a_packet(  # noqa: PLR0913, PLR0917 - a form each
    suffix: str, ending: str, video: tuple[str, ...], audio: str, clips: Path, tmp_path: Path
) -> None:
    long = Clip(
        displayed=(48, 32),
        rate="10",
        seconds=260,
        sound="sine=440:r=48000",
        video=("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", *video),
        audio=("-c:a", audio),
        suffix=suffix,
    )
    whole, folder = make(long, clips), tmp_path / "100 %d"
    folder.mkdir()
    told: list[float] = []
    pieces = await cut(FFMPEG, whole, folder, progress=told.append)

    assert [piece.suffix for piece in pieces] == [ending] * 2
    facts = [await probe(piece, whole=True) for piece in pieces]
    frames = [one.video.cadence.frames for one in facts if one.video and one.video.cadence]
    assert sum(frames) == pytest.approx(2600, abs=4)
    assert all(one.audio for one in facts)
    assert told == sorted(told)
    again = tmp_path / "again"
    again.mkdir()
    second = await cut(FFMPEG, whole, again, progress=told.append)
    assert [one.read_bytes() for one in second] == [one.read_bytes() for one in pieces]


async def test_what_is_not_gameplay_is_not_cut(tmp_path: Path) -> None:
    words = tmp_path / "words.mp4"
    words.write_text("#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n")
    with pytest.raises(BadMedia) as refused:
        await cut(FFMPEG, words, tmp_path, progress=lambda _: None)
    assert refused.value.rule == "playlist"


def lufs(path: Path) -> float:
    heard = subprocess.run(
        [FFMPEG, "-nostats", "-i", path, "-af", "ebur128=framelog=quiet", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", heard.stderr)[-1])
