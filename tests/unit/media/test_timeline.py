"""Lengths in whole pictures, and which part of each file is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.ffmpeg.composition import Composition
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.timeline import Files, Timeline, lay_out
from tests.unit.media.facts import media, video

lengths = st.floats(0.1, 60, allow_nan=False)


def clip(seconds: float) -> MediaFacts:
    return media(video=video(seconds=seconds), seconds=seconds)


def laid_out(
    tops: list[float], *, asked: float, gameplay: float = 600, start: float = 0
) -> Timeline:
    paths = tuple(Path(f"top-{number}") for number in range(len(tops)))
    composition = Composition(paths, Path("gameplay"), start=start, seconds=asked)
    files = Files(tuple(clip(seconds) for seconds in tops), clip(gameplay))
    return lay_out(composition, files)


@given(tops=st.lists(lengths, min_size=1, max_size=6), asked=st.floats(3, 90))
def test_a_reel_lasts_as_its_top_at_most_as_asked_and_at_least_three_seconds(
    tops: list[float], asked: float
) -> None:
    frames = laid_out(tops, asked=asked).frames
    assert frames >= 90
    assert frames <= max(round(asked * 30), 90)
    assert frames in {90, round(asked * 30), round(sum(tops) * 30)}


@given(gameplay=lengths, start=st.floats(0, 1000), asked=st.floats(3, 90))
def test_gameplay_always_lasts_as_long_as_the_reel(
    gameplay: float, start: float, asked: float
) -> None:
    timeline = laid_out([90], asked=asked, gameplay=gameplay, start=start)
    assert sum(piece.frames for piece in timeline.gameplay) == timeline.frames
    *tail, last = timeline.gameplay
    for piece in timeline.gameplay:
        assert 0 <= piece.input.start < gameplay
        shown = piece.frames / 30
        assert piece.input.seconds >= shown
        assert piece.input.endless or piece.input.start + shown <= gameplay + 0.1
    assert all(not piece.input.endless for piece in tail)
    assert last.input.start == 0 or not last.input.endless


def test_segments_behind_the_end_are_not_read() -> None:
    timeline = laid_out([10, 10, 10], asked=15)
    assert [one.seconds for one in timeline.tops] == [16, 6]


@pytest.mark.parametrize(
    ("rotation", "sample_aspect", "displayed"),
    [
        (0, "1", (1280, 720)),
        (90, "1", (720, 1280)),
        (-90, "2", (720, 2560)),
        (180, "1/2", (640, 720)),
    ],
)
def test_the_displayed_size_counts_turns_and_pixel_shapes(
    rotation: int, sample_aspect: str, displayed: tuple[float, float]
) -> None:
    assert video(rotation=rotation, sample_aspect=sample_aspect).displayed == displayed
