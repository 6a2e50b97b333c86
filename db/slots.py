"""Where in a clip there is room: whole seconds that an account has not shown. No database."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor


@dataclass(frozen=True)
class Stretch:
    """A part of a clip, in seconds."""

    start: float
    seconds: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.start + self.seconds

    def overlaps(self, other: "Stretch") -> bool:
        """Whether a part of the one is a part of the other."""
        return self.start < other.end and other.start < self.end


def room(clip_seconds: float, shown: Iterable[Stretch], wanted: float) -> int:
    """How many windows of a length the clip still holds beside what was shown.

    A clip shorter than a window is one window, looped, until it was shown.
    """
    if floor(clip_seconds) < wanted:
        return 0 if any(True for _ in shown) else 1
    length = ceil(wanted)
    return sum((end - start) // length for start, end in _gaps(clip_seconds, shown))


def draw(clip_seconds: float, shown: Iterable[Stretch], wanted: float) -> float | None:
    """The start of a random window beside what was shown; None when there is no room.

    It lies on a whole second, where the pool's format has a key frame, and so that what is
    left of its gap holds as many windows as before but one: a window anywhere in the gap
    would leave rests too short for another. A shorter clip is taken from its start.
    """
    if floor(clip_seconds) < wanted:
        return None if any(True for _ in shown) else 0.0
    length = ceil(wanted)
    slots = [
        (start + number * length, (end - start) % length)
        for start, end in _gaps(clip_seconds, shown)
        for number in range((end - start) // length)
    ]
    if not slots:
        return None
    start, spare = secrets.choice(slots)
    return float(start + secrets.randbelow(spare + 1))


def _gaps(clip_seconds: float, shown: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    """The whole seconds between what was shown, as starts and ends."""
    at = 0
    for one in sorted(shown, key=lambda stretch: stretch.start):
        yield at, max(floor(one.start), at)
        at = max(ceil(one.end), at)
    yield at, max(floor(clip_seconds), at)
