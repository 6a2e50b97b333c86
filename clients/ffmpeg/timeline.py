"""When what is seen: how long the Reel lasts and which part of each file it uses."""

from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import graph
from clients.ffmpeg.command import Input
from clients.ffmpeg.facts import MediaFacts, VideoFacts
from clients.ffmpeg.rules import refuse_gameplay, refuse_top

MIN_SECONDS = 3.0
"""Instagram refuses shorter Reels (IG User /media reference, October 2026)."""
_SPARE = 1.0
"""Seconds that are read beyond what is shown, so that rounding never lacks a picture."""


@dataclass(frozen=True)
class SplitScreen:
    """What is asked for: top clips in order over one stretch of gameplay."""

    tops: tuple[Path, ...]
    gameplay: Path
    start: float
    """Where in the gameplay the stretch begins, in seconds."""
    seconds: float
    """The most that the Reel may last."""


@dataclass(frozen=True)
class Timeline:
    """What is done about it: the inputs, the gameplay last, and lengths in whole pictures."""

    inputs: tuple[Input, ...]
    joined: int
    """Pictures that the top clips last together."""
    frames: int
    """Pictures of the Reel."""

    @property
    def seconds(self) -> float:
        """Length of the Reel."""
        return self.frames / graph.FPS

    def graph(self, gain_db: float) -> str:
        """The filter graph, with that gain on the gameplay's sound."""
        *tops, gameplay = self.inputs
        source, audio = len(tops), gameplay.facts.audio
        return graph.split_screen(
            [graph.Pane(number, refuse_top(top.facts)) for number, top in enumerate(tops)],
            graph.Pane(source, refuse_gameplay(gameplay.facts)),
            graph.Sound(source, audio.index, gain_db) if audio else None,
            joined=self.joined,
            frames=self.frames,
        )


def lay_out(
    tops: list[tuple[Path, MediaFacts]],
    gameplay: tuple[Path, MediaFacts],
    *,
    start: float,
    seconds: float,
) -> Timeline:
    """Fit the top clips, read whole, and the gameplay to each other.

    Clips that would begin after the Reel's end are not read. Gameplay that ends before the
    Reel goes on from its beginning; a start behind its end counts from its beginning again.
    """
    used: list[Input] = []
    joined = 0.0
    for path, facts in tops:
        if joined < seconds:
            used.append(Input(path, facts, seconds=seconds - joined + _SPARE))
            joined += refuse_top(facts).seconds
    frames = round(max(min(joined, seconds), MIN_SECONDS) * graph.FPS)
    needed = frames / graph.FPS + _SPARE
    path, facts = gameplay
    length = _length(facts, refuse_gameplay(facts))
    start = start % length
    last = Input(path, facts, seconds=needed, start=start, endless=start + needed > length)
    return Timeline((*used, last), max(round(joined * graph.FPS), 1), frames)


def _length(facts: MediaFacts, video: VideoFacts) -> float:
    """Seconds of picture; of the whole file where the stream does not say."""
    return video.seconds or facts.seconds
