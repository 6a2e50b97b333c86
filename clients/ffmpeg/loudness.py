"""How loud every source is made: decided from measurements, checked on the coded sound.

loudnorm in the run of the picture would hold seconds of raw pictures in memory, and change the
level within the Reel. One static gain does neither; a limiter takes off what would stick out.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

TARGET_LUFS = -14.0
"""Where players of short videos level to."""
PEAK_DBTP = -1.0
"""The true peak of the coded sound stays under this."""
CEILING_DBTP = -2.0
"""What the sound is limited to before it is coded: AAC swings beyond what it was given."""
MOST_LIMITED_DB = 12.0
"""What the limiter takes off at the most: a few bangs in silence stay bangs in silence, and
such a Reel is quieter than the others."""
SILENT_LUFS = -60.0
"""Below this there is nothing but the noise of a converter, which is not made loud."""

_ENOUGH = 0.5
"""LU from the target that need no further try; a whole one is allowed."""
_LIMITED_STEP = 1.5
_STEP = 0.1
"""What `FILTER` rounds to."""

_SUMMARY = re.compile(
    r"\[ebur128@(\w+) @ \w+\](?: \[info\])? Summary:.*?"
    r"^\s*I:\s+(?P<level>-?[\d.]+) LUFS.*?^\s*Peak:\s+(?P<peak>-?[\d.]+|-inf) dBFS",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Level:
    """How loud a sound is as a whole, and its highest true peak."""

    lufs: float
    peak: float

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return self.lufs <= SILENT_LUFS


@dataclass(frozen=True)
class Mix:
    """What is done to each source, and to their sum."""

    gains: Mapping[str, float]
    """Decibels by the source's name; a source that is not named is not heard."""
    ceiling: float | None
    """Where the sum is limited to, in dBTP; None when nothing can stick out."""
    spare: float
    """Decibels by which everything may still be raised before too much would be limited."""

    def louder(self, decibels: float) -> "Mix":
        """Everything raised together, as far as it may be."""
        step = min(decibels, self.spare)
        gains = {name: gain + step for name, gain in self.gains.items()}
        return replace(self, gains=gains, spare=self.spare - step)


def filter_of(name: str) -> str:
    """A filter that prints its summary at log level info when the sound ends (EBU R 128)."""
    return f"ebur128@{name}=peak=true:framelog=quiet"


def levels(printed: str) -> dict[str, Level]:
    """What the filters printed, by their names."""
    found = _SUMMARY.finditer(printed)
    return {one[1]: Level(float(one["level"]), float(one["peak"])) for one in found}


def first_mix(measured: Mapping[str, Level], wanted: Mapping[str, float]) -> Mix | None:
    """Bring every source to one level, then to its place beside the others; None is silence.

    Sources add up as powers do, which is right for sounds that know nothing of each other.
    """
    heard = {name: level for name, level in measured.items() if not level.silent}
    if not heard:
        return None
    together = 10 * math.log10(sum(10 ** (wanted[name] / 10) for name in heard))
    gains = {
        name: TARGET_LUFS + wanted[name] - together - level.lufs for name, level in heard.items()
    }
    peaks = (10 ** ((level.peak + gains[name]) / 20) for name, level in heard.items())
    peak = 20 * math.log10(sum(peaks))
    spare = CEILING_DBTP + MOST_LIMITED_DB - peak
    mix = Mix(gains, CEILING_DBTP if peak > CEILING_DBTP else None, max(spare, 0.0))
    return mix if spare >= 0 else replace(mix.louder(spare), spare=0.0)


def next_mix(mix: Mix, coded: Level, *, last: bool = False) -> Mix | None:
    """What to do otherwise after hearing the coded sound; None when it is as it should be.

    The last try makes sure of the peak: what AAC does to a limited noise is a matter of luck.
    """
    missing = TARGET_LUFS - coded.lufs
    above = coded.peak - (PEAK_DBTP - _STEP)
    quieter_only = missing > 0 and mix.spare == 0
    if above <= 0 and (abs(missing) <= _ENOUGH or quieter_only):
        return None
    ceiling = mix.ceiling
    if above > 0:
        ceiling = (CEILING_DBTP if ceiling is None else ceiling) - above - (1.0 if last else _STEP)
    elif missing > 0 and ceiling is None:
        ceiling = CEILING_DBTP
    # Where it is limited, a part of each further decibel is taken off again.
    step = missing if mix.ceiling is None else _LIMITED_STEP * missing
    return replace(mix.louder(step), ceiling=ceiling)
