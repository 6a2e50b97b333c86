"""The folder of one local stack: its data, its logs, and who is running in it."""

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runtime.settings import STACK_FILE
from runtime.stack.parts import kill_group

SWEEP_SECONDS = 5
"""How long what a killed supervisor left may take to stop."""


@dataclass(frozen=True)
class Home:
    """Where everything of one stack lies."""

    path: Path

    def make(self) -> None:
        """Create the folder, for its owner to write."""
        self.logs.mkdir(parents=True, exist_ok=True)

    @property
    def logs(self) -> Path:
        """One file for each part."""
        return self.path / "logs"

    @property
    def settings_file(self) -> Path:
        """Every setting of the running stack, private."""
        return self.path / STACK_FILE

    @property
    def registry(self) -> "Registry":
        """The process ids of the parts."""
        return Registry(self.path / "parts.json")

    @property
    def supervisor_pid(self) -> int | None:
        """The process that holds this home, None when nobody does."""
        try:
            with self._lock_file.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._lock_file.read_text().strip() or 0)
        return None

    def hold(self) -> IO[str] | None:
        """Take this home for the life of the returned file; None when another process has it."""
        lock = self._lock_file.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        return lock

    def wipe(self) -> None:
        """Delete everything in it but the lock, whoever holds that."""
        for path in self.path.iterdir():
            if path == self._lock_file:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self.make()

    def write_settings(self, settings: dict[str, str]) -> None:
        """Write the settings file, readable by its owner alone."""
        lines = ["# The settings of this local stack. Load them with: set -a; . this-file", ""]
        lines += [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
        write_private(self.settings_file, "\n".join(lines) + "\n")

    @property
    def _lock_file(self) -> Path:
        return self.path / "lock"


class Registry:
    """Process ids on disk, so that a later start can end what a killed supervisor left."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self._path = path

    def remember(self, name: str, pid: int) -> None:
        """Write down a part's process and when it began, which tells it from a namesake."""
        self._write(self.known() | {name: (pid, began(pid))})

    def forget(self, name: str) -> None:
        """Cross out a part that was stopped."""
        known = self.known()
        if known.pop(name, None):
            self._write(known)

    def sweep(self) -> list[str]:
        """End what is still running of the parts, and return their names."""
        # A part that is gone may have left children in its group; another process that has
        # its number by now began at another time.
        ours = {name: pid for name, (pid, at) in self.known().items() if began(pid) in {"", at}}
        left = [name for name, pid in ours.items() if began(pid)]
        for sign in (signal.SIGINT, signal.SIGKILL):
            for pid in ours.values():
                kill_group(pid, sign)
            deadline = time.monotonic() + SWEEP_SECONDS
            while any(map(began, ours.values())) and time.monotonic() < deadline:
                time.sleep(0.05)
        self._write({})
        return left

    def known(self) -> dict[str, tuple[int, str]]:
        """Each part's process id and when that process began."""
        try:
            known = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {name: (int(pid), str(at)) for name, (pid, at) in known.items()}

    def _write(self, known: dict[str, tuple[int, str]]) -> None:
        if known or self._path.exists():
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(known))
            new.replace(self._path)


def began(pid: int) -> str:
    """When a process began, in whatever unit the system has; empty when it is not running."""
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        state, *fields = stat.rpartition(")")[2].split()
        return "" if state in "ZX" else fields[18]
    if Path("/proc/self/stat").exists():
        return ""
    shown = subprocess.run(  # noqa: S603 - a number is its only argument
        ("ps", "-o", "stat=,lstart=", "-p", str(pid)),  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return "" if shown.startswith("Z") else shown.partition(" ")[2]


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
