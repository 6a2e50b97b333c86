"""When what is seen and heard: how long the Reel lasts and which part of each file it uses."""

from dataclasses import dataclass

from clients.ffmpeg import graph
from clients.ffmpeg.command import Input
from clients.ffmpeg.composition import Composition
from clients.ffmpeg.facts import MediaFacts, VideoFacts
from clients.ffmpeg.layouts import LAYOUTS, Pane, Shown
from clients.ffmpeg.rules import refuse_gameplay, refuse_top

MIN_SECONDS = 3.0
"""Instagram refuses shorter Reels (IG User /media reference, October 2026)."""
_SPARE = 1.0
"""Seconds that are read beyond what is shown, so that rounding never lacks a picture."""


@dataclass(frozen=True)
class Timeline:
    """What is done about a composition: its inputs, and lengths in whole pictures."""

    asked: Composition
    tops: tuple[Input, ...]
    gameplay: Input | None
    joined: int
    """Pictures that the top clips last together."""
    frames: int
    """Pictures of the Reel."""

    @property
    def seconds(self) -> float:
        """Length of the Reel."""
        return self.frames / graph.FPS

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The files that are read, in the order of `-i`."""
        return self.tops if self.gameplay is None else (*self.tops, self.gameplay)

    def filters(self, gain_db: float) -> str:
        """The filter graph, with that gain on the gameplay's sound."""
        shots = [self._shot(pane) for pane in LAYOUTS[self.asked.layout]]
        return (
            f"{graph.picture(shots, self.frames)};{graph.sound(self._sound(gain_db), self.frames)}"
        )

    def _shot(self, pane: Pane) -> graph.Shot:
        if pane.shows is Shown.TOP:
            footage = tuple(
                graph.Footage(number, refuse_top(top.facts)) for number, top in enumerate(self.tops)
            )
            return graph.Shot(pane, footage, self.asked.top_anchor, self.joined)
        if self.gameplay is None:
            raise ValueError("the layout shows gameplay, and none is given")
        footage = (graph.Footage(len(self.tops), refuse_gameplay(self.gameplay.facts)),)
        return graph.Shot(pane, footage, self.asked.gameplay_anchor, self.frames)

    def _sound(self, gain_db: float) -> graph.Sound | None:
        audio = self.gameplay.facts.audio if self.gameplay else None
        return graph.Sound(len(self.tops), audio.index, gain_db) if audio else None


def lay_out(asked: Composition, tops: list[MediaFacts], gameplay: MediaFacts | None) -> Timeline:
    """Fit the top clips, read whole, and the gameplay to each other.

    Clips that would begin after the Reel's end are not read. Gameplay that ends before the
    Reel goes on from its beginning; a start behind its end counts from its beginning again.
    """
    used: list[Input] = []
    joined = 0.0
    for path, facts in zip(asked.tops, tops, strict=True):
        if joined < asked.seconds:
            used.append(Input(path, facts, seconds=asked.seconds - joined + _SPARE))
            joined += refuse_top(facts).seconds
    frames = round(max(min(joined, asked.seconds), MIN_SECONDS) * graph.FPS)
    return Timeline(
        asked,
        tuple(used),
        _stretch(asked, gameplay, frames / graph.FPS + _SPARE),
        joined=max(round(joined * graph.FPS), 1),
        frames=frames,
    )


def _stretch(asked: Composition, facts: MediaFacts | None, needed: float) -> Input | None:
    if asked.gameplay is None or facts is None:
        return None
    length = _length(facts, refuse_gameplay(facts))
    start = asked.start % length
    endless = start + needed > length
    return Input(asked.gameplay, facts, seconds=needed, start=start, endless=endless)


def _length(facts: MediaFacts, video: VideoFacts) -> float:
    """Seconds of picture; of the whole file where the stream does not say."""
    return video.seconds or facts.seconds
