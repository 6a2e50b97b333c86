"""Folders that live as long as the work in them, even when the worker is killed."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.errors import Retryable
from schemas.failures import FailureKind

_PREFIX = "composing-"
_LOCK = ".in-use"
_DOOR = ".making-folders"


@contextmanager
def own_folder(parent: Path, *, needs_bytes: int) -> Iterator[Path]:
    """An empty folder below `parent`, removed at the end whatever happens.

    A killed worker can't remove its folder, so the next one to come removes it: the kernel
    has let go of the dead worker's lock. Raises Retryable of kind DISK_LOW, before anything
    is made, when the disk has less than `needs_bytes` free.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(parent):
        _sweep(parent)
        _refuse_low_disk(parent, needs_bytes)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        in_use = (folder / _LOCK).open("w")
        fcntl.flock(in_use, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        with in_use, _one_at_a_time(parent):
            shutil.rmtree(folder)


@contextmanager
def _one_at_a_time(parent: Path) -> Iterator[None]:
    """Nobody sweeps a folder that is made and not yet locked, or half removed."""
    with (parent / _DOOR).open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with (folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder)


def _refuse_low_disk(parent: Path, needs_bytes: int) -> None:
    free = shutil.disk_usage(parent).free
    if free < needs_bytes:
        text = f"{needs_bytes >> 20} MB are needed in the work folder, {free >> 20} MB are free"
        raise Retryable("disk", FailureKind.DISK_LOW, f"{text}; make room")
