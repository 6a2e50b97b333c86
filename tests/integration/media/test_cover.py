"""Which picture stands for a Reel."""

from pathlib import Path

import pytest

from clients.ffmpeg import cover
from clients.ffmpeg.cover import Candidate
from tests.integration.media.running import Scene, a_reel, run


def during(start: float) -> str:
    return f"enable='between(t,{start},{start + 1.99})'"


@pytest.mark.parametrize(
    ("spoilt", "chosen"),
    [
        # a black first picture, a blurred one, one in the dark; then a good one
        (f"lutyuv=16:128:128:{during(0)},gblur=9:{during(2)},lutyuv=y=val*0.2:{during(4)}", 6.0),
        # a good one between a white flash and two that are blurred
        (f"lutyuv=235:128:128:{during(0)},gblur=9:enable='gte(t,4)'", 2.0),
    ],
)
async def test_the_cover_is_sharp_and_well_lit(spoilt: str, chosen: float, tmp_path: Path) -> None:
    scene = Scene(spoilt, seconds=8)
    reel, facts = await a_reel(tmp_path, scene)
    assert await cover.choose(run, reel, facts, scene.panes[0], text=False) == chosen


async def test_the_cover_has_none_of_our_text_where_there_is_a_choice(tmp_path: Path) -> None:
    scene = Scene("drawgrid=w=20:h=20:t=4:c=white:enable='lt(t,3)'")
    reel, facts = await a_reel(tmp_path, scene)
    assert await cover.choose(run, reel, facts, scene.panes[0], text=False) == 2.0
    assert await cover.choose(run, reel, facts, scene.panes[0], text=True) == 4.0


def test_a_short_reel_shows_what_it_has() -> None:
    seen = [Candidate(0.0, 30.0, 120.0), Candidate(2.0, 20.0, 120.0)]
    assert cover.best(seen, 3.0) == 2.0
    assert cover.best(seen[:1], 3.0) == 0.0
    assert cover.best([Candidate(0.0, 9.0, 90.0), Candidate(2.0, 0.0, 16.0)], 0.0) == 0.0
    assert cover.best([], 0.0) == 0.0


def test_brightness_counts_by_degrees() -> None:
    worths = [Candidate(2.0, 10.0, light).worth for light in (16, 30, 60, 120, 200, 235)]
    assert worths[2] == worths[3] == 10.0
    assert 0.0 == worths[0] < worths[1] < worths[2] > worths[4] > worths[5] == 0.0
