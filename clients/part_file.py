"""A file on its way in: written beside its place, and moved there when it is whole."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.errors import Retryable
from schemas.failures import FailureKind

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_BLOCK = 1024 * 1024


class PartFile:
    """`<name>.part` in the folder of the finished file, continued when it is already there.

    Its folder belongs to one file: what an earlier try left there is taken for its beginning.
    """

    def __init__(self, into: Path) -> None:
        self._into = into
        self._path = into.with_name(into.name + ".part")
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self._path, flags, 0o600), "r+b")
        self._digest = hashlib.sha256()
        self.size = 0
        self.head = b""
        """The first bytes, enough to see what kind of file it is."""
        while block := self._file.read(_BLOCK):
            self._count(block)

    @property
    def sha256(self) -> str:
        """Hex digest of what is there so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Append. Raises OSError."""
        self._file.write(data)
        self._count(data)

    def restart(self) -> None:
        """Throw away what is there."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size = 0
        self.head = b""

    def finish(self) -> None:
        """Move the whole file into its place, surely on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(self._into)

    def close(self) -> None:
        """Leave what is there for a later try. Again: nothing."""
        self._file.close()

    def discard(self) -> None:
        """Remove what is there: it is not worth continuing."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _count(self, data: bytes) -> None:
        self.size += len(data)
        self._digest.update(data)
        if len(self.head) < 16:  # noqa: PLR2004 - a box header and its brand
            self.head = (self.head + data)[:16]


@contextmanager
def disk_errors(service: str) -> Iterator[None]:
    """Turn a full disk into a Retryable of kind DISK_LOW."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise Retryable(
            service, FailureKind.DISK_LOW, "the disk is full; free some room for temporary files"
        ) from None
