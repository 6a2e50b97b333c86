"""Reads a media file in a child process of its own, under limits."""

import asyncio
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from clients.ffmpeg import process, sniff
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import Container, MediaFacts
from schemas.base import Frozen

MAX_PIXELS = 4096 * 2304
"""Both kinds of 4K, and the rows that coders add below them."""

_CHILD = Path(__file__).with_name("probe_child.py")
_SECONDS = 20.0
_A_MOMENT = 0.5
"""Recorders write several times a second."""
_BYTES_PER_SECOND = 20 << 20
"""How fast a disk is read at the slowest, when every packet is wanted."""


class _Unreadable(Frozen):
    refused: str
    message: str


_ANSWER: TypeAdapter[MediaFacts | _Unreadable] = TypeAdapter(MediaFacts | _Unreadable)


async def probe(
    path: Path, *, whole: bool = False, container: Container | None = None
) -> MediaFacts:
    """Facts of a video file: up to its first picture or, when `whole`, of every packet.

    `container` None is a video's, found out here. Raises BadMedia with the rules of
    `sniff.container_of`, or `growing`, `unreadable`, `too-large` or `too-slow`.
    """
    lines: list[str] = []
    try:
        container = container or sniff.container_of(path)
    except BadMedia as refused:
        # A recording under way ends in the middle of something, as a broken one does.
        if refused.rule == "truncated" and await _grows(path):
            raise BadMedia("growing", "the file still grows: wait until it is whole") from None
        raise
    argv, limits = _command(path, container, whole=whole)
    ended = await process.run(argv, limits=limits, on_line=lines.append)
    return _facts("\n".join(lines), too_slow=ended.timed_out)


def probe_now(path: Path, *, whole: bool = False) -> MediaFacts:
    """The same for callers without an event loop."""
    argv, limits = _command(path, sniff.container_of(path), whole=whole)
    try:
        child = subprocess.run(  # noqa: S603 - an argv list of our own making
            process.limited(argv, limits),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"LC_ALL": "C"},
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _facts("", too_slow=True)
    return _facts(child.stdout.decode(errors="replace"), too_slow=False)


async def _grows(path: Path) -> bool:
    size = path.stat().st_size
    await asyncio.sleep(_A_MOMENT)
    return path.stat().st_size != size


def _command(path: Path, container: Container, *, whole: bool) -> tuple[list[str], process.Limits]:
    size = str(path.stat().st_size)
    mode = "all" if whole else "begin"
    seconds = _SECONDS + (int(size) / _BYTES_PER_SECOND if whole else 0)
    child = [sys.executable, "-I", str(_CHILD), container, size, str(MAX_PIXELS), mode]
    limits = process.Limits(wall_seconds=seconds, cpu_seconds=int(seconds), file_bytes=0)
    return [*child, str(path.absolute())], limits


def _facts(answer: str, *, too_slow: bool) -> MediaFacts:
    if too_slow:
        raise BadMedia("too-slow", "reading the file took too long; export it again as MP4")
    try:
        facts = _ANSWER.validate_json(answer)
    except ValidationError:
        # The child died of its limits or of the file itself: either way the file is why.
        raise BadMedia("unreadable", "the file broke its reader; export it again") from None
    if isinstance(facts, _Unreadable):
        raise BadMedia(facts.refused, facts.message)
    return facts
