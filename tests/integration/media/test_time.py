"""What is seen and heard when: lengths, joints, windows, loops, sound."""

from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg import Composition, FFmpeg, MediaFacts, check_reel
from tests.integration.media.corpus import (
    BLUE,
    GREEN,
    GREY,
    RED,
    USUAL_GAMEPLAY,
    USUAL_TOP,
    Clip,
    Rgb,
    ffmpeg,
    make,
)
from tests.integration.media.seeing import levels, near, pictures

SMALL_TOP = replace(USUAL_TOP, displayed=(320, 180))
SMALL_GAMEPLAY = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "reel.mp4"


async def compose(engine: FFmpeg, out: Path, asked: Composition) -> MediaFacts:
    return (await engine.compose(asked, out=out, progress=lambda _: None)).facts


def frames(facts: MediaFacts) -> int:
    assert facts.video is not None
    assert facts.video.cadence is not None
    return facts.video.cadence.frames


async def test_segments_of_different_kinds_are_joined_in_order_and_cut_where_asked(
    engine: FFmpeg, clips: Path, out: Path
) -> None:
    segments = (
        Clip(displayed=(640, 360), rate="24", seconds=1.25, above=RED, below=RED),
        Clip(displayed=(360, 640), rate="30", seconds=1.2, above=GREEN, below=GREEN, vfr=True),
        Clip(displayed=(400, 300), stored=(200, 300), rate="25", above=GREY, below=GREY),
    )
    tops = tuple(make(clip, clips) for clip in segments)
    game = make(SMALL_GAMEPLAY, clips)
    facts = await compose(engine, out, Composition(tops, game, start=0, seconds=3.34))
    assert frames(facts) == 100
    seen = pictures(out)
    where = {0: RED, 35: RED, 40: GREEN, 70: GREEN, 76: GREY, 99: GREY}
    for number, colour in where.items():
        assert near(seen[number].at(100, 100), colour, 12), number


async def test_a_joined_top_that_is_shorter_than_asked_decides_the_length(
    engine: FFmpeg, clips: Path, out: Path
) -> None:
    tops = tuple(make(SMALL_TOP.lasting(seconds), clips) for seconds in (1.0, 2.25))
    asked = Composition(tops, make(SMALL_GAMEPLAY, clips), start=0, seconds=20)
    facts = await compose(engine, out, asked)
    assert frames(facts) == 98
    shorter, small = out.with_name("shorter.mp4"), out.with_name("small.mp4")
    trimmed = await engine.trim(out, 3.1, out=shorter)
    assert 90 <= frames(trimmed) <= 93
    assert (
        await engine.shrink(shorter, trimmed.bytes, out=small, progress=lambda _: None) == trimmed
    )
    assert check_reel(shorter) == []


async def test_a_top_under_three_seconds_begins_again_where_it_ends(
    engine: FFmpeg, clips: Path, out: Path
) -> None:
    tops = tuple(
        make(replace(SMALL_TOP, above=colour, below=colour, seconds=0.5, rate="30"), clips)
        for colour in (RED, GREEN)
    )
    asked = Composition(tops, make(SMALL_GAMEPLAY, clips), start=0, seconds=9)
    assert frames(await compose(engine, out, asked)) == 90
    seen = pictures(out)
    turns = [near(seen[number].at(100, 100), RED, 12) for number in range(0, 90, 15)]
    assert turns == [True, False, True, False, True, False]


async def test_the_gameplay_window_begins_where_asked_and_goes_on_from_the_clips_beginning(
    engine: FFmpeg, clips: Path, out: Path
) -> None:
    game = coloured_seconds(clips / "seconds.mp4")
    top = make(SMALL_TOP.lasting(4), clips)
    await compose(engine, out, Composition((top,), game, start=1.0, seconds=4))
    seen = pictures(out)
    for second, colour in enumerate((GREEN, BLUE, RED, GREEN)):
        for number in (second * 30 + 2, second * 30 + 27):
            assert near(seen[number].at(540, 1500), colour, 12), number


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
async def test_the_sound_stays_with_its_picture_over_the_window_and_every_loop(
    suffix: str, engine: FFmpeg, clips: Path, out: Path
) -> None:
    game = flash_and_beep(clips / f"flash.{suffix}")
    top = make(SMALL_TOP.lasting(5), clips)
    await compose(engine, out, Composition((top,), game, start=1.5, seconds=5))
    bright = [n for n, p in pictures(out).items() if p.at(540, 1500)[0] > 128]
    loud = [n / 100 for n, level in enumerate(levels(out, step=0.01)) if level > 0.02]
    flashes = [n / 30 for n in bright if n - 1 not in bright]
    beeps = [at for at in loud if not any(at - 0.3 < other < at - 0.001 for other in loud)]
    assert flashes == pytest.approx([1.5, 3.5], abs=0.05)
    assert beeps == pytest.approx(flashes, abs=0.08)


async def test_sound_is_the_gameplays_and_never_the_tops(
    engine: FFmpeg, clips: Path, out: Path
) -> None:
    top = make(replace(SMALL_TOP, sound="sine=1000:r=48000"), clips)
    game = make(replace(SMALL_GAMEPLAY, sound=None), clips)
    facts = await compose(engine, out, Composition((top,), game, start=0, seconds=3))
    assert facts.audio is not None
    assert max(levels(out)) == 0


async def test_loud_and_quiet_gameplay_end_about_equally_loud(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    loudness = []
    for volume in ("-2dB", "-30dB"):
        sound = f"sine=1000:r=48000,volume={volume}"
        game = make(replace(SMALL_GAMEPLAY, sound=sound), clips)
        out = tmp_path / f"reel{volume}.mp4"
        asked = Composition((make(SMALL_TOP, clips),), game, start=0, seconds=3)
        await compose(engine, out, asked)
        loudness.append(sum(levels(out)[5:25]) / 20)
    assert loudness == pytest.approx([0.14, 0.14], rel=0.1)


def coloured_seconds(out: Path) -> Path:
    """Three seconds, each of another colour, with a key frame only at the start."""
    colours: tuple[Rgb, ...] = (RED, GREEN, BLUE)
    sources = [
        f"color=0x{r:02X}{g:02X}{b:02X}:s=320x180:r=30:d=1,format=gbrp" for r, g, b in colours
    ]
    convert = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    joined = f"[0][1][2]concat=n=3,{convert},{tags}"
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    ffmpeg(*inputs, "-filter_complex", joined, "-c:v", "libx264", "-g", "300", str(out))
    return out


def flash_and_beep(out: Path) -> Path:
    """Two seconds, dark and silent but for 0.2 s at 1.0."""
    when = "between(t,1,1.2)"
    white = f"drawbox=c=white:t=fill:enable='{when}'"
    ffmpeg(
        *("-f", "lavfi", "-i", f"color=black:s=320x180:r=30:d=2,{white}"),
        *("-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*1000*t)*{when}':s=48000:d=2"),
        *("-c:v", "libx264", "-bf", "2", "-c:a", "aac", str(out)),
    )
    return out
