"""A part of the local stack: how it is started, when it is ready, and how it stops."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")

LOG_LIMIT = 10_000_000
"""Bytes of a log file that are kept when a part starts; one older file stays beside it."""


async def at_once() -> bool:
    """Say ready: for a part that nobody waits for."""
    return True


def nothing() -> None:
    """Do nothing: for a part that needs no preparation."""


@dataclass(frozen=True)
class Part:
    """One process of the stack."""

    name: str
    argv: tuple[str, ...]
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready: Callable[[], Awaitable[bool]] = at_once
    """Asked again and again until it is true."""
    prepare: Callable[[], None] = nothing
    """Called before every start."""
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """What it gets when its supervisor is gone."""
    stop_seconds: float = 10
    """How long it may take to stop before it is killed."""
    user: int | None = None
    """The user and group id to run as, when the supervisor is root."""


def spawn(part: Part) -> subprocess.Popen[bytes]:
    """Start a part in a process group of its own, its output appended to its log."""
    part.prepare()
    _keep_log_small(part.log)
    leash = (sys.executable, "-I", "-S", str(LEASH))
    user = -1 if part.user is None else part.user
    with part.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own programs, no shell
            (*leash, str(os.getpid()), str(int(part.orphan_signal)), str(user), *part.argv),
            env=dict(part.environ),
            cwd=part.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill_group(pid: int, sign: signal.Signals = signal.SIGKILL) -> bool:
    """Send a signal to a part and all it started; False when nothing is left of it."""
    try:
        os.killpg(pid, sign)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message."""
    with suppress(OSError), path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8000))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    return ""


def _keep_log_small(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
