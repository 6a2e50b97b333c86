"""The filter graphs of the sound: what is heard of which file, for how long, how loud."""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.ffmpeg import loudness
from clients.ffmpeg.command import Input
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.loudness import Mix

FADE_IN, FADE_OUT = 0.05, 0.5
"""Seconds: one against a click, the other so that it does not break off."""
PRIMING = 1024
"""Samples that FFmpeg's AAC encoder puts before the first one. Without an edit list, which
Instagram refuses, they are played: as many are left out, so that the sound is not late."""
_LOOKAHEAD = 0.002
"""Seconds by which the limiter is late."""
_RELEASE = 20
"""Milliseconds: shorter would distort the bass, longer would duck what follows a bang."""
_OVERSAMPLED = 4 * SAMPLE_RATE
"""True peaks lie between the samples (ITU-R BS.1770, annex 2)."""
_SHAPE = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"


@dataclass(frozen=True)
class Part:
    """A piece of a source: what is heard of one file."""

    input: Input | None
    """None where the file has no sound."""
    samples: int


@dataclass(frozen=True)
class Source:
    """One of the things that are heard together."""

    name: str
    wanted: float
    """Decibels beside the others."""
    parts: tuple[Part, ...]
    """One after the other."""
    again: bool = False
    """Together they are shorter than the Reel, and begin again."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The files that are read."""
        return tuple(part.input for part in self.parts if part.input is not None)


@dataclass(frozen=True)
class Soundtrack:
    """All that is heard, for so many samples."""

    sources: tuple[Source, ...]
    samples: int
    fades: bool = True
    """Whether it comes and goes softly: not where it is a part of something longer."""

    def listening(self) -> str:
        """The graph that measures each source as it will be heard, with an output by its name."""
        return ";".join(
            f"{chain},{self._fades()}{loudness.filter_of(source.name)}[{source.name}]"
            for source, chain in _chains(self.sources, self.samples)
        )

    def mixing(self, mix: Mix | None) -> str:
        """The graph with the output `[a]`: silence, or what is heard at its level, and limited."""
        end = f"atrim=end_sample={self.samples - PRIMING}"
        heard = self.heard(mix)
        if mix is None or not heard:
            return f"anullsrc=sample_rate={SAMPLE_RATE}:channel_layout=stereo,{end}[a]"
        chains = [
            f"{chain},volume={mix.gains[source.name]:.2f}dB[{source.name}]"
            for source, chain in _chains(heard, self.samples)
        ]
        names = "".join(f"[{source.name}]" for source in heard)
        together = f"amix=inputs={len(heard)}:normalize=0," if len(heard) > 1 else ""
        late, limiter = PRIMING, ""
        if mix.ceiling is not None:
            late += round(_LOOKAHEAD * SAMPLE_RATE)
            limiter = f"{_limiter(mix.ceiling)},"
        cut = f"atrim=start_sample={late},asetpts=PTS-STARTPTS,apad,{end}"
        return ";".join([*chains, f"{names}{together}{self._fades()}{limiter}{cut}[a]"])

    def heard(self, mix: Mix | None) -> tuple[Source, ...]:
        """The sources that a mix has."""
        return tuple(source for source in self.sources if mix and source.name in mix.gains)

    def _fades(self) -> str:
        start = self.samples / SAMPLE_RATE - FADE_OUT
        fades = f"afade=t=in:d={FADE_IN},afade=t=out:st={start:.3f}:d={FADE_OUT},"
        return fades if self.fades else ""


def samples_of(frames: int) -> int:
    """How many samples last as long as so many pictures."""
    return frames * SAMPLE_RATE // FPS


def samples_in(seconds: float) -> int:
    """The same for seconds."""
    return round(seconds * SAMPLE_RATE)


def inputs_of(sources: Sequence[Source]) -> list[Input]:
    """The files that are read, in the order of `-i`."""
    return [one for source in sources for one in source.inputs]


def _chains(sources: Sequence[Source], samples: int) -> list[tuple[Source, str]]:
    """Each source with the graph of its bare sound, its last output without a name."""
    chains, number = [], 0
    for source in sources:
        chains.append((source, _chain(source, number, samples)))
        number += len(source.inputs)
    return chains


def _chain(source: Source, number: int, samples: int) -> str:
    parts: list[str] = []
    for part in source.parts:
        parts.append(f"{_part(part, number)}[{source.name}{len(parts)}]")
        number += part.input is not None
    joined = sum(part.samples for part in source.parts)
    fill = f"aloop=loop=-1:size={joined}" if source.again else "apad"
    names = "".join(f"[{source.name}{place}]" for place in range(len(parts)))
    joint = f"{names}concat=n={len(parts)}:v=0:a=1,{fill},atrim=end_sample={samples}"
    return ";".join([*parts, joint])


def _part(part: Part, number: int) -> str:
    if part.input is None or part.input.facts.audio is None:
        silence = f"anullsrc=sample_rate={SAMPLE_RATE}:channel_layout=stereo,{_SHAPE}"
        return f"{silence},atrim=end_sample={part.samples}"
    # first_pts fills in when the sound starts after the picture, async where it has gaps.
    even = f"aresample={SAMPLE_RATE}:async=1:first_pts=0"
    index = part.input.facts.audio.index
    return f"[{number}:{index}]{even},{_SHAPE},apad,atrim=end_sample={part.samples}"


def _limiter(ceiling: float) -> str:
    limit = 10 ** (ceiling / 20)
    attack = f"attack={1000 * _LOOKAHEAD:g}:release={_RELEASE}:level=0"
    return f"aresample={_OVERSAMPLED},alimiter=limit={limit:.4f}:{attack},aresample={SAMPLE_RATE}"
