"""Any top over any gameplay ends in the same Reel: exact, accepted, and with nothing astray."""

from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg import Composition, FFmpeg, check_reel
from tests.integration.media.corpus import (
    BLUE,
    USUAL_GAMEPLAY,
    USUAL_TOP,
    Clip,
    Rgb,
    make,
)
from tests.integration.media.seeing import Picture, near, pictures

ULTRAFAST = ("-preset", "ultrafast")
HEVC = ("-c:v", "libx265", *ULTRAFAST, "-x265-params", "log-level=none", "-tag:v", "hvc1")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
OPUS = ("-c:a", "libopus")
LIVE = ("-live", "1")
B_FRAMES = ("-c:v", "libx264", "-preset", "superfast", "-bf", "3", "-g", "30")
TONE = "sine=440:r=48000,volume=-8dB"
SURROUND = "aevalsrc='0.1*sin(880*PI*t)|0|0|0|0|0':c=5.1:s=48000"


def top(**changes: object) -> Clip:
    return replace(USUAL_TOP, **changes)  # type: ignore[arg-type]


def gameplay(**changes: object) -> Clip:
    small: dict[str, object] = {"displayed": (1280, 720), "rate": "30", "seconds": 3.4}
    return replace(USUAL_GAMEPLAY, **small | changes)  # type: ignore[arg-type]


PAIRS = {
    "what-providers-deliver": (USUAL_TOP, USUAL_GAMEPLAY),
    "portrait-over-portrait": (
        top(displayed=(720, 1280), rate="30", sound=TONE),
        gameplay(displayed=(1080, 1920), rate="30", rotation=180),
    ),
    "phones-turned-either-way": (
        top(displayed=(720, 1280), rotation=90, rate="30000/1001", suffix="mov"),
        gameplay(displayed=(480, 640), rotation=-90, rate="50"),
    ),
    "pixels-that-are-not-square": (
        top(displayed=(1024, 576), stored=(720, 576), rate="25"),
        gameplay(displayed=(640, 480), stored=(704, 480), rate="30000/1001"),
    ),
    "tiny-and-slow-over-odd-sizes": (
        top(displayed=(256, 144), rate="12", colour="bt601"),
        gameplay(displayed=(853, 479), pixels="yuv444p", colour="bt601"),
    ),
    "4k-moment-over-short-and-mono": (
        top(displayed=(3840, 2160), seconds=0.5),
        gameplay(seconds=0.7, sound="sine=440:r=44100,volume=-8dB", rate="59.94"),
    ),
    "full-chroma-over-full-range": (
        top(pixels="yuv444p"),
        gameplay(pixels="yuvj420p", colour="full"),
    ),
    "ten-bits-over-hevc-in-matroska": (
        top(pixels="yuv420p10le"),
        gameplay(pixels="yuv420p10le", video=HEVC, suffix="mkv", displayed=(640, 360)),
    ),
    "untagged-and-silent": (
        top(colour="untagged-hd"),
        gameplay(colour="untagged-sd", displayed=(640, 360), sound=None),
    ),
    "varying-rates": (
        top(vfr=True),
        gameplay(vfr=True, suffix="mkv"),
    ),
    "webm-with-opus-and-no-length": (
        top(video=VP9, suffix="webm", displayed=(640, 640), after=LIVE),
        gameplay(video=VP9, audio=OPUS, suffix="webm", displayed=(640, 360), after=LIVE),
    ),
    "fields-over-phone-recording": (
        top(displayed=(720, 576), rate="25", video=(*B_FRAMES, "-flags", "+ildct+ilme")),
        gameplay(suffix="mov", after=("-timecode", "00:00:00:00")),
    ),
    "b-frames-with-edit-lists": (
        top(video=B_FRAMES, sound=TONE),
        gameplay(video=B_FRAMES, rate="30", after=("-output_ts_offset", "0.7")),
    ),
    "odd-size-over-cinema-wide-with-surround": (
        top(displayed=(321, 241), pixels="yuv444p", colour="bt601"),
        gameplay(pixels="yuv422p", displayed=(1680, 720), sound=SURROUND),
    ),
    "exactly-the-panes": (top(displayed=(1080, 1152)), gameplay(displayed=(1080, 768))),
}
HDR10 = top(pixels="yuv420p10le", colour="pq", displayed=(960, 540))
HLG = gameplay(pixels="yuv420p10le", colour="hlg", displayed=(640, 360))


@pytest.mark.parametrize("name", PAIRS)
async def test_every_pair_becomes_a_right_reel(
    name: str, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    await composes_right(PAIRS[name], engine, clips, tmp_path, tolerance=12)


async def test_high_dynamic_range_keeps_its_colours_on_an_ordinary_screen(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    await composes_right((HDR10, HLG), engine, clips, tmp_path, tolerance=45)


async def composes_right(
    pair: tuple[Clip, Clip], engine: FFmpeg, clips: Path, tmp_path: Path, tolerance: int
) -> None:
    above, below = pair
    asked = Composition((make(above, clips),), make(below, clips), start=0.2, seconds=3)
    out = tmp_path / "reel.mp4"
    facts = await engine.compose(asked, out=out, progress=lambda _: None)
    assert facts.video is not None
    assert facts.video.cadence is not None
    assert facts.video.cadence.frames == 90
    assert check_reel(out) == []
    for number, picture in pictures(out, (0, 44, 89)).items():
        shows(picture, number, above, (0, 1152), tolerance)
        shows(picture, number, below, (1152, 1920), tolerance)


def shows(picture: Picture, number: int, clip: Clip, pane: tuple[int, int], tolerance: int) -> None:
    first, end = pane
    middle = (first + end) // 2
    places: dict[tuple[int, int], Rgb] = {
        (540, first + 8): clip.above,
        (8, first + 8): clip.above,
        (1071, end - 9): clip.below,
        (540, end - 9): clip.below,
        (540, middle): BLUE,
    }
    for (x, y), colour in places.items():
        seen = picture.at(x, y)
        assert near(seen, colour, tolerance), f"picture {number} at {x},{y}: {seen}, not {colour}"
    across, down = picture.mark_size((540, middle), pane, BLUE)
    assert across == pytest.approx(down, rel=0.06, abs=4)
