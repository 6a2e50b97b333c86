"""How cost grows with a Reel's length, and what hard inputs take of the memory."""

from math import ceil
from pathlib import Path

from bench.designs import Wanted, compose
from bench.footage import TOP_SECONDS, Footage
from bench.measuring import QUIET, Cost, measure
from bench.targets import HDR

LENGTHS = (5, 15, 30, 60)
"""Seconds."""


def growth(footage: Footage, folder: Path) -> dict[int, Cost]:
    """What Reels of some lengths take, from the pool, their tops in segments as they are filmed."""
    gameplay = folder / f"{footage.kind}-long.mp4"
    if not gameplay.exists():
        again = ("-stream_loop", str(max(LENGTHS) // TOP_SECONDS), "-i", str(footage.pooled))
        measure([*QUIET, *again, "-c", "copy", str(gameplay)])
    out = folder / "growth.mp4"
    costs = {}
    for seconds in LENGTHS:
        tops = (footage.top,) * ceil(seconds / TOP_SECONDS)
        costs[seconds] = compose(Wanted(gameplay, tops, seconds, out))
    return costs


def memory(footage: Footage, folder: Path) -> dict[str, float]:
    """Peak megabytes of Reels whose tops are of the largest size there is."""
    peaks = {}
    for name, recipe in _LARGE.items():
        tops = (_large(name, recipe, folder),)
        wanted = Wanted(footage.pooled, tops, _LARGE_SECONDS, folder / "memory.mp4")
        peaks[name] = compose(wanted).peak_mb
    return peaks


_LARGE_SECONDS = 3
_DRAWN = f"testsrc2=s=3840x2160:r=30:d={_LARGE_SECONDS}"
_BT709 = "color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_HDR10 = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
_LARGE = {
    "4K": [
        *("-vf", f"format=yuv420p,setparams=range=tv:{_BT709}"),
        *("-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-refs", "4", "-bf", "3"),
    ],
    HDR: [
        *("-vf", f"format=yuv420p10le,setparams=range=tv:{_HDR10}"),
        *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "22"),
        *("-x265-params", "log-level=error:ref=3:bframes=3", "-tag:v", "hvc1"),
    ],
}


def _large(name: str, coding: list[str], folder: Path) -> Path:
    out = folder / f"{name.replace(' ', '-')}.mp4"
    if not out.exists():
        measure([*QUIET, "-f", "lavfi", "-i", _DRAWN, *coding, str(out)])
    return out
