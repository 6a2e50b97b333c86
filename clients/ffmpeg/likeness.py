"""How much a Reel that was coded anew looks like the one that it was made from."""

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from clients.ffmpeg import command
from clients.ffmpeg.command import Input
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.graph import FPS
from clients.ffmpeg.runner import Run

_ALL = re.compile(r"\bAll:([\d.]+)")
"""Of a line of FFmpeg's ssim filter: the planes together, by how many pixels each has."""


async def likeness(
    run: Run, before: tuple[Path, MediaFacts], after: tuple[Path, MediaFacts]
) -> float:
    """The structural similarity (SSIM, Wang et al. 2004) of the second that suffered most.

    1 is the same; pictures that one of them lacks are left out. A mean over the whole Reel
    would hide a scene that fell into blocks. Raises BadMedia `unlike` when there is nothing
    to compare, and what `run` raises.
    """
    lines: list[str] = []
    readings = [
        word
        for path, facts in (before, after)
        for word in command.reading(Input(path, facts, seconds=facts.seconds + 1), 1)
    ]
    held = "[0:v:0][1:v:0]ssim=stats_file=-:shortest=1[seen]"
    await run(
        [
            *(*command.general(), "-filter_threads", "1", "-filter_complex_threads", "1"),
            *(*readings, "-filter_complex", held),
            *("-map", "[seen]", "-f", "null", "-"),
        ],
        lines.append,
    )
    return worst_second([float(found[1]) for line in lines if (found := _ALL.search(line))])


def worst_second(similar: Sequence[float]) -> float:
    """The lowest mean of so many pictures in a row as a second has."""
    if not similar:
        raise BadMedia("unlike", "the new file has no picture to be compared")
    last = max(len(similar) - FPS, 0)
    return min(fmean(similar[at : at + FPS]) for at in range(last + 1))
