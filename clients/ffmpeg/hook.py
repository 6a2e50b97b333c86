"""The text on the picture in the first seconds: a file for FFmpeg's renderer, never a filter.

The text is a model's or a person's. It goes into a subtitle file (ASS) in which its braces and
backslashes are escaped, so that it can't be an instruction to the renderer; the filter names
fixed files only.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg.layouts import HEIGHT, WIDTH
from clients.ffmpeg.lettering import LOOSEST, Face, Run, faces, undrawable
from clients.ffmpeg.typesetting import MOST_LINES, SIZES, Setting, typeset
from schemas.composition import HOOK_LIMIT

SECONDS = 3.0
"""How long it stands there."""
FADE_IN, FADE_OUT = 120, 250
"""Milliseconds."""

SAFE_LEFT, SAFE_RIGHT = 65, WIDTH - 65
SAFE_TOP, SAFE_BOTTOM = 285, 1248
"""What Instagram's own interface leaves free of 1080x1920.

Meta's guide for Reels ads (Business Help Center, "safe zones", 2026): nothing of weight in the
upper 14 % (269 px), the lower 35 % (672 px) and 6 % (65 px) at each side. In the feed a Reel is
cropped to 4:5, which takes 285 px off the top.
"""
MARGIN = 40
"""Pixels from the pane's edge or the safe area's; the outline and its shadow stand within."""

TALLEST = 2 * MARGIN + round(MOST_LINES * SIZES[0] * LOOSEST)
"""Pixels below SAFE_TOP that the text takes at the most."""

FILE, FONTS = "hook.ass", "fonts"
_FILTER = f"ass=filename={FILE}:fontsdir={FONTS}:shaping=complex"
_OUTLINE = 0.09
_SHADOW, _BLUR = 0.14, 0.16
"""In ems."""
_JOINERS = "\u200c\u200d\u200e\u200f"
"""Invisible, and needed: joined emoji, Persian spelling, the direction of single letters."""
_WORD_JOINER = "\u2060"
_RIGHT_TO_LEFT = "\u200f"
_LEFT_TO_RIGHT_LINES, _LINES_BY_FIRST_LETTER = 1, -1
"""The renderer's `Encoding`, by which it chooses a line's direction."""

_HEAD = f"""\
[Script Info]
ScriptType: v4.00+
PlayResX: {WIDTH}
PlayResY: {HEIGHT}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, \
Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Hook,Inter ExtraBold,80,&H00FFFFFF,&H00120E0E,&H00000000,1,0,0,8,0,0,0,{{encoding}}

[Events]
Format: Layer, Start, End, Style, Text
"""
_SHOWN = (
    f"Dialogue: {{layer}},0:00:00.00,0:00:{SECONDS:05.2f},Hook,"
    rf"{{{{\fad({FADE_IN},{FADE_OUT})}}}}"
)


@dataclass(frozen=True)
class Box:
    """Where text may stand, in pixels of the Reel."""

    x: int
    y: int
    width: int
    height: int


def unshowable(text: str) -> str | None:
    """Why a text can't stand on the picture, in words; None when it can or is empty."""
    plain = _plain(text)
    if len(plain) > HOOK_LIMIT:
        return f"it has {len(plain)} characters, and {HOOK_LIMIT} are the most"
    if missing := undrawable(plain):
        return f"no font of ours has {missing[0]!a}"
    return None


def write_hook(text: str, folder: Path, *, pane: tuple[int, int, int, int]) -> str | None:
    """Write `hook.ass` and the `fonts` that it needs into a folder; the filter that shows it.

    `pane` is x, y, width and height of the pane to stand on. The filter goes over the whole
    Reel of 1080x1920, in a run of FFmpeg whose working directory is the folder. None when
    there is nothing to show, when `unshowable` says why, or when the pane has no room.

    Again: the same files.
    """
    plain = _plain(text)
    if not plain or unshowable(text) is not None:
        return None
    box = _safe_part(pane)
    setting = typeset(plain, box.width, box.height)
    if setting is None:
        return None
    (folder / FILE).write_text(_script(plain, setting, box), encoding="utf-8")
    _lay_fonts(folder / FONTS, {run.face for line in setting.lines for run in line})
    return _FILTER


def _plain(text: str) -> str:
    """One line of composed letters, without what is invisible and not needed."""
    kept = (
        letter
        for letter in unicodedata.normalize("NFC", " ".join(text.split()))
        if unicodedata.category(letter) not in {"Cc", "Cf"} or letter in _JOINERS
    )
    plain = "".join(kept).strip()
    return "" if all(letter in _JOINERS for letter in plain) else plain


def _safe_part(pane: tuple[int, int, int, int]) -> Box:
    x, y, width, height = pane
    left, right = max(x, SAFE_LEFT) + MARGIN, min(x + width, SAFE_RIGHT) - MARGIN
    top, bottom = max(y, SAFE_TOP) + MARGIN, min(y + height, SAFE_BOTTOM) - MARGIN
    return Box(left, top, right - left, bottom - top)


def _script(text: str, setting: Setting, box: Box) -> str:
    backwards = _reads_from_the_right(text)
    encoding = _LINES_BY_FIRST_LETTER if backwards else _LEFT_TO_RIGHT_LINES
    mark = _RIGHT_TO_LEFT if backwards else ""
    em, middle = setting.em, box.x + box.width / 2
    shadow = rf"\1a&HFF&\3a&H70&\bord{em * _SHADOW:.1f}\blur{em * _BLUR:.1f}"
    letters = rf"\bord{em * _OUTLINE:.1f}\blur0.6"
    events = [
        f"{_SHOWN.format(layer=layer)}{{\\pos({middle:.1f},{y:.1f}){look}}}{mark}{_told(line, em)}"
        for layer, look in enumerate((shadow, letters))
        for line, y in zip(setting.lines, _tops(setting, box), strict=True)
    ]
    return _HEAD.format(encoding=encoding) + "\n".join(events) + "\n"


def _tops(setting: Setting, box: Box) -> list[float]:
    """Where each line is hung by its tallest font, so that its base line is where it should be."""
    em = setting.em
    return [
        box.y + em + number * setting.pitch - em * max(run.face.ascent for run in line)
        for number, line in enumerate(setting.lines)
    ]


def _told(line: tuple[Run, ...], em: int) -> str:
    """A line for the renderer: each stretch with its font and size before it."""
    return "".join(
        rf"{{\fn{run.face.name}\fs{run.face.size(em):.2f}}}{_inert(run.text)}" for run in line
    )


def _inert(text: str) -> str:
    """Letters that the renderer shows: a backslash is kept from what it would change."""
    shown = text.replace("\\", "\\" + _WORD_JOINER)
    return shown.replace("{", r"\{").replace("}", r"\}")


def _reads_from_the_right(text: str) -> bool:
    """As most of its letters do, so that a name in Latin letters in front turns nothing."""
    kinds = Counter(unicodedata.bidirectional(letter) for letter in text)
    return kinds["R"] + kinds["AL"] > kinds["L"]


def _lay_fonts(folder: Path, used: set[Face]) -> None:
    """Links to the fonts that are used: the renderer reads every file of the folder."""
    folder.mkdir(exist_ok=True)
    for face in faces():
        link = folder / face.file.name
        link.unlink(missing_ok=True)
        if face in used:
            link.symlink_to(face.file)
