"""Which vendored font draws which letter, and how wide it comes out.

FFmpeg's text renderer looks for a missing letter among the fonts of the machine and draws a
box where it finds none. So every stretch of text names a font of ours that has all of it.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).with_name("fonts")
FILES = (
    "Inter-ExtraBold.ttf",
    "NotoSansArabic-ExtraBold.ttf",
    "NotoSansHebrew-ExtraBold.ttf",
    "NotoSansDevanagari-ExtraBold.ttf",
    "NotoSansThai-ExtraBold.ttf",
    "NotoSansBengali-ExtraBold.ttf",
    "NotoSansTamil-ExtraBold.ttf",
    "NotoSansGeorgian-ExtraBold.ttf",
    "NotoSansArmenian-ExtraBold.ttf",
    "NotoEmoji-Bold.ttf",
)
"""The first one that has a letter draws it; emoji come last, for they have digits, too."""

JOINER = "\u200d"
_DIRECTIONS = "\u200e\u200f"
_FULL_NAME = 4
"""Name record that FFmpeg's renderer finds a font by (OpenType, name table)."""
TIGHTEST, LOOSEST = 1.15, 1.5
"""From one base line to the next, in ems."""
_AS_EMOJI = "\ufe0f"
_THAI_BEFORE = "เแโใไ"
_THAI_AFTER = "ะาำๅ"


@dataclass(frozen=True, eq=False)
class Face:
    """One font; lengths are in ems."""

    file: Path
    name: str
    advances: Mapping[int, float]
    """Of each code point that it has."""
    ascent: float
    descent: float
    """Above and below the base line, as Windows counts them: the renderer sizes fonts so."""
    pitch: float
    """From one base line to the next."""

    def has(self, text: str) -> bool:
        """Whether it draws all that is visible of a text."""
        return all(ord(letter) in self.advances for letter in text if not _is_silent(letter))

    def size(self, em: float) -> float:
        """The renderer's font size for letters of that em."""
        return em * (self.ascent + self.descent)


@dataclass(frozen=True)
class Run:
    """Letters of one font."""

    text: str
    face: Face
    width: float
    """In ems, by the letters' own widths: scripts whose letters join come out narrower."""


@cache
def faces() -> tuple[Face, ...]:
    """Every vendored font, read once."""
    return tuple(_read(FOLDER / name) for name in FILES)


def clusters(text: str) -> list[str]:
    """The text in pieces that must not be parted: a letter with its marks, a joined emoji."""
    found: list[str] = []
    for letter in text:
        if found and _joins(found[-1], letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def undrawable(text: str) -> list[str]:
    """What no vendored font has of a text, piece by piece; empty when all can be drawn."""
    return [one for one in clusters(text) if not any(face.has(one) for face in faces())]


def runs(text: str) -> list[Run]:
    """The text by fonts. What `undrawable` names is left out."""
    found: list[Run] = []
    for cluster in clusters(text):
        face = _face(cluster, found[-1].face if found else faces()[0])
        if face is None:
            continue
        told = "".join(letter for letter in cluster if _is_told(letter, face))
        width = _width(cluster, face)
        if found and found[-1].face is face:
            last = found.pop()
            told, width = last.text + told, last.width + width
        found.append(Run(told, face, width))
    return found


def is_emoji(text: str) -> bool:
    """Whether a text has nothing but emoji and signs that follow them."""
    emoji = faces()[-1]
    return all(run.face is emoji or not any(map(str.isalnum, run.text)) for run in runs(text))


def _face(cluster: str, current: Face) -> Face | None:
    """The current font goes on where it can, so that neighbours are drawn together."""
    *letters, emoji = faces()
    first = [emoji] if _AS_EMOJI in cluster or cluster[-1] == "\u20e3" else []
    going_on = [current] if current is not emoji else []
    return next((face for face in (*first, *going_on, *letters, emoji) if face.has(cluster)), None)


def _width(cluster: str, face: Face) -> float:
    """A joined emoji is one picture; anything else as wide as its letters."""
    letters = cluster[:1] if face is faces()[-1] else cluster
    return sum(face.advances.get(ord(letter), 0.0) for letter in letters)


def _is_told(letter: str, face: Face) -> bool:
    """Silent letters are told only where they work: in the font itself, or for direction."""
    return ord(letter) in face.advances or letter in _DIRECTIONS


def _is_silent(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"


def _joins(cluster: str, letter: str) -> bool:
    last = cluster[-1]
    return (
        unicodedata.category(letter).startswith("M")
        or _is_silent(letter)
        or "\U0001f3fb" <= letter <= "\U0001f3ff"  # skin
        or last == JOINER
        or (_is_flag(letter) and len(cluster) == 1 and _is_flag(last))
        or last in _THAI_BEFORE
        or letter in _THAI_AFTER
    )


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _read(path: Path) -> Face:
    with TTFont(path, lazy=True) as font:
        em = font["head"].unitsPerEm
        metrics, lines, windows = font["hmtx"].metrics, font["hhea"], font["OS/2"]
        pitch = (lines.ascent - lines.descent) / em
        return Face(
            file=path,
            name=font["name"].getDebugName(_FULL_NAME),
            advances=dict(_advances(font.getBestCmap(), metrics, em)),
            ascent=windows.usWinAscent / em,
            descent=windows.usWinDescent / em,
            pitch=min(max(pitch, TIGHTEST), LOOSEST),
        )


def _advances(
    letters: Mapping[int, str], metrics: Mapping[str, tuple[int, int]], em: int
) -> Iterator[tuple[int, float]]:
    for letter, glyph in letters.items():
        yield letter, metrics[glyph][0] / em
