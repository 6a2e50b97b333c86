"""When what is seen and heard: how long the Reel lasts and which part of each file it uses."""

from dataclasses import dataclass, replace

from clients.ffmpeg import graph
from clients.ffmpeg.command import Input
from clients.ffmpeg.composition import Composition
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.graph import Footage, Shot
from clients.ffmpeg.layouts import LAYOUTS, Pane, Shown
from clients.ffmpeg.rules import AUDIO_DECODERS, MAX_CHANNELS, refuse_gameplay, refuse_top
from clients.ffmpeg.sound import Part, Soundtrack, Source, samples_in, samples_of

MIN_SECONDS = 3.0
"""Instagram refuses shorter Reels (IG User /media reference, October 2026)."""
_SPARE = 1.0
"""Seconds that are read beyond what is shown, so that rounding never lacks a picture."""
_HELD = 2
"""Pictures at a file's end that are not worth beginning it again: the last one is held."""


@dataclass(frozen=True)
class Files:
    """What was found out about the files of a composition; the tops were read whole."""

    tops: tuple[MediaFacts, ...]
    gameplay: MediaFacts | None = None
    music: MediaFacts | None = None


@dataclass(frozen=True)
class Piece:
    """A part of a file, and how many pictures it lasts."""

    input: Input
    frames: int


@dataclass(frozen=True)
class Timeline:
    """What is done about a composition: its inputs, and lengths in whole pictures."""

    asked: Composition
    tops: tuple[Input, ...]
    gameplay: tuple[Piece, ...]
    """One after the other; two when it goes on from its beginning, none where there is none."""
    music: tuple[Piece, ...]
    joined: int
    """Pictures that the top clips last together."""
    frames: int
    """Pictures of the Reel."""

    @property
    def seconds(self) -> float:
        """Length of the Reel."""
        return self.frames / graph.FPS

    @property
    def seen(self) -> tuple[Input, ...]:
        """The files whose picture is read, in the order of `-i`."""
        shows = {pane.shows for pane in LAYOUTS[self.asked.layout]}
        below = self.gameplay if Shown.GAMEPLAY in shows else ()
        return (*self.tops, *(piece.input for piece in below))

    @property
    def shots(self) -> list[Shot]:
        """What each pane shows."""
        return [self._shot(pane) for pane in LAYOUTS[self.asked.layout]]

    @property
    def soundtrack(self) -> Soundtrack:
        """What is heard: of what was asked for, that which has a sound."""
        wanted = self.asked.sound
        sources = []
        if wanted.gameplay is not None and _are_heard(self.gameplay):
            sources.append(Source("gameplay", wanted.gameplay, _parts(self.gameplay)))
        if wanted.music is not None and _are_heard(self.music):
            sources.append(Source("music", wanted.music, _parts(self.music)))
        if wanted.top is not None and any(_is_heard(top) for top in self.tops):
            again = self.joined < self.frames
            parts = tuple(_part(top) for top in self.tops)
            sources.append(Source("top", wanted.top, parts, again=again))
        return Soundtrack(tuple(sources), samples_of(self.frames))

    def _shot(self, pane: Pane) -> Shot:
        if pane.shows is Shown.TOP:
            footage = tuple(
                Footage(number, refuse_top(top.facts)) for number, top in enumerate(self.tops)
            )
            return Shot(pane, footage, self.asked.top_anchor, self.joined)
        if not self.gameplay:
            raise ValueError("the layout shows gameplay, and none is given")
        footage = tuple(
            Footage(number, refuse_gameplay(piece.input.facts), piece.frames)
            for number, piece in enumerate(self.gameplay, start=len(self.tops))
        )
        return Shot(pane, footage, self.asked.gameplay_anchor, self.frames)


def lay_out(asked: Composition, files: Files) -> Timeline:
    """Fit the files of a composition to each other.

    Clips that would begin after the Reel's end are not read. Gameplay and music that end
    before the Reel go on from their beginning; a start behind their end counts from their
    beginning again.
    """
    used: list[Input] = []
    joined = 0.0
    for path, facts in zip(asked.tops, files.tops, strict=True):
        if joined < asked.seconds:
            used.append(Input(path, facts, seconds=asked.seconds - joined + _SPARE))
            joined += refuse_top(facts).seconds
    frames = round(max(min(joined, asked.seconds), MIN_SECONDS) * graph.FPS)
    gameplay: tuple[Piece, ...] = ()
    music: tuple[Piece, ...] = ()
    if asked.gameplay and files.gameplay:
        gameplay = _stretch(Input(asked.gameplay, files.gameplay, 0.0, asked.start), frames)
    if asked.music and files.music:
        music = _stretch(Input(asked.music, files.music, 0.0, asked.music_start), frames)
    joined_frames = max(round(joined * graph.FPS), 1)
    return Timeline(asked, tuple(used), gameplay, music, joined_frames, frames)


def _stretch(wanted: Input, frames: int) -> tuple[Piece, ...]:
    """So many pictures from a place within the file, then from its beginning if it must be.

    That is another input: FFmpeg can begin a file again, but not one that it did not begin at
    its beginning; it would repeat it at the distance of what was left the first time.
    """
    facts = wanted.facts
    # Of the picture; of the whole file where the stream does not say or there is no picture.
    length = (facts.video.seconds if facts.video else 0.0) or facts.seconds
    start = wanted.start % length
    left = int((length - start) * graph.FPS)
    if left >= frames - _HELD:
        return (Piece(_read(wanted, start, frames, endless=False), frames),)
    if left <= _HELD:
        left = 0
    rest = frames - left
    endless = rest / graph.FPS > length
    again = Piece(_read(wanted, 0.0, rest, endless=endless), rest)
    return (Piece(_read(wanted, start, left, endless=False), left), again) if left else (again,)


def _read(wanted: Input, start: float, frames: int, *, endless: bool) -> Input:
    seconds = frames / graph.FPS + _SPARE
    return replace(wanted, start=start, seconds=seconds, endless=endless)


def _parts(pieces: tuple[Piece, ...]) -> tuple[Part, ...]:
    return tuple(Part(piece.input, samples_of(piece.frames)) for piece in pieces)


def _are_heard(pieces: tuple[Piece, ...]) -> bool:
    return any(_is_heard(piece.input) for piece in pieces)


def _is_heard(source: Input) -> bool:
    audio = source.facts.audio
    return audio is not None and audio.codec in AUDIO_DECODERS and audio.channels <= MAX_CHANNELS


def _part(top: Input) -> Part:
    """A top clip's sound, as long as its picture; silence where it has none."""
    return Part(top if _is_heard(top) else None, samples_in(refuse_top(top.facts).seconds))
