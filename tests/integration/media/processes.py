"""Looks at the machine's processes."""

import os
from pathlib import Path


def children_of_this_process(word: str) -> list[int]:
    """Ids of this process's children whose command line has a word in it."""
    return [pid for pid in _children(os.getpid()) if word in _command(pid)]


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet reaped does not."""
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def _children(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _stat(pid)[1:2] == [str(parent)]]


def _stat(pid: int) -> list[str]:
    """State and parent id first; nothing when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
