"""A clip holds as many windows as its seconds allow, in whatever order they are drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.slots import Stretch, draw, room


@given(clip=st.floats(0.5, 200), wanted=st.integers(3, 90))
def test_a_clip_is_used_up_by_as_many_windows_as_fit(clip: float, wanted: int) -> None:
    shown: list[Stretch] = []
    while (start := draw(clip, shown, wanted)) is not None:
        assert start == int(start)
        window = Stretch(start, min(wanted, clip - start))
        assert window.end <= clip
        assert not any(window.overlaps(other) for other in shown)
        assert room(clip, shown, wanted) > room(clip, [*shown, window], wanted)
        shown.append(window)
    assert len(shown) == max(int(clip) // wanted, 1)


@given(
    wanted=st.integers(3, 90),
    shown=st.lists(st.builds(Stretch, st.floats(0, 110), st.floats(0.1, 30)), max_size=6),
)
def test_a_window_keeps_clear_of_what_was_shown_wherever_that_lies(
    wanted: int, shown: list[Stretch]
) -> None:
    start = draw(120.5, shown, wanted)
    assert (start is None) == (room(120.5, shown, wanted) == 0)
    if start is not None:
        assert not any(Stretch(start, wanted).overlaps(other) for other in shown)


def test_windows_lie_all_over_a_clip() -> None:
    starts = {start for _ in range(300) if (start := draw(65.0, [], 20)) is not None}
    assert (min(starts), max(starts)) == (0, 45)
    assert len(starts) > 12


@pytest.mark.parametrize("clip", [4.0, 19.97])
def test_a_shorter_clip_is_one_window_from_its_start(clip: float) -> None:
    assert draw(clip, [], 20) == 0
    assert draw(clip, [Stretch(0, clip)], 20) is None
    assert (room(clip, [], 20), room(clip, [Stretch(0, clip)], 20)) == (1, 0)
