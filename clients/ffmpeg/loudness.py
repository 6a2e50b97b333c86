"""How much louder or quieter a sound has to be: measured in a run of its own.

loudnorm in the same run as the picture would hold seconds of raw pictures in memory, and
change the level within the Reel. One static gain does neither.
"""

import re

TARGET_LUFS = -14.0
"""Where players of short videos level to."""
PEAK_DBTP = -1.5
"""The true peak stays under this, so that the gain never clips."""
MOST_DB = 12.0
"""More would lift the noise of a nearly silent sound."""
_SILENT_LUFS = -60.0

_INTEGRATED = re.compile(r"^\s*I:\s+(-?[\d.]+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s*Peak:\s+(-?[\d.]+) dBFS", re.MULTILINE)

FILTER = "ebur128=peak=true:framelog=quiet"
"""Prints its summary at log level info when the sound ends (EBU R 128)."""


def gain_db(summary: str) -> float:
    """The gain in decibels for what `FILTER` printed; 0 when it is silence or not legible."""
    levels, peaks = _INTEGRATED.findall(summary), _PEAK.findall(summary)
    if not levels or not peaks:
        return 0.0
    level, peak = float(levels[-1]), float(peaks[-1])
    if level <= _SILENT_LUFS:
        return 0.0
    return min(TARGET_LUFS - level, PEAK_DBTP - peak, MOST_DB)
