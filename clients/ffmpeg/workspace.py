"""Folders that live as long as the work in them, even when the worker is killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.errors import Refused, Retryable
from schemas.failures import FailureKind

_PREFIX = "composing-"
_LOCK = ".in-use"
_DOOR = ".making-folders"


@contextmanager
def own_folder(parent: Path, *, needs_bytes: int) -> Iterator[Path]:
    """An empty folder below `parent`, removed at the end whatever happens.

    A killed worker can't remove its folder, so the next one to come removes it: the kernel
    has let go of the dead worker's lock. Raises Retryable of kind DISK_LOW, before anything
    is made, when the disk has less than `needs_bytes` free, and Refused (CONFIGURATION) when
    another user has taken the name of this user's part of `parent`.
    """
    place = _private(parent)
    with _one_at_a_time(place):
        _sweep(place)
        _refuse_low_disk(place, needs_bytes)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        in_use = (folder / _LOCK).open("w")
        fcntl.flock(in_use, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        with in_use, _one_at_a_time(place):
            shutil.rmtree(folder)


def _private(parent: Path) -> Path:
    """The part of a folder that is this user's alone: the system's is everybody's."""
    place = parent / f"reels-{os.getuid()}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.getuid():
        raise Refused("disk", FailureKind.CONFIGURATION, f"{place} is another user's: set WORK_DIR")
    return place


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
