"""Where each layout shows what, on the pixels of the finished Reel."""

from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg import Composition, FFmpeg
from schemas.composition import Anchor, Layout, SoundMix
from tests.integration.media.corpus import (
    BLUE,
    GREEN,
    MAGENTA,
    RED,
    USUAL_GAMEPLAY,
    USUAL_TOP,
    YELLOW,
    Rgb,
    make,
)
from tests.integration.media.seeing import Picture, near, pictures

TOP = replace(USUAL_TOP, displayed=(320, 180), seconds=3)
GAMEPLAY = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30")
PORTRAIT = replace(USUAL_TOP, displayed=(180, 320), seconds=3)
POOLED = replace(USUAL_GAMEPLAY, displayed=(1080, 768), rate="30")
Places = dict[tuple[int, int], Rgb]


async def seen(engine: FFmpeg, asked: Composition, folder: Path) -> dict[int, Picture]:
    out = folder / "reel.mp4"
    await engine.compose(asked, out=out, progress=lambda _: None)
    return pictures(out, (0, 45, 89))


def shows(picture: Picture, places: Places) -> None:
    for (x, y), colour in places.items():
        assert near(picture.at(x, y), colour, 12), f"at {x},{y}: {picture.at(x, y)}, not {colour}"


async def test_each_half_shows_its_own(engine: FFmpeg, clips: Path, tmp_path: Path) -> None:
    asked = Composition((make(TOP, clips),), make(GAMEPLAY, clips), 0, 3, layout=Layout.SPLIT_50_50)
    for picture in (await seen(engine, asked, tmp_path)).values():
        shows(picture, {(8, 8): RED, (540, 480): BLUE, (1071, 951): GREEN})
        shows(picture, {(8, 968): YELLOW, (540, 1440): BLUE, (1071, 1911): MAGENTA})


async def test_the_whole_top_is_seen_over_its_own_darker_copy_and_no_gameplay_is_needed(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    asked = Composition(
        (make(TOP, clips), make(PORTRAIT, clips)),
        None,
        start=0,
        seconds=3.2,
        layout=Layout.TOP_BLURRED,
        sound=SoundMix(top=0),
    )
    for picture in (await seen(engine, asked, tmp_path)).values():
        shows(picture, {(8, 664): RED, (1071, 664): RED, (540, 960): BLUE, (8, 1255): GREEN})
        red, green = picture.at(540, 300), picture.at(540, 1700)
        assert 80 < red[0] < 160 > max(red[1:])
        assert 60 < green[1] < 130 > max(green[0], green[2])


@pytest.mark.parametrize(
    ("anchor", "boundary"), [(Anchor.TOP, 960), (Anchor.CENTER, 576), (Anchor.BOTTOM, 192)]
)
async def test_the_anchored_part_of_a_higher_picture_stays(
    anchor: Anchor, boundary: int, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    top, gameplay = make(PORTRAIT, clips), make(POOLED, clips)
    asked = Composition((top,), gameplay, 0, 3, top_anchor=anchor)
    picture = (await seen(engine, asked, tmp_path))[45]
    shows(picture, {(100, boundary - 20): RED, (100, boundary + 20): GREEN})
    shows(picture, {(8, 1160): YELLOW, (540, 1536): BLUE, (1071, 1911): MAGENTA})


async def test_the_hook_text_stands_on_the_top_pane_and_goes_after_three_seconds(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    top = make(replace(TOP, seconds=3.6), clips)
    asked = Composition((top,), make(GAMEPLAY, clips), 0, 3.5, hook_text="Wait for it, robots 👀")
    out = tmp_path / "reel.mp4"
    await engine.compose(asked, out=out, progress=lambda _: None)
    first, last = (pictures(out, (number,))[number] for number in (30, 100))
    assert any(white(first, y) for y in range(285, 700, 4))
    assert not any(white(first, y) for y in range(1152, 1920, 4))
    assert not any(white(last, y) for y in range(0, 1920, 4))


def white(picture: Picture, y: int) -> bool:
    return any(min(picture.at(x, y)) > 230 for x in range(0, 1080, 4))
