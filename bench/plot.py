"""A program: draws the curve from its table. `python plot.py CSV SVG KIND...`; again: same bytes.

VMAF, SSIM and bytes against CPU seconds a second of Reel, a column for each kind of footage: the
presets as they are, the settings that were chosen over their crf, and what changes one of them.
"""

import sys
from pathlib import Path

import matplotlib as mpl

from bench.points import Point, load

mpl.use("Agg")
mpl.rcParams.update({"svg.hashsalt": "reels", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of how it draws

COLOURS = ("#8c8c8c", "#c97b1a", "#3d8f5f", "#5b6fb5", "#9a4f96")
OURS = "#c01f2e"
MEASURES = {"vmaf": "VMAF", "ssim": "SSIM", "megabits": "Mbit/s (dashed: 1.6 x source)"}
MOST_BYTES = 1.6
"""Times the source command's, which is the target."""
SOURCE = ("medium", 23.0)
"""The source document's preset and crf."""


def draw(points: list[Point], out: Path, kinds: list[str]) -> None:
    """Write the plot."""
    figure, axes = plt.subplots(3, len(kinds), figsize=(4.2 * len(kinds), 10), squeeze=False)
    for column, kind in enumerate(kinds):
        here = [point for point in points if point.kind == kind]
        for row, measure in enumerate(MEASURES):
            panel(axes[row][column], here, measure)
        axes[0][column].set_title(kind)
        axes[2][column].set_xlabel("CPU seconds a second of Reel, encoder alone")
    for row, name in enumerate(MEASURES.values()):
        axes[row][0].set_ylabel(name)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=5, frameon=False)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(out, metadata={"Date": None})


def panel(axis: plt.Axes, points: list[Point], measure: str) -> None:
    """One measure on one kind of footage."""
    asis = [point for point in points if point.line == "preset"]
    presets = list(dict.fromkeys(point.preset for point in asis))
    for preset, colour in zip(presets, COLOURS, strict=False):
        along = places([one for one in asis if one.preset == preset], measure)
        axis.plot(*along, marker="o", ms=4, color=colour, label=preset)
    chosen = [point for point in points if point.line == "chosen"]
    axis.plot(*places(chosen, measure), marker="s", ms=4, color=OURS, label="ours, by crf")
    middle = places([chosen[len(chosen) // 2]], measure)
    axis.plot(*middle, marker="*", ms=15, ls="", color=OURS, label="chosen")
    others = [point for point in points if point.line not in {"preset", "chosen", "pool"}]
    axis.plot(*places(others, measure), "x", color="black", label="one setting changed")
    source = next(one for one in asis if (one.preset, one.crf) == SOURCE)
    level = getattr(source, measure) * (MOST_BYTES if measure == "megabits" else 1)
    axis.axhline(level, ls="--", lw=1, color=COLOURS[-1], label="source (medium, crf 23)")


def places(points: list[Point], measure: str) -> tuple[list[float], list[float]]:
    """Where points lie."""
    return [one.cpu_seconds for one in points], [getattr(one, measure) for one in points]


if __name__ == "__main__":
    draw(load(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3:])
