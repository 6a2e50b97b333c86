"""The measured points of the curve, and the table that keeps them: docs/performance.csv.

Imports nothing that is not in the standard library: the program that draws reads it, too.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Point:
    """What a setting gave on a kind of footage."""

    kind: str
    line: str
    preset: str
    crf: float
    params: str
    cpu_seconds: float
    """A second of Reel."""
    megabits: float
    vmaf: float
    ssim: float
    peak_mb: float


def write(points: Sequence[Point], path: Path) -> None:
    """Keep what was measured."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, [one.name for one in fields(Point)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(point) for point in points)


def load(path: Path) -> list[Point]:
    """What was measured before."""
    with path.open(newline="") as file:
        return [Point(**{**row, **_numbers(row)}) for row in csv.DictReader(file)]


def _numbers(row: dict[str, str]) -> dict[str, Any]:
    return {one.name: float(row[one.name]) for one in fields(Point) if one.type is float}
