"""The ways to compose the same Reel: ours, the encoder alone, the source document's, MoviePy's."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.footage import Footage
from bench.measuring import FFMPEG, QUIET, Cost, measure, told_by
from bench.ours import WORKER_THREADS
from clients.ffmpeg import Composition, command, graph
from clients.ffmpeg.probe import probe
from clients.ffmpeg.timeline import Files, Timeline, lay_out

FRAME_BYTES = 1080 * 1920 * 3 // 2
RAW = (
    *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1080x1920", "-r", str(graph.FPS)),
    *("-color_range", "tv", "-colorspace", "bt709"),
    *("-color_primaries", "bt709", "-color_trc", "bt709"),
)
"""What raw pictures in a file are like."""

_PANE = (
    "fps=30,scale=1080:{height}:force_original_aspect_ratio=increase,crop=1080:{height},setsar=1"
)
SOURCE_GRAPH = (
    f"[0:v]{_PANE.format(height=1152)}[top];[1:v]{_PANE.format(height=768)}[bottom];"
    "[top][bottom]vstack=inputs=2,format=yuv420p[v]"
)
"""The source document's graph, repaired as little as makes it work: it scaled to the width
alone and cropped more than there was, and had no common rate."""

_MOVIEPY_JUDGED = 2.0
_MOVIEPY = Path(__file__).with_name("moviepy_composite.py")


class Design(StrEnum):
    """A way to compose."""

    POOL = "ours, pool"
    RAW = "ours, raw"
    FLOOR = "encoder alone"
    SOURCE = "source command"
    MOVIEPY = "MoviePy"


@dataclass(frozen=True)
class Race:
    """One kind of footage, composed in every way."""

    footage: Footage
    seconds: int
    folder: Path
    packages: Mapping[str, str]
    """The environment of MoviePy's program."""

    @property
    def judged_seconds(self) -> dict[Design, float]:
        """How much of a Reel is judged: of MoviePy's the beginning, for its truth is dear."""
        whole = dict.fromkeys(Design, float(self.seconds))
        return whole | {Design.MOVIEPY: min(_MOVIEPY_JUDGED, whole[Design.MOVIEPY])}

    def run(self, design: Design) -> Cost:
        """Compose once; the Reel is at `out`. Raises MeasuringFailed."""
        match design:
            case Design.POOL:
                return compose(self._wanted(self.footage.pooled, design))
            case Design.RAW:
                return compose(self._wanted(self.footage.gameplay, design))
            case Design.FLOOR:
                return measure(_encoder_alone(self.truth(Design.RAW), self.out(design)))
            case Design.SOURCE:
                return measure(self._source(*_SOURCE_CODING, str(self.out(design))))
            case Design.MOVIEPY:
                return self._moviepy("lossy", self.out(design), self.seconds)

    def poster(self) -> Cost:
        """Make the poster of our Reel from the pool, which must be there."""
        return _ours("poster", self._wanted(self.footage.pooled, Design.POOL))

    def out(self, design: Design) -> Path:
        """Where a design's Reel is."""
        return self.folder / f"{self.footage.kind}-{design.name.lower()}.mp4"

    def truth(self, design: Design) -> Path:
        """Lossless pictures of a design's own geometry, made when they are first asked for.

        Ours from the pool are held against the pictures of the raw gameplay: what the pool takes
        away is a loss. Raw pictures, but for MoviePy's, which are FFV1.
        """
        if design is Design.MOVIEPY:
            out = self.folder / f"{self.footage.kind}-moviepy-truth.mkv"
            if not out.exists():
                self._moviepy("lossless", out, self.judged_seconds[design])
            return out
        name = "source" if design is Design.SOURCE else "ours"
        out = self.folder / f"{self.footage.kind}-{name}-truth.yuv"
        if not out.exists():
            frames = self.seconds * graph.FPS
            raw = ("-frames:v", str(frames), "-f", "rawvideo", str(out))
            if design is Design.SOURCE:
                measure(self._source(*raw))
            else:
                shown = shown_by(self.footage.top, self.footage.gameplay, self.seconds)
                measure([*stacked(shown), "-map", "[v]", *raw])
        return out

    def forget_truth(self) -> None:
        """Remove the lossless pictures, a hundred megabytes a second."""
        for path in self.folder.glob(f"{self.footage.kind}-*-truth.*"):
            path.unlink()

    def _wanted(self, gameplay: Path, design: Design) -> "Wanted":
        return Wanted(gameplay, (self.footage.top,), self.seconds, self.out(design))

    def _source(self, *coding: str) -> list[str]:
        inputs = ("-i", str(self.footage.top), "-i", str(self.footage.gameplay))
        sound = "" if "rawvideo" in coding else ";[1:a]volume=1.0[audio]"
        graph_of_both = ("-filter_complex", SOURCE_GRAPH + sound, "-map", "[v]")
        return [*QUIET, *inputs, *graph_of_both, "-t", str(self.seconds), *coding]

    def _moviepy(self, coding: str, out: Path, seconds: float) -> Cost:
        words = [coding, seconds, out, self.footage.gameplay, self.footage.top]
        return told_by([sys.executable, str(_MOVIEPY), *map(str, words)], self.packages)


_SOURCE_CODING = (
    *("-map", "[audio]", "-c:v", "libx264", "-preset", "medium", "-crf", "23"),
    *("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-shortest"),
)
"""To the letter."""


@dataclass(frozen=True)
class Wanted:
    """A Reel to make through the product's door."""

    gameplay: Path
    tops: tuple[Path, ...]
    seconds: float
    out: Path


def compose(wanted: Wanted, executable: str = FFMPEG) -> Cost:
    """What it takes, in a process of its own. Raises MeasuringFailed."""
    return _ours("compose", wanted, executable)


def _ours(what: str, wanted: Wanted, executable: str = FFMPEG) -> Cost:
    words = [what, executable, wanted.seconds, wanted.out, wanted.gameplay, *wanted.tops]
    return told_by([sys.executable, "-m", "bench.ours", *map(str, words)])


def shown_by(top: Path, gameplay: Path, seconds: float) -> Timeline:
    """What the product would show of these files."""

    async def probed() -> Files:
        return Files((await probe(top, whole=True),), await probe(gameplay))

    asked = Composition((top,), gameplay, start=0.0, seconds=seconds)
    return lay_out(asked, asyncio.run(probed()))


def read(shown: Timeline) -> list[str]:
    """FFmpeg with the product's inputs, as it reads them."""
    inputs = [word for one in shown.seen for word in command.reading(one, threads=1)]
    return [FFMPEG, *command.general(), "-filter_complex_threads", str(WORKER_THREADS), *inputs]


def stacked(shown: Timeline) -> list[str]:
    """The same with the product's graph; its pictures are `[v]`."""
    return [*read(shown), "-filter_complex", graph.picture(shown.shots, shown.frames)]


def _encoder_alone(pictures: Path, out: Path) -> list[str]:
    coding = command.coding(WORKER_THREADS)
    return [*QUIET, *RAW, "-i", str(pictures), *coding, "-f", "mp4", str(out)]
