"""Any top over any gameplay ends in the same Reel: exact, accepted, and with nothing astray."""

from pathlib import Path

import pytest

from clients.ffmpeg import Composition, FFmpeg, check_reel
from tests.integration.media.corpus import BLUE, Clip, Rgb, make
from tests.integration.media.pairs import EXACT, PAIRS
from tests.integration.media.seeing import Picture, near, pictures


@pytest.mark.timeout(300)  # a minute and a half of Reel is a minute's work
@pytest.mark.parametrize("name", PAIRS)
async def test_every_pair_becomes_a_right_reel(
    name: str, engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    pair = PAIRS[name]
    asked = Composition(
        (make(pair.top, clips),), make(pair.gameplay, clips), start=0.2, seconds=pair.seconds
    )
    out = tmp_path / "reel.mp4"
    facts = (await engine.compose(asked, out=out, progress=lambda _: None)).facts
    assert facts.video is not None
    assert facts.video.cadence is not None
    assert facts.video.cadence.frames == pair.frames
    assert check_reel(out) == []
    shown = pictures(out, (0, pair.frames // 2 - 1, pair.frames - 1))
    assert len(shown) == 3
    for number, picture in shown.items():
        shows(picture, number, pair.top, (0, 1152))
        shows(picture, number, pair.gameplay, (1152, 1920))


def test_there_are_as_many_pairs_as_were_promised() -> None:
    assert len({(pair.top, pair.gameplay) for pair in PAIRS.values()}) >= 40


def shows(picture: Picture, number: int, clip: Clip, pane: tuple[int, int]) -> None:
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
        assert near(seen, colour, EXACT), f"picture {number} at {x},{y}: {seen}, not {colour}"
    across, down = picture.mark_size((540, middle), pane, BLUE)
    assert across == pytest.approx(down, rel=0.06, abs=4)
