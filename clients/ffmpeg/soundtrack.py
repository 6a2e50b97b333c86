"""Makes the Reel's sound in runs of its own: listen, mix and code, listen again."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from clients.ffmpeg import command, loudness, sound
from clients.ffmpeg.command import Input
from clients.ffmpeg.loudness import Level, Mix
from clients.ffmpeg.sound import Source

Run = Callable[[list[str]], Awaitable[str]]
"""Runs FFmpeg with these arguments and returns the end of its stderr."""

_TRIES = 4
"""Each brings the level and the peak nearer; the second is nearly always right."""
_CODED = "coded"


async def record(run: Run, sources: Sequence[Source], samples: int, *, out: Path) -> Level | None:
    """Write the sound of a Reel, an MP4 with nothing but AAC, as long as so many samples.

    Returns how loud it is, or None when nothing is to be heard: then it is silence. It has
    -14 LUFS and a true peak under -1 dBTP, or is quieter when it would have to be limited
    too much. Again: writes the same bytes.
    """
    mix = loudness.first_mix(await _listen(run, sources, samples), _wanted(sources))
    if mix is None:
        await _code(run, sources, None, samples, out)
        return None
    level = await _code_and_hear(run, sources, mix, samples, out)
    for left in reversed(range(_TRIES - 1)):
        better = loudness.next_mix(mix, level, last=left == 0)
        if better is None:
            break
        mix = better
        level = await _code_and_hear(run, sources, mix, samples, out)
    return level


def _wanted(sources: Sequence[Source]) -> dict[str, float]:
    return {source.name: source.wanted for source in sources}


async def _listen(run: Run, sources: Sequence[Source], samples: int) -> dict[str, Level]:
    if not sources:
        return {}
    outputs = [("-map", f"[{source.name}]", "-f", "null", "-") for source in sources]
    printed = await run(
        [
            *_reading(sound.inputs_of(sources)),
            *("-filter_complex", sound.listening(sources, samples)),
            *(word for output in outputs for word in output),
        ]
    )
    return loudness.levels(printed)


async def _code(
    run: Run, sources: Sequence[Source], mix: Mix | None, samples: int, out: Path
) -> None:
    heard = [source for source in sources if mix and source.name in mix.gains]
    inputs = sound.inputs_of(heard)
    graph = ("-filter_complex", sound.mixing(heard, mix, samples))
    await run([*_reading(inputs), *graph, *command.track(out), *command.in_step(inputs, "video")])


async def _code_and_hear(
    run: Run, sources: Sequence[Source], mix: Mix, samples: int, out: Path
) -> Level:
    await _code(run, sources, mix, samples, out)
    measure = ("-af", loudness.filter_of(_CODED), "-f", "null", "-")
    return loudness.levels(await run([*command.own(out), *measure]))[_CODED]


def _reading(inputs: Sequence[Input]) -> list[str]:
    return [word for one in inputs for word in command.reading(one, threads=1)]
