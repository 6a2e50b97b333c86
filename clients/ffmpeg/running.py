"""Runs FFmpeg to success, or says what its failure means."""

import re
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from clients.errors import Refused, Retryable
from clients.ffmpeg import process
from clients.ffmpeg.errors import BadMedia
from schemas.failures import FailureKind

_SERVICE = "ffmpeg"
_LAST_WORDS = 300
_GRAVE = re.compile(r"\[(error|fatal)\]")
_TIME = re.compile(r"out_time_us=(\d+)")


async def run_ffmpeg(
    executable: str,
    argv: Sequence[str],
    limits: process.Limits,
    on_line: Callable[[str], None] | None = None,
    folder: Path | None = None,
) -> str:
    """Run with these arguments in a folder; `on_line` gets each line of stdout. The end of stderr.

    Raises BadMedia when the files are why it failed, Retryable when the machine is, Refused
    (CONFIGURATION) when there is no FFmpeg.
    """
    program = shutil.which(executable)
    if program is None:
        message = "there is no FFmpeg at the path that is set; set FFMPEG_PATH or unset it"
        raise Refused(_SERVICE, FailureKind.CONFIGURATION, message)
    ended = await process.run([program, *argv], limits=limits, on_line=on_line, folder=folder)
    if ended.code != 0 or ended.timed_out:
        raise _failure(ended)
    return ended.errors


def counting(seconds: float, progress: Callable[[float], None]) -> Callable[[str], None]:
    """Reads what FFmpeg tells with `-progress`: how much is written, in per cent of a length."""

    def on_line(line: str) -> None:
        if found := _TIME.match(line):
            progress(min(int(found[1]) / 1e6 / seconds, 1.0) * 100)

    return on_line


def _failure(ended: process.Ended) -> Exception:
    """What a failed run means to the caller; our own paths stay out of the words."""
    if "No space left on device" in ended.errors:
        return Retryable("disk", FailureKind.DISK_LOW, "the work folder ran full; make room")
    if ended.timed_out:
        message = "took too long; the machine may be overloaded"
        return Retryable(_SERVICE, FailureKind.UNAVAILABLE, message)
    if ended.code in {-signal.SIGKILL, -signal.SIGTERM}:
        message = "was killed from outside; the machine may lack memory"
        return Retryable(_SERVICE, FailureKind.UNAVAILABLE, message)
    if ended.code == -signal.SIGXCPU:
        return BadMedia("too-slow", "reading the files costs too much; export them smaller")
    lines = [line for line in ended.errors.splitlines() if line.strip()]
    grave = [line for line in lines if _GRAVE.search(line)] or lines or ["no reason given"]
    words = re.sub(r"file:\S+", "the file", grave[0])
    return BadMedia("undecodable", f"FFmpeg could not use the files: {words[:_LAST_WORDS]}")
