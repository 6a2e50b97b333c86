"""Runs one limited child process, and never leaves it behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_ERROR_TAIL = 4000
_GRACE = 1.0
"""Seconds between asking a child to end and ending it; cancelling is through within two."""


@dataclass(frozen=True)
class Limits:
    """What one child may use up. Beyond any of them it is killed."""

    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int = 6 << 30
    """Address space, which is several times what is really used: threads reserve it."""
    file_bytes: int = 300 << 20
    """The largest file it may write; Instagram takes no larger one."""


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    code: int
    """Its exit code, or minus the signal that ended it."""
    errors: str
    """The last of what it wrote to stderr."""
    timed_out: bool = False


def limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """The command that runs `argv` under its limits, as a child of this very process."""
    numbers = (os.getpid(), limits.cpu_seconds, limits.memory_bytes, limits.file_bytes)
    return [sys.executable, "-I", "-S", str(_LAUNCH), *(str(n) for n in numbers), *argv]


async def run(
    argv: Sequence[str],
    *,
    limits: Limits,
    on_line: Callable[[str], None] | None = None,
    folder: Path | None = None,
) -> Ended:
    """Run to the end in a folder, hand each line of stdout to `on_line`, keep the end of stderr.

    The child has no environment of ours, no stdin, and a session of its own. When this
    call is cancelled or fails, the child is asked to end and, a second later, made to.
    """
    child = await asyncio.create_subprocess_exec(
        *limited(argv, limits),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LC_ALL": "C"},
        cwd=folder,
        start_new_session=True,
    )
    tail = bytearray()
    try:
        async with asyncio.timeout(limits.wall_seconds):
            await asyncio.gather(_lines(child, on_line), _keep_tail(child, tail), child.wait())
    except TimeoutError:
        await _stop(child)
        return Ended(_code(child), tail.decode(errors="replace"), timed_out=True)
    finally:
        await _stop(child)
    return Ended(_code(child), tail.decode(errors="replace"))


async def _lines(child: asyncio.subprocess.Process, on_line: Callable[[str], None] | None) -> None:
    if child.stdout is None:
        return
    async for line in child.stdout:
        if on_line is not None:
            on_line(line.decode(errors="replace").rstrip("\n"))


async def _keep_tail(child: asyncio.subprocess.Process, tail: bytearray) -> None:
    if child.stderr is None:
        return
    while chunk := await child.stderr.read(_ERROR_TAIL):
        tail += chunk
        del tail[:-_ERROR_TAIL]


async def _stop(child: asyncio.subprocess.Process) -> None:
    """Terminate the child's whole group, then kill it. A second cancellation kills at once."""
    if child.returncode is not None:
        return
    _signal_group(child, signal.SIGTERM)
    try:
        async with asyncio.timeout(_GRACE):
            await child.wait()
    except TimeoutError:
        pass
    finally:
        if child.returncode is None:
            _signal_group(child, signal.SIGKILL)
    await child.wait()


def _signal_group(child: asyncio.subprocess.Process, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, sign)


def _code(child: asyncio.subprocess.Process) -> int:
    return -signal.SIGKILL if child.returncode is None else child.returncode
