"""Lines of text: how large, and where they break."""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.ffmpeg.lettering import Run, clusters, is_emoji, runs

SIZES = (104, 96, 88, 80, 72, 64, 56)
"""Ems in pixels that are tried, the largest first."""
MOST_LINES = 3
"""At the smallest size one more."""


@dataclass(frozen=True)
class Setting:
    """How a text is set: lines from the top down, and the em in pixels."""

    em: int
    lines: tuple[tuple[Run, ...], ...]

    @property
    def pitch(self) -> float:
        """Pixels from one base line to the next."""
        return self.em * max(run.face.pitch for line in self.lines for run in line)

    @property
    def width(self) -> float:
        """Pixels of the widest line."""
        return self.em * max(_width(line) for line in self.lines)

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.pitch * len(self.lines)


def typeset(text: str, width: int, height: int) -> Setting | None:
    """The largest size at which a text fits, its lines about equally long; None: none does."""
    words = _words(text)
    for em in SIZES:
        lines = _lines(words, width / em)
        if lines is not None and len(lines) <= MOST_LINES:
            setting = Setting(em, tuple(tuple(runs(line)) for line in lines))
            if setting.height <= height:
                return setting
    parts = [part for word in words for part in _broken(word, width / SIZES[-1])]
    lines = _lines(parts, width / SIZES[-1])
    if lines is None:
        return None
    setting = Setting(SIZES[-1], tuple(tuple(runs(line)) for line in lines))
    fits = len(lines) <= MOST_LINES + 1 and setting.height <= height
    return setting if fits else None


def _words(text: str) -> list[str]:
    """What may stand on lines of its own: emoji go with the word before them."""
    words: list[str] = []
    for word in text.split(" "):
        if words and is_emoji(word):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _lines(words: list[str], width: float) -> list[str] | None:
    """As few lines of at most that many ems as will do, and none longer than it must be."""
    best = _filled(words, width)
    for narrower in range(99, 39, -3):
        lines = _filled(words, width * narrower / 100)
        if best is None or lines is None or len(lines) > len(best):
            break
        best = lines
    return best


def _filled(words: list[str], width: float) -> list[str] | None:
    """Lines filled from the first word on; None when a word alone is wider."""
    lines: list[str] = []
    for word in words:
        if _width(runs(word)) > width:
            return None
        if lines and _width(runs(f"{lines[-1]} {word}")) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _broken(word: str, width: float) -> list[str]:
    """A word that is wider than a line in parts that aren't: Thai writes without spaces."""
    parts = [""]
    for cluster in clusters(word):
        if parts[-1] and _width(runs(parts[-1] + cluster)) > width:
            parts.append("")
        parts[-1] += cluster
    return [part.strip() for part in parts if part.strip()]


def _width(line: Sequence[Run]) -> float:
    return sum(run.width for run in line)
