"""Looks at the panes of a finished Reel: how bright each is, and how much has changed.

FFmpeg scales each pane to a few thousand pixels and prints two numbers for each picture that
it decodes. The part of the story's pane where the hook text stands is also looked at covered,
because letters that come and go say nothing about what is filmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.ffmpeg import hook
from clients.ffmpeg.layouts import Pane, Shown

TEXT_END = hook.SECONDS + 0.1
_SMALL = 108
"""Pixels that a pane is scaled to in width: ten by ten become one."""
_KEYS = ("YMAX", "YDIF")
"""Of FFmpeg's signalstats: the brightest pixel, and the mean change of one, both of 255."""


@dataclass(frozen=True)
class View:
    """One pane, or one with its text covered."""

    name: str
    pane: Pane
    covers_text: bool = False


@dataclass(frozen=True)
class Sample:
    """One picture of one pane."""

    seconds: float
    brightest: float
    change: float
    """Since the sample before."""


def views(panes: Sequence[Pane]) -> list[View]:
    """What is looked at: each pane, and the story's once more without its text."""
    plain = [View(pane.shows.value, pane) for pane in panes]
    return plain + [
        View(_covered(view.name), view.pane, covers_text=True)
        for view in plain
        if view.pane.shows is Shown.TOP
    ]


def looking(panes: Sequence[Pane], select: str) -> str:
    """The filter graph; its output `[seen]` is thrown away. `select` picks pictures."""
    seen = views(panes)
    labels = "".join(f"[{number}]" for number in range(len(seen)))
    parts = [f"[0:v:0]{select},split={len(seen)}{labels}"]
    for number, view in enumerate(seen):
        end = "[seen]" if number == 0 else ",nullsink"
        parts.append(f"[{number}]{_measured(view)}{end}")
    return ";".join(parts)


def samples(lines: Sequence[str], panes: Sequence[Pane], start: float) -> dict[str, list[Sample]]:
    """What was printed, by pane. `start` is the time of the first picture that was read."""
    found: dict[str, list[Sample]] = {view.name: [] for view in views(panes)}
    seconds, values = 0.0, dict.fromkeys(_KEYS, 0.0)
    for line in lines:
        if line.startswith("frame:"):
            seconds = float(line.rpartition("pts_time:")[2])
            continue
        key, _, value = line.rpartition("=")
        if key == "view":
            one = Sample(start + seconds, values["YMAX"], values["YDIF"])
            found[value].append(one)
        elif (name := key.rpartition(".")[2]) in values:
            values[name] = float(value)
    return {
        pane.shows.value: _without_text(
            found[pane.shows.value], found.get(_covered(pane.shows.value))
        )
        for pane in panes
    }


def _without_text(plain: list[Sample], covered: list[Sample] | None) -> list[Sample]:
    """The samples as they were seen, or covered as long as the text or its end is in them."""
    if covered is None:
        return plain
    before = [0.0, *(one.seconds for one in plain[:-1])] if plain else []
    return [
        Sample(
            open_.seconds,
            (closed if open_.seconds < TEXT_END else open_).brightest,
            (closed if earlier < TEXT_END else open_).change,
        )
        for open_, closed, earlier in zip(plain, covered, before, strict=True)
    ]


def _measured(view: View) -> str:
    x, y, width, height = view.pane.box
    cover = ""
    if view.covers_text:
        top = max(hook.SAFE_TOP, y)
        cover = f"drawbox=0:{top}:iw:{hook.TALLEST}:black:fill,"
    small = f"scale={_SMALL}:{_SMALL * height // width // 2 * 2}:flags=area"
    told = f"metadata=add:key=view:value={view.name},metadata=print:file=-:direct=1"
    return f"{cover}crop={width}:{height}:{x}:{y},{small},signalstats,{told}"


def _covered(name: str) -> str:
    return f"{name}-covered"
