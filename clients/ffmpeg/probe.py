"""Reads a media file in a child process of its own, under limits."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Look:
    """A file to look at, and how closely."""

    path: Path
    whole: bool = False
    """Every packet, not only up to the first picture."""
    container: Container | None = None
    """None is a video's, found out from the file."""


async def probe(
    path: Path, *, whole: bool = False, container: Container | None = None
) -> MediaFacts:
    """Facts of a video file: up to its first picture or, when `whole`, of every packet.

    Raises BadMedia with the rules of `sniff.container_of`, or `growing`, `unreadable`,
    `too-large` or `too-slow`.
    """
    (found,) = await probe_each([Look(path, whole, container)])
    if isinstance(found, BadMedia):
        raise found
    return found


async def probe_each(looks: Sequence[Look]) -> list[MediaFacts | BadMedia]:
    """The same for several files, in their order; what refuses one stands in its place.

    They share a child, because to start one costs as much as to read a file. Where it breaks
    over a file, that one and those behind it are read again, each alone.
    """
    known = [await _known(look) for look in looks]
    readable = [look for look in known if isinstance(look, Look)]
    found = await _read(readable)
    for look in readable[len(found) :]:
        found += await _read([look]) or [_broken()]
    each = iter(found)
    return [next(each) if isinstance(look, Look) else look for look in known]


def probe_now(path: Path, *, whole: bool = False) -> MediaFacts:
    """As `probe`, for callers without an event loop."""
    argv, limits = _command([Look(path, whole, sniff.container_of(path))])
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
        raise _too_slow() from None
    found = _facts(child.stdout.decode(errors="replace"))
    if isinstance(found, BadMedia):
        raise found
    return found


async def _known(look: Look) -> Look | BadMedia:
    """With its container."""
    try:
        return replace(look, container=look.container or sniff.container_of(look.path))
    except BadMedia as refused:
        # A recording under way ends in the middle of something, as a broken one does.
        if refused.rule == "truncated" and await _grows(look.path):
            return BadMedia("growing", "the file still grows: wait until it is whole")
        return refused


async def _grows(path: Path) -> bool:
    size = path.stat().st_size
    await asyncio.sleep(_A_MOMENT)
    return path.stat().st_size != size


async def _read(looks: Sequence[Look]) -> list[MediaFacts | BadMedia]:
    """What a child found, up to the file that it broke over."""
    if not looks:
        return []
    lines: list[str] = []
    argv, limits = _command(looks)
    ended = await process.run(argv, limits=limits, on_line=lines.append)
    if ended.timed_out and len(looks) == 1:
        return [_too_slow()]
    return [_facts(line) for line in lines]


def _command(looks: Sequence[Look]) -> tuple[list[str], process.Limits]:
    words: list[str] = []
    seconds = 0.0
    for look in looks:
        size = look.path.stat().st_size
        seconds += _SECONDS + (size / _BYTES_PER_SECOND if look.whole else 0)
        mode = "all" if look.whole else "begin"
        words += [str(look.container), str(size), mode, str(look.path.absolute())]
    child = [sys.executable, "-I", str(_CHILD), str(MAX_PIXELS), *words]
    return child, process.Limits(wall_seconds=seconds, cpu_seconds=int(seconds), file_bytes=0)


def _facts(answer: str) -> MediaFacts | BadMedia:
    try:
        facts = _ANSWER.validate_json(answer)
    except ValidationError:
        return _broken()
    return BadMedia(facts.refused, facts.message) if isinstance(facts, _Unreadable) else facts


def _too_slow() -> BadMedia:
    return BadMedia("too-slow", "reading the file took too long; export it again as MP4")


def _broken() -> BadMedia:
    """The child died of its limits or of the file itself: either way the file is why."""
    return BadMedia("unreadable", "the file broke its reader; export it again")
