"""Looks at a finished Reel as a person would: what is black, frozen or silent in it.

The whole file is not decoded, which would cost a sixth of composing it. Its key frames are, two
seconds from each other, and its sound; where two of them are dark or alike, that stretch is
decoded and looked at twice a second.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from clients.ffmpeg import command, loudness, views
from clients.ffmpeg.command import GOP, Input
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.graph import FPS
from clients.ffmpeg.layouts import Pane, Shown
from clients.ffmpeg.runner import Run
from clients.ffmpeg.views import Sample

BLACK_SECONDS = 2.0
"""Of black that are a fault: a fade between two shots is shorter, and a key frame lies in it."""
BLACK = 28
"""Of 255, where 16 is black: no spot of the pane is brighter. A dim lamp at night is above."""

FROZEN_SECONDS = 4.0
"""Without any movement that are a fault: two key frames lie in it wherever it begins."""
STILL = 0.03
"""Mean change of a pixel, of 255, in half a second. Frozen footage was measured at 0.000 to 0.024
after encoding; a dim square of 40x40 that creeps through a still picture at 0.013 to 0.06."""
ALIKE = 0.8
"""The same from one key frame to the next, which is coded anew: frozen footage up to 0.3, and
filmed footage from 1.2 upward. What lies between is decoded, and STILL decides."""

SILENT_SECONDS = 4.0
"""Of silence that are a fault where sound is expected."""
SILENCE_DB = -60
"""Of full scale: below any room's noise, above the noise of an encoder."""

LOUDNESS_LUFS = (-15.0, -13.0)
"""Integrated, EBU R 128: our -14 with one on either side."""
TRUE_PEAK_DBTP = -1.0

RULES = (
    *(f"{shown.value}-{fault}" for shown in Shown for fault in ("black", "frozen")),
    *("silent", "loudness", "true-peak"),
)
"""The name of every rule that `broken_content` may return."""

_STRIDE = FPS // 2
"""Pictures from one sample to the next in a stretch that is decoded."""
_STEP = _STRIDE / FPS
_SAMPLES_OF_A_GOP = GOP // _STRIDE
_SPARE = 0.6
"""Seconds that a Reel shorter than a rule's length may differ from beginning to end."""
_HEARD = "heard"
_SILENCE = "silence_start:"
"""What FFmpeg's silencedetect writes, once a stretch is long enough."""


async def broken_content(
    run: Run,
    reel: Path,
    facts: MediaFacts,
    panes: Sequence[Pane],
    *,
    quietest: float | None = LOUDNESS_LUFS[0],
) -> list[str]:
    """Names of the rules that the content breaks; empty when it is fit to be seen.

    `panes` are those of its layout. `quietest` is the least loudness in LUFS: lower where its
    sources can't be lifted to ours, None where none of them has any sound to hear.
    Raises what `run` raises.
    """
    seconds = facts.seconds
    lines: list[str] = []
    words = await run(_glance(reel, facts, panes), lines.append)
    broken = []
    for pane in panes:
        seen = views.samples(lines, panes, 0.0)[pane.shows.value]
        for start, end in _suspicious(seen, seconds):
            stretch: list[str] = []
            await run(_gaze(reel, facts, pane, start, end), stretch.append)
            closer = views.samples(stretch, [pane], start)[pane.shows.value]
            broken += [f"{pane.shows.value}-{fault}" for fault in _faults(closer, seconds)]
    if quietest is not None:
        broken += _broken_sound(words, quietest)
    return list(dict.fromkeys(broken))


def _glance(reel: Path, facts: MediaFacts, panes: Sequence[Pane]) -> list[str]:
    """The key frames, and all of the sound."""
    silence = _least(SILENT_SECONDS, facts.seconds)
    heard = f"silencedetect=noise={SILENCE_DB}dB:duration={silence:.2f}"
    heard += f",{loudness.filter_of(_HEARD)}"
    return [
        *command.general(),
        *command.telling(),
        *("-filter_threads", "1", "-filter_complex_threads", "1"),
        *("-skip_frame:v", "nokey", "-skip_loop_filter:v", "all"),
        *command.reading(Input(reel, facts, seconds=facts.seconds + 1), 1),
        *("-filter_complex", views.looking(panes, "null")),
        *("-map", "[seen]", "-fps_mode", "passthrough", "-f", "null", "-"),
        *(("-map", "0:a:0", "-af", heard, "-f", "null", "-") if facts.audio else ()),
    ]


def _gaze(reel: Path, facts: MediaFacts, pane: Pane, start: float, end: float) -> list[str]:
    """One stretch of one pane, twice a second."""
    return [
        *command.general(),
        *("-filter_threads", "1", "-filter_complex_threads", "1"),
        *command.reading(Input(reel, facts, seconds=end - start, start=start), 1),
        *("-filter_complex", views.looking([pane], f"select='not(mod(n,{_STRIDE}))'")),
        *("-map", "[seen]", "-fps_mode", "passthrough", "-f", "null", "-"),
    ]


def _suspicious(seen: Sequence[Sample], seconds: float) -> list[tuple[float, float]]:
    """Stretches to look at closely, from one key frame to another or to the end."""
    closely: set[int] = set()
    for number, one in enumerate(seen):
        if one.brightest <= BLACK:
            closely |= {number - 1, number}
        if number and one.change <= ALIKE:
            closely |= {number - 2, number - 1, number}
    times = [*(one.seconds for one in seen), seconds]
    stretches: list[tuple[float, float]] = []
    for number in sorted(closely & set(range(len(seen)))):
        start, end = times[number], times[number + 1]
        if stretches and stretches[-1][1] == start:
            start = stretches.pop()[0]
        stretches.append((start, end))
    return stretches


def _faults(seen: Sequence[Sample], seconds: float) -> list[str]:
    """What is wrong with a stretch; what is black is not called frozen, too."""
    dark = [one.brightest <= BLACK for one in seen]
    if _longest(dark) * _STEP >= _least(BLACK_SECONDS, seconds):
        return ["black"]
    still = [
        one.change <= (STILL if number % _SAMPLES_OF_A_GOP else ALIKE)
        for number, one in enumerate(seen)
    ]
    pictures = _longest(still[1:]) + 1
    return ["frozen"] if pictures * _STEP >= _least(FROZEN_SECONDS, seconds) else []


def _longest(held: Sequence[bool]) -> int:
    """How often in a row it held."""
    return max((len(list(group)) for holds, group in groupby(held) if holds), default=0)


def _broken_sound(words: str, quietest: float) -> list[str]:
    level = loudness.levels(words).get(_HEARD)
    if level is None or _SILENCE in words:
        return ["silent"]
    broken = []
    if not quietest <= level.lufs <= LOUDNESS_LUFS[1]:
        broken.append("loudness")
    if level.peak > TRUE_PEAK_DBTP:
        broken.append("true-peak")
    return broken


def _least(length: float, seconds: float) -> float:
    """The length of a fault: of a short Reel, nearly all of it."""
    return min(length, seconds - _SPARE)
