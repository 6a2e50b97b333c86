"""Chooses the picture that stands for a Reel: sharp, neither dark nor glaring, without our text.

Only key frames are decoded, two seconds from each other, and only the story's pane is judged:
a viewer taps on the story. Pictures with the hook text on them are left out where there are
others, because the edges of letters would win every contest of sharpness; so is the first
picture, which may be a flash or a fade.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import command, hook
from clients.ffmpeg.command import Input
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.layouts import Pane
from clients.ffmpeg.runner import Run

DARK, GLARING = 50, 190
"""Mean brightness of 255, beyond which a picture is counted out by degrees: most well exposed
pictures lie between 80 and 150."""

_WIDTH = 540
"""Pixels that the pane is judged at: the poster's width. What is blurred beyond it is not seen."""
_KEYS = ("siti.si", "signalstats.YAVG")
"""Spatial information by ITU-T P.910: how strong the edges are, which a blur takes away; and
the mean brightness."""


@dataclass(frozen=True)
class Candidate:
    """One key frame."""

    seconds: float
    sharpness: float
    brightness: float

    @property
    def worth(self) -> float:
        """The higher the better; 0 for a black, white or empty picture."""
        under, over = self.brightness - 16, 235 - self.brightness
        exposed = min(under / (DARK - 16), over / (235 - GLARING), 1.0)
        return self.sharpness * max(exposed, 0.0)


async def choose(run: Run, reel: Path, facts: MediaFacts, pane: Pane, *, text: bool) -> float:
    """Where in the Reel the best picture lies, in seconds; it is a key frame.

    `text` tells that the first seconds have the hook text on them. Raises what `run` raises.
    """
    lines: list[str] = []
    await run(_glance(reel, facts, pane), lines.append)
    return best(candidates(lines), hook.SECONDS if text else 0.0)


def best(seen: Sequence[Candidate], text_until: float) -> float:
    """The place of the best candidate that is neither the first picture nor under the text.

    Where none is left, or all that are left are black or empty, the others are looked at, too.
    """
    for least in (max(text_until, 0.001), 0.001, 0.0):
        left = [one for one in seen if one.seconds >= least and one.worth > 0]
        if left:
            return max(left, key=lambda one: one.worth).seconds
    return 0.0


def candidates(lines: Sequence[str]) -> list[Candidate]:
    """What FFmpeg printed: for each key frame its time and then its numbers."""
    seen: list[dict[str, float]] = []
    for line in lines:
        key, _, value = line.rpartition("=")
        if line.startswith("frame:"):
            seen.append({"seconds": float(line.rpartition("pts_time:")[2])})
        elif key.removeprefix("lavfi.") in _KEYS:
            seen[-1][key.removeprefix("lavfi.")] = float(value)
    sharpness, brightness = _KEYS
    return [
        Candidate(one["seconds"], one.get(sharpness, 0.0), one.get(brightness, 0.0)) for one in seen
    ]


def _glance(reel: Path, facts: MediaFacts, pane: Pane) -> list[str]:
    x, y, width, height = pane.box
    small = f"crop={width}:{height}:{x}:{y},scale={_WIDTH}:-2:flags=bilinear"
    measured = "siti,scale=90:-2:flags=area,signalstats,metadata=print:file=-:direct=1"
    return [
        *command.general(),
        *("-filter_threads", "1", "-skip_frame:v", "nokey"),
        *command.reading(Input(reel, facts, seconds=facts.seconds + 1), 1),
        *("-map", "0:v:0", "-vf", f"{small},{measured}"),
        *("-fps_mode", "passthrough", "-f", "null", "-"),
    ]
