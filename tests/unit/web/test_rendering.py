"""What templates say of lengths of time."""

from datetime import timedelta

import pytest

from web.pages.rendering import took


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "< 1 s"), (0.99, "< 1 s"), (1, "1 s"), (14.2, "14 s"), (59.9, "59 s"), (60, "1 min")],
)
def test_a_step_that_took_seconds_says_how_many(seconds: float, said: str) -> None:
    assert took(timedelta(seconds=seconds)) == said
