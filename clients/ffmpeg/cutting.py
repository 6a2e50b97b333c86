"""Cuts long footage into clips, without decoding a picture: every packet is in just one clip."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import command, process
from clients.ffmpeg.command import Input
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_gameplay
from clients.ffmpeg.running import counting, run_ffmpeg

CLIP_SECONDS = 120.0
"""About as long is a clip: several windows, and no more to fetch for each Reel than needed."""

MAX_CLIP_BYTES = 5 << 30
"""The most that S3 takes in one request (PutObject, Amazon S3 API reference, 2026)."""

_SPARE = 1.0
"""Seconds by which the clips together may be shorter or longer than their original."""
_SLOWEST = 5 << 20
"""Bytes a second that a disk copies at the least."""
_ONLY_MOV = frozenset({"prores", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_f32le"})
"""Codecs that MP4 does not hold and QuickTime does."""


@dataclass(frozen=True)
class Muxer:
    """Of the clips: FFmpeg's name for it, and how its files end."""

    name: str
    ending: str


def clips_in(seconds: float) -> int:
    """How many clips a file of a length is cut into, all about equally long."""
    return max(round(seconds / CLIP_SECONDS), 1)


async def cut(
    executable: str, path: Path, folder: Path, *, progress: Callable[[float], None]
) -> list[Path]:
    """Write the clips of a video file into a folder, in order; `progress` gets per cent.

    A clip begins at a key frame, so that one may be longer than the others where these are
    rare. Again: the same bytes. Raises BadMedia, by the rule `uncuttable` when the clips
    together are not the whole; Retryable when the disk ran full.
    """
    facts = await probe(path)
    video = refuse_gameplay(facts)
    seconds = video.seconds or facts.seconds
    muxer = _muxer(facts)
    streams = [video.index, *([facts.audio.index] if facts.audio else [])]
    argv = [
        *command.general(),
        *command.progress(),
        *command.reading(Input(path, facts, seconds=2 * seconds + 60), threads=1),
        *(word for index in streams for word in ("-map", f"0:{index}")),
        *("-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-f", "segment", "-segment_format", muxer.name, "-reset_timestamps", "1"),
        *("-segment_time", f"{seconds / clips_in(seconds):.6f}"),
        _pattern(folder, muxer),
    ]
    await run_ffmpeg(executable, argv, _limits(facts), counting(seconds, progress))
    return sorted(folder.glob(f"clip-*{muxer.ending}"))


def refuse_cuts(lengths: list[float], whole: float) -> None:
    """Hold the lengths of the clips to their original's. Raises BadMedia `uncuttable`."""
    if abs(sum(lengths) - whole) > _SPARE + len(lengths) / 30:
        got = f"its clips last {sum(lengths):.1f} of {whole:.1f} s"
        raise BadMedia("uncuttable", f"{got}; export the file again as MP4")


def _muxer(facts: MediaFacts) -> Muxer:
    """The original's own kind of file, which is known to hold its streams."""
    if facts.container == "matroska":
        return Muxer("matroska", ".mkv")
    codecs = {one.codec for one in (facts.video, facts.audio) if one is not None}
    return Muxer("mov", ".mov") if codecs & _ONLY_MOV else Muxer("mp4", ".mp4")


def _pattern(folder: Path, muxer: Muxer) -> str:
    """The clips' names; a per cent sign of the folder's own is no number."""
    return f"file:{str(folder.absolute()).replace('%', '%%')}/clip-%05d{muxer.ending}"


def _limits(facts: MediaFacts) -> process.Limits:
    seconds = 60 + facts.bytes / _SLOWEST
    return process.Limits(
        wall_seconds=seconds, cpu_seconds=int(seconds), file_bytes=facts.bytes + (64 << 20)
    )
