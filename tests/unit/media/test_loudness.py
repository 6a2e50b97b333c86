"""One static gain toward -14 LUFS that never clips and never lifts noise."""

import pytest

from clients.ffmpeg.loudness import gain_db

SUMMARY = """
[Parsed_ebur128_0 @ 0x7f] Summary:

  Integrated loudness:
    I:         {level} LUFS
    Threshold: -31.8 LUFS

  Loudness range:
    LRA:         0.0 LU
    LRA low:     0.0 LUFS

  True peak:
    Peak:      {peak} dBFS
"""


@pytest.mark.parametrize(
    ("level", "peak", "gain"),
    [
        ("-20.0", "-15.0", 6.0),
        ("-9.0", "-1.0", -5.0),
        ("-20.0", "-4.0", 2.5),
        ("-40.0", "-30.0", 12.0),
        ("-70.0", "-inf", 0.0),
        ("-65.0", "-60.0", 0.0),
    ],
    ids=["raised", "lowered", "peak-holds", "noise-stays", "silence", "nearly-silence"],
)
def test_the_gain_for_a_measured_sound(level: str, peak: str, gain: float) -> None:
    assert gain_db(SUMMARY.format(level=level, peak=peak)) == pytest.approx(gain)


def test_what_is_not_legible_changes_nothing() -> None:
    assert gain_db("") == 0
