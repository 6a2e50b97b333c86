"""Every layout covers the picture, and shows each footage once at the most."""

import pytest

from clients.ffmpeg.layouts import HEIGHT, LAYOUTS, WIDTH, Shown, pane_of, takes_pooled
from schemas.composition import Layout


@pytest.mark.parametrize("layout", Layout)
def test_the_panes_of_a_layout_cover_the_picture_and_overlap_nowhere(layout: Layout) -> None:
    panes = LAYOUTS[layout]
    assert sum(pane.width * pane.height for pane in panes) == WIDTH * HEIGHT
    rows = [row for pane in panes for row in range(pane.y, pane.y + pane.height)]
    assert all(pane.x >= 0 and pane.x + pane.width <= WIDTH for pane in panes)
    assert set(rows) == set(range(HEIGHT))
    assert all(number % 2 == 0 for pane in panes for number in pane.box)


@pytest.mark.parametrize("layout", Layout)
def test_a_layout_shows_the_top_and_nothing_twice(layout: Layout) -> None:
    shown = [pane.shows for pane in LAYOUTS[layout]]
    assert Shown.TOP in shown
    assert len(shown) == len(set(shown))


def test_pooled_gameplay_fits_the_usual_layout_only() -> None:
    assert [layout for layout in Layout if takes_pooled(layout)] == [Layout.SPLIT_60_40]
    assert pane_of(Layout.TOP_BLURRED, Shown.GAMEPLAY) is None
