"""Looks at finished files: colours at places, sizes of marks, loudness at times."""

import array
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from tests.integration.media.corpus import Rgb


@dataclass(frozen=True)
class Picture:
    """One decoded picture as rows of RGB."""

    width: int
    height: int
    line: int
    data: bytes

    def at(self, x: int, y: int) -> Rgb:
        start = y * self.line + 3 * x
        return (self.data[start], self.data[start + 1], self.data[start + 2])

    def mark_size(self, at: tuple[int, int], rows: tuple[int, int], colour: Rgb) -> tuple[int, int]:
        """Width and height of the patch of a colour around a place, within some rows."""
        x, y = at
        across = sum(near(self.at(column, y), colour, 60) for column in range(self.width))
        down = sum(near(self.at(x, row), colour, 60) for row in range(*rows))
        return across, down


def near(seen: Rgb, wanted: Rgb, tolerance: int) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(seen, wanted, strict=True))


def pictures(path: Path, numbers: Sequence[int] | None = None) -> dict[int, Picture]:
    """Decoded pictures by their number; all of them when none are named."""
    seen = {}
    with av.open(str(path)) as file:
        for number, frame in enumerate(file.decode(file.streams.video[0])):
            if numbers is not None and number > max(numbers):
                break
            if numbers is None or number in numbers:
                rgb = frame.reformat(format="rgb24")
                plane = rgb.planes[0]
                seen[number] = Picture(rgb.width, rgb.height, plane.line_size, bytes(plane))
    return seen


def levels(path: Path, step: float = 0.1) -> list[float]:
    """Root mean square of the sound in each step of so many seconds, 1.0 at full scale."""
    samples = array.array("f")
    with av.open(str(path)) as file:
        for frame in file.decode(file.streams.audio[0]):
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 4])
        rate = file.streams.audio[0].rate
    size = round(rate * step)
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    return [math.sqrt(sum(value * value for value in part) / len(part)) for part in parts]
