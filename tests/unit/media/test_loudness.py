"""Every mix comes to -14 LUFS, is never clipped, and noise is never lifted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.ffmpeg.loudness import (
    CEILING_DBTP,
    MOST_LIMITED_DB,
    Level,
    Mix,
    first_mix,
    levels,
    next_mix,
)

SUMMARY = """
[ebur128@{name} @ 0x7f3a] [info] Summary:

  Integrated loudness:
    I:         {level} LUFS
    Threshold: -31.8 LUFS

  Loudness range:
    LRA:         0.0 LU
    LRA low:     0.0 LUFS

  True peak:
    Peak:        {peak} dBFS
"""


def test_each_sound_is_measured_by_its_name() -> None:
    printed = SUMMARY.format(name="gameplay", level="-20.1", peak="-3.0")
    printed += SUMMARY.format(name="top", level="-70.0", peak="-inf")
    assert levels(printed) == {
        "gameplay": Level(-20.1, -3.0),
        "top": Level(-70.0, float("-inf")),
    }
    assert levels("no summary") == {}


def alone(level: float, peak: float) -> Mix:
    mix = first_mix({"gameplay": Level(level, peak)}, {"gameplay": -6.0})
    assert mix is not None
    return mix


@pytest.mark.parametrize(
    ("level", "peak", "gain", "limited"),
    [
        (-20.0, -15.0, 6.0, False),
        (-9.0, -1.0, -5.0, False),
        (-45.0, -40.0, 31.0, False),
        (-20.0, -4.0, 6.0, True),
        (-30.0, -1.0, 11.0, True),
    ],
    ids=["raised", "lowered", "quiet", "limited", "bangs-in-silence"],
)
def test_the_gain_of_one_sound_alone(
    level: float, peak: float, gain: float, *, limited: bool
) -> None:
    mix = alone(level, peak)
    assert mix.gains == {"gameplay": pytest.approx(gain)}
    assert (mix.ceiling is not None) == limited


def test_what_is_silent_is_left_out_and_alone_it_is_silence() -> None:
    measured = {"gameplay": Level(-65.0, -50.0), "top": Level(-20.0, -15.0)}
    mix = first_mix(measured, {"gameplay": 0.0, "top": -12.0})
    assert mix is not None
    assert mix.gains == {"top": pytest.approx(6.0)}
    assert first_mix({"top": Level(-70.0, float("-inf"))}, {"top": 0.0}) is None
    assert first_mix({}, {}) is None


def test_sounds_stand_beside_each_other_as_asked_whatever_they_were() -> None:
    measured = {"gameplay": Level(-30.0, -20.0), "music": Level(-8.0, 0.0)}
    mix = first_mix(measured, {"gameplay": 0.0, "music": -10.0})
    assert mix is not None
    heard = {name: measured[name].lufs + gain for name, gain in mix.gains.items()}
    assert heard["gameplay"] - heard["music"] == pytest.approx(10.0)
    assert heard["gameplay"] == pytest.approx(-14.4, abs=0.1)


@given(level=st.floats(-59, 0), above=st.floats(0, 40))
def test_no_more_is_limited_than_may_be(level: float, above: float) -> None:
    mix = alone(level, level + above)
    assert level + above + mix.gains["gameplay"] <= CEILING_DBTP + MOST_LIMITED_DB + 1e-6


def test_the_coded_sound_decides_whether_it_is_done_again() -> None:
    plain = Mix({"gameplay": 6.0}, ceiling=None, spare=10.0)
    assert next_mix(plain, Level(-14.3, -1.1)) is None
    louder = next_mix(plain, Level(-16.0, -3.0))
    assert louder == Mix({"gameplay": 8.0}, ceiling=CEILING_DBTP, spare=8.0)
    lower = next_mix(plain, Level(-14.0, -0.5))
    assert lower is not None
    assert lower.ceiling == pytest.approx(-2.7)
    assert next_mix(Mix({"gameplay": 6.0}, -2.0, spare=0.0), Level(-20.0, -1.1)) is None
