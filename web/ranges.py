"""Byte ranges as players and browsers ask for them (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


class RangeUnsatisfiable(ValueError):
    """The range lies wholly outside of the file."""


@dataclass(frozen=True)
class ByteRange:
    """A stretch of a file; both ends are inside."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Bytes."""
        return self.last - self.first + 1


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The one range that is asked for of a file of `size` bytes; None means the whole file.

    Another unit, a malformed header and several ranges at once are ignored, as the RFC
    allows. Raises RangeUnsatisfiable.
    """
    asked = _ONE_RANGE.fullmatch(header or "")
    if asked is None:
        return None
    first, last = asked.groups()
    if not first:
        return _tail(last, size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeUnsatisfiable
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


def _tail(length: str, size: int) -> ByteRange | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise RangeUnsatisfiable
    return ByteRange(max(size - int(length), 0), size - 1)
