"""Makes the Reel's sound in runs of its own: listen, mix and code, listen again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import command, loudness, sound
from clients.ffmpeg.command import Input
from clients.ffmpeg.loudness import Level, Mix
from clients.ffmpeg.runner import Run
from clients.ffmpeg.sound import Soundtrack

_TRIES = 4
"""Each brings the level and the peak nearer; the second is nearly always right."""
_CODED = "coded"


@dataclass(frozen=True)
class Recorded:
    """What became of the sound."""

    heard: frozenset[str]
    """Names of the sources that are not silent."""
    level: Level


async def record(run: Run, wanted: Soundtrack, *, out: Path) -> Recorded | None:
    """Write the sound of a Reel, an MP4 with nothing but AAC.

    Returns what it is like, or None when nothing is to be heard: then it is silence. It has
    -14 LUFS and a true peak under -1 dBTP, or is quieter when it would have to be limited
    too much. Again: writes the same bytes.
    """
    beside = {source.name: source.wanted for source in wanted.sources}
    mix = loudness.first_mix(await _listen(run, wanted), beside)
    if mix is None:
        await _code(run, wanted, None, out)
        return None
    level = await _code_and_hear(run, wanted, mix, out)
    for left in reversed(range(_TRIES - 1)):
        better = loudness.next_mix(mix, level, last=left == 0)
        if better is None:
            break
        mix = better
        level = await _code_and_hear(run, wanted, mix, out)
    return Recorded(frozenset(mix.gains), level)


async def _listen(run: Run, wanted: Soundtrack) -> dict[str, Level]:
    if not wanted.sources:
        return {}
    outputs = [("-map", f"[{source.name}]", "-f", "null", "-") for source in wanted.sources]
    printed = await run(
        [
            *_general(),
            *_reading(sound.inputs_of(wanted.sources)),
            *("-filter_complex", wanted.listening()),
            *(word for output in outputs for word in output),
        ]
    )
    return loudness.levels(printed)


async def _code(run: Run, wanted: Soundtrack, mix: Mix | None, out: Path) -> None:
    inputs = sound.inputs_of(wanted.heard(mix))
    graph = ("-filter_complex", wanted.mixing(mix))
    coded = [*command.track(out), *command.in_step(inputs, "video")]
    await run([*_general(), *_reading(inputs), *graph, *coded])


async def _code_and_hear(run: Run, wanted: Soundtrack, mix: Mix, out: Path) -> Level:
    await _code(run, wanted, mix, out)
    measure = ("-af", loudness.filter_of(_CODED), "-f", "null", "-")
    return loudness.levels(await run([*_general(), *command.own(out), *measure]))[_CODED]


def _general() -> list[str]:
    return [*command.general(), *command.telling()]


def _reading(inputs: Sequence[Input]) -> list[str]:
    return [word for one in inputs for word in command.reading(one, threads=1)]
