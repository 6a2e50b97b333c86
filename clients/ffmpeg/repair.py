"""Mends a finished Reel that a platform takes for too long or too large."""

import shutil
from collections.abc import Callable
from pathlib import Path

from clients.ffmpeg import command, movie
from clients.ffmpeg.boxes import all_boxes
from clients.ffmpeg.command import GOP, Input
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.probe import probe
from clients.ffmpeg.reel import broken_rules
from clients.ffmpeg.runner import Run
from clients.ffmpeg.running import counting
from clients.ffmpeg.sound import FADE_OUT, PRIMING
from schemas.recut import MIN_SECONDS

LEAST_BITS = 1_000_000
"""Of picture in a second: below, 1080x1920 at 30 a second has 0.016 bits a pixel, and whatever
moves falls into blocks. A Reel that would need less is refused; trim it first."""

_MOST_BITS = 20_000_000
_OVERHEAD = 0.96
"""Of the bytes are for pictures and sound; the rest is the index, and what x264 misses by."""
_TRIES = 3
_SOUND_AS_IT_IS = ("-map", "0:a:0", "-c:a", "copy")
_SHRINK_MENDS = frozenset({"bytes", "bit-rate"})
"""Rules that a trimmed file may break still: it can be shrunk afterwards."""

Percent = Callable[[float], None]


def _silent(percent: float) -> None:
    """Tell nobody how far it is."""


async def trim(run: Run, reel: Path, seconds: float, *, out: Path) -> MediaFacts:
    """Write the Reel's beginning, at most that long, to `out`; the facts of the new file.

    The pictures are copied as they are, up to the last place where none is missing, which
    is within a few pictures of the length; the sound is coded anew and fades out. A Reel
    that is short enough is copied whole.

    Raises BadMedia: `too-short` under Instagram's 3 s, or `reel` with the rules that the
    result breaks, but for those that `shrink` mends; and what `run` raises.
    """
    facts = await probe(reel, whole=True)
    if facts.video is None or facts.video.seconds <= seconds:
        return await _copy(reel, out, but=_SHRINK_MENDS)
    frames = movie.last_whole_cut(reel, all_boxes(reel), int(seconds * FPS))
    if frames < MIN_SECONDS * FPS:
        text = f"the Reel would last {frames / FPS:.2f} s; {MIN_SECONDS} s is the least"
        raise BadMedia("too-short", text)
    argv = [
        *command.general(),
        *command.reading(Input(reel, facts, seconds=frames / FPS + 1), 1),
        *("-map", "0:v:0", "-c:v", "copy", "-frames:v", str(frames)),
        *("-map", "0:a:0", "-af", _faded(frames), "-c:a", "aac", "-b:a", "128k"),
        *("-ar", str(SAMPLE_RATE), "-ac", "2", "-flags:a", "+bitexact"),
        *_file(out),
    ]
    await run(argv)
    return await _accepted(out, but=_SHRINK_MENDS)


