"""Reads the box structure of an MP4 or QuickTime file: order, edit lists, truncation.

Neither FFmpeg nor PyAV reports these. Layout: ISO/IEC 14496-12, section 4.2: a box is
a 32-bit size, a four-letter type, and, when the size is 1, a 64-bit size. Size 0 reaches to
the end of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clients.ffmpeg.errors import BadMedia

_PARENTS = frozenset({"moov", "trak", "edts", "mdia", "minf", "stbl", "udta", "mvex"})
_MEDIA = frozenset({"moov", "moof", "mdat"})
_HEADER = 8
_LONG_HEADER = 16
_MOST_BOXES = 200_000
"""Six hours in fragments of half a second are 90,000."""


@dataclass(frozen=True)
class Box:
    """One box: where it lies and what it is."""

    path: str
    """Types from the top, like `moov/trak/edts`."""
    start: int
    size: int
    header: int

    @property
    def end(self) -> int:
        """The first byte after the box."""
        return self.start + self.size

    @property
    def type(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def top_boxes(path: Path) -> list[Box]:
    """The boxes at the top of an input, in order; whatever follows the media is let pass.

    Raises BadMedia `truncated` when the file ends inside its media or before its index,
    `damaged` when a size makes no sense.
    """
    boxes: list[Box] = []
    with path.open("rb") as file:
        end = file.seek(0, 2)
        try:
            boxes.extend(_boxes(file, 0, end, ""))
        except BadMedia as refused:
            # Recorders and muxers leave padding behind a whole file, and players accept it.
            if refused.rule == "truncated" or not _whole(boxes):
                raise
    if not _whole(boxes):
        raise BadMedia("truncated", "the file ends before its index (moov); send it again whole")
    return boxes


def all_boxes(path: Path) -> list[Box]:
    """Every box down to the sample tables, in order. Raises BadMedia like `top_boxes`."""
    with path.open("rb") as file:
        return list(_descend(file, 0, file.seek(0, 2), ""))


def _whole(boxes: list[Box]) -> bool:
    return {"moov", "mdat"} <= {box.type for box in boxes}


def _descend(file: BinaryIO, start: int, end: int, parent: str) -> Iterator[Box]:
    for box in _boxes(file, start, end, parent):
        yield box
        if box.type in _PARENTS:
            yield from _descend(file, box.start + box.header, box.end, box.path + "/")


def _boxes(file: BinaryIO, start: int, end: int, parent: str) -> Iterator[Box]:
    for _ in range(_MOST_BOXES):
        if start >= end:
            return
        box = _read(file, start, end, parent)
        yield box
        start = box.end
    raise BadMedia("damaged", "the file has more boxes than any video; export it again")


def _read(file: BinaryIO, start: int, end: int, parent: str) -> Box:
    file.seek(start)
    head = file.read(min(_LONG_HEADER, end - start))
    kind = head[4:8].decode("latin-1")
    size, header = int.from_bytes(head[:4]), _HEADER
    if size == 1:
        size, header = int.from_bytes(head[8:16]), _LONG_HEADER
    elif size == 0 and len(head) >= _HEADER:
        size = end - start
    if size < header or len(head) < header:
        raise BadMedia("damaged", "a box of the file has an impossible size; export it again")
    if start + size > end:
        rule = "truncated" if kind in _MEDIA else "damaged"
        raise BadMedia(rule, f"the file ends inside its box {kind!r}; send it again whole")
    return Box(parent + kind, start, size, header)