async def shrink(  # noqa: PLR0913 - two keyword-only ones say how it is run
    run: Run,
    reel: Path,
    most_bytes: int,
    *,
    out: Path,
    threads: int,
    progress: Percent = _silent,
) -> MediaFacts:
    """Write the whole Reel to `out` in at most so many bytes; the facts of the new file.

    The pictures are coded anew in two passes at x264's medium, which spends bits where they
    are seen; the sound is copied. A Reel that is small enough is copied whole. `out`'s folder
    also gets the notes of the first pass, which are removed. `progress` is told per cent.

    Raises BadMedia: `too-small-a-target` when the picture would get less than LEAST_BITS, or
    `reel` with the rules that the result breaks; and what `run` raises.
    """
    facts = await probe(reel, whole=True)
    if facts.bytes <= most_bytes:
        return await _copy(reel, out)
    track = movie.read_movie(reel, all_boxes(reel)).track("soun")
    spare = most_bytes * _OVERHEAD - (track.bytes if track else 0)
    notes = out.with_name(f".{out.name}.passes")
    try:
        for _ in range(_TRIES):
            bits = min(int(spare * 8 / facts.seconds), _MOST_BITS)
            _refuse_blocks(bits, facts.seconds)
            reading = command.reading(Input(reel, facts, seconds=facts.seconds + 1), threads)
            begin = [*command.general(), *command.progress(), *reading]
            coded = _coded(bits, notes, threads)
            first, second = _halves(facts.seconds, progress)
            await run([*begin, *coded, "-pass", "1", "-an", "-f", "null", "-"], first)
            await run([*begin, *coded, "-pass", "2", *_SOUND_AS_IT_IS, *_file(out)], second)
            written = out.stat().st_size
            if written <= most_bytes:
                return await _accepted(out)
            spare *= _OVERHEAD * most_bytes / written
    finally:
        for file in notes.parent.glob(f"{notes.name}*"):
            file.unlink()
    raise BadMedia("reel", f"the smallest file has {written} bytes, {most_bytes} are the most")


def _halves(seconds: float, progress: Percent) -> tuple[Callable[[str], None], ...]:
    """What each of two passes tells, as parts of the whole."""
    first = counting(seconds, lambda percent: progress(percent / 2))
    return first, counting(seconds, lambda percent: progress(50 + percent / 2))


def _refuse_blocks(bits: int, seconds: float) -> None:
    if bits < LEAST_BITS:
        text = f"{bits // 1000} kbit/s are left for the picture, {LEAST_BITS // 1000} are the least"
        raise BadMedia("too-small-a-target", f"{text}: trim the Reel below {seconds:.0f} s first")


def _coded(bits: int, notes: Path, threads: int) -> list[str]:
    """The picture as a Reel has it, at a bit rate instead of a quality."""
    most = str(min(2 * bits, _MOST_BITS))
    return [
        *(
            "-map",
            "0:v:0",
            "-c:v",
            "libx264",
            "-preset",
            "medium",
            "-profile:v",
            "high",
            "-level:v",
            "4.2",
        ),
        *("-pix_fmt", "yuv420p", "-b:v", str(bits), "-maxrate", most, "-bufsize", most),
        *("-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0"),
        *("-flags:v", "+cgop+bitexact", "-fps_mode", "cfr", "-r", str(FPS)),
        *("-x264-params", "rc-lookahead=20", "-bsf:v", "filter_units=remove_types=6"),
        *("-threads", str(threads), "-passlogfile", str(notes)),
    ]


def _faded(frames: int) -> str:
    """The sound up to there; the encoder puts its own priming where the old one was."""
    samples = frames * SAMPLE_RATE // FPS
    start = samples / SAMPLE_RATE - FADE_OUT
    cut = f"atrim=start_sample={PRIMING}:end_sample={samples},asetpts=PTS-STARTPTS"
    return f"afade=t=out:st={start:.3f}:d={FADE_OUT},apad,{cut}"


def _file(out: Path) -> list[str]:
    """How the file is written: as the engine writes it."""
    return [
        *("-map_metadata", "-1", "-map_chapters", "-1", "-metadata:s:v", "encoder="),
        *("-fflags", "+bitexact", "-movflags", "+faststart+negative_cts_offsets"),
        *("-use_editlist", "0", "-f", "mp4", f"file:{out.absolute()}"),
    ]


async def _copy(reel: Path, out: Path, *, but: frozenset[str] = frozenset()) -> MediaFacts:
    shutil.copyfile(reel, out)
    return await _accepted(out, but=but)


async def _accepted(out: Path, *, but: frozenset[str] = frozenset()) -> MediaFacts:
    facts = await probe(out, whole=True)
    if broken := [name for name in broken_rules(out, facts) if name not in but]:
        raise BadMedia("reel", f"the mended file breaks {', '.join(broken)}")
    return facts
