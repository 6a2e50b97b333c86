"""Reads what the index of an MP4 file says about its tracks, where FFmpeg keeps it to itself.

Layouts: ISO/IEC 14496-12 for mvhd, tkhd, mdhd, hdlr, stsd, colr, ctts and stsz; 14496-15, 5.3.3.1,
for avcC; 14496-1, 7.2.6, and 14496-3, 1.6.2.1, for esds.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clients.ffmpeg.boxes import Box
from clients.ffmpeg.errors import BadMedia

_MOST_BYTES = 8 << 20
"""Of one box that is read: the sample sizes of a day of sound are smaller."""
_HEADER = 8
_VISUAL, _AUDIBLE = 78, 28
"""Bytes of a sample entry before its own boxes."""
_UNITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_CONTRADICTION = "the file's index contradicts itself; export it again"
_DECODER, _SPECIFIC = 4, 5
"""Descriptors in esds."""


@dataclass(frozen=True)
class Avc:
    """How H.264 is set up (avcC)."""

    level: int
    """Ten times the level: 42 is 4.2."""
    length_size: int
    """Bytes before each unit."""
    sets: int
    """Sequence and picture parameter sets that stand in the index."""


@dataclass(frozen=True)
class Track:
    """One track, as its headers have it."""

    kind: str
    """`vide` or `soun`."""
    enabled: bool
    turned: bool
    """Its picture is turned, mirrored or moved."""
    shown: tuple[float, float]
    """Width and height; 0 for sound."""
    timescale: int
    """Ticks of a second."""
    seconds: float
    entries: tuple[str, ...]
    """How its samples are coded, like `avc1`; more than one when that changes within."""
    notes: frozenset[str]
    """Boxes about the first of these, like `avcC`."""
    first_offset: int
    """Ticks by which the first picture is shown after it is decoded."""
    bytes: int
    """Of all samples."""
    avc: Avc | None = None
    colour: tuple[int, int, int, bool] | None = None
    """Primaries, transfer, matrix (ITU-T H.273), and whether the range is full."""
    audio_object: int | None = None
    """MPEG-4 audio object type: 2 is AAC-LC; None for what is not MPEG-4 audio."""


@dataclass(frozen=True)
class Movie:
    """The index of a file."""

    brand: str
    turned: bool
    rate: float
    """How fast it wants to be played; 1 is as filmed."""
    seconds: float
    tracks: tuple[Track, ...]

    def track(self, kind: str) -> Track | None:
        """The first track of a kind."""
        return next((track for track in self.tracks if track.kind == kind), None)


def read_movie(path: Path, boxes: Sequence[Box]) -> Movie:
    """The index of a file whose boxes were listed. Raises BadMedia `damaged`."""
    with path.open("rb") as file:
        try:
            return _Reader(file, boxes).movie()
        except (struct.error, IndexError, ZeroDivisionError):
            raise BadMedia("damaged", _CONTRADICTION) from None


def last_whole_cut(path: Path, boxes: Sequence[Box], most: int) -> int:
    """The most pictures, of at most so many, that can be kept without a gap among them.

    Pictures are stored in the order of decoding: after some of them, one that is shown
    earlier is still to come. Only tracks whose pictures last equally long are understood.
    Raises BadMedia `damaged`.
    """
    with path.open("rb") as file:
        try:
            places = _Reader(file, boxes).places()
        except (struct.error, IndexError, ZeroDivisionError):
            raise BadMedia("damaged", _CONTRADICTION) from None
    highest, whole = -1, 0
    for number, place in enumerate(places[:most], start=1):
        highest = max(highest, place)
        whole = number if highest < number else whole
    return whole


@dataclass(frozen=True)
class _Reader:
    file: BinaryIO
    boxes: Sequence[Box]

    def movie(self) -> Movie:
        header = self._content(self._one("moov/mvhd"))
        scale, length, at = _times(header)
        (rate,) = struct.unpack_from(">i", header, at)
        return Movie(
            brand=self._content(self._one("ftyp"))[:4].decode("latin-1"),
            turned=header[at + 16 : at + 52] != _UNITY,
            rate=rate / (1 << 16),
            seconds=length / scale,
            tracks=tuple(self._track(box) for box in self.boxes if box.path == "moov/trak"),
        )

    def places(self) -> list[int]:
        """Of each picture in the order of decoding, its place in the order of showing."""
        trak = next(
            (
                box
                for box in self.boxes
                if box.path == "moov/trak" and self._track(box).kind == "vide"
            ),
            None,
        )
        if trak is None:
            return []
        _, count, step = struct.unpack_from(">III", self._table("stts", trak))
        return _places(self._table("ctts", trak), count, step)

    def _track(self, trak: Box) -> Track:
        header = self._content(self._one("moov/trak/tkhd", trak))
        flags, at = header[3], 84 if header[0] else 72
        width, height = struct.unpack_from(">II", header, at + 4)
        scale, length, _ = _times(self._content(self._one("moov/trak/mdia/mdhd", trak)))
        entries = list(_entries(self._table("stsd", trak)))
        kind = self._content(self._one("moov/trak/mdia/hdlr", trak))[8:12].decode("latin-1")
        inner = dict(_boxes(entries[0][1][_VISUAL if kind == "vide" else _AUDIBLE :]))
        return Track(
            kind=kind,
            enabled=bool(flags & 1),
            turned=header[at - 32 : at + 4] != _UNITY,
            shown=(width / (1 << 16), height / (1 << 16)),
            timescale=scale,
            seconds=length / scale,
            entries=tuple(name for name, _ in entries),
            notes=frozenset(inner),
            first_offset=_first_offset(self._table("ctts", trak)),
            bytes=_total(self._table("stsz", trak)),
            avc=_avc(inner["avcC"]) if "avcC" in inner else None,
            colour=_colour(inner.get("colr", b"")),
            audio_object=_audio_object(inner.get("esds", b"")),
        )

    def _table(self, kind: str, trak: Box) -> bytes:
        """A box of the sample table without its version and flags; empty when there is none."""
        path = f"moov/trak/mdia/minf/stbl/{kind}"
        found = [box for box in self._within(trak) if box.path == path]
        return self._content(found[0])[4:] if found else b""

    def _one(self, path: str, within: Box | None = None) -> Box:
        for box in self._within(within) if within else self.boxes:
            if box.path == path:
                return box
        raise IndexError(path)

    def _within(self, trak: Box) -> list[Box]:
        return [box for box in self.boxes if trak.start < box.start < trak.end]

    def _content(self, box: Box) -> bytes:
        self.file.seek(box.start + box.header)
        return self.file.read(min(box.size - box.header, _MOST_BYTES))


def _times(header: bytes) -> tuple[int, int, int]:
    """Timescale, length, and where they end, of mvhd and mdhd."""
    layout, at = (">IQ", 20) if header[0] else (">II", 12)
    scale, length = struct.unpack_from(layout, header, at)
    return scale, length, at + struct.calcsize(layout)


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Types and contents of the boxes that lie in a piece of one."""
    at = 0
    while at + _HEADER <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8].decode("latin-1"), data[at + _HEADER : at + size]
        at += max(size, _HEADER)


def _entries(table: bytes) -> Iterator[tuple[str, bytes]]:
    """Sample entries of stsd."""
    return _boxes(table[4:])


def _first_offset(table: bytes) -> int:
    """Of ctts; every picture is shown when it is decoded where there is none."""
    return int(struct.unpack_from(">i", table, 8)[0]) if table else 0


def _places(table: bytes, count: int, step: int) -> list[int]:
    """By the offsets of ctts from the order of decoding, in steps of one picture."""
    if not table:
        return list(range(count))
    (runs,) = struct.unpack_from(">I", table)
    offsets: list[int] = []
    for run in range(runs):
        times, offset = struct.unpack_from(">Ii", table, 4 + 8 * run)
        offsets += [offset] * min(times, count - len(offsets))
    return [number + offset // step for number, offset in enumerate(offsets)]


def _total(table: bytes) -> int:
    """Of stsz: one size for all, or one for each."""
    size, count = struct.unpack_from(">II", table)
    return int(size * count) if size else sum(struct.unpack_from(f">{count}I", table, 8))


def _avc(config: bytes) -> Avc:
    sequences = config[5] & 0x1F
    at = 6
    for _ in range(sequences):
        at += 2 + int(struct.unpack_from(">H", config, at)[0])
    return Avc(level=config[3], length_size=1 + (config[4] & 3), sets=sequences + config[at])


def _colour(box: bytes) -> tuple[int, int, int, bool] | None:
    if box[:4] != b"nclx":
        return None
    primaries, transfer, matrix, full = struct.unpack_from(">HHHB", box, 4)
    return primaries, transfer, matrix, bool(full >> 7)


def _audio_object(esds: bytes) -> int | None:
    """The first five bits of what the decoder is told, when that is MPEG-4 audio."""
    found = dict(_descriptors(esds[4:]))
    if found.get(_DECODER, b"")[:1] != b"\x40" or not found.get(_SPECIFIC):
        return None
    return found[_SPECIFIC][0] >> 3


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Descriptors of esds, those within the others included."""
    within = {3: 3, _DECODER: 13}
    at = 0
    while at + 1 < len(data):
        tag, at, length = data[at], at + 1, 0
        while data[at] & 0x80:
            length, at = (length << 7) | (data[at] & 0x7F), at + 1
        length, at = (length << 7) | data[at], at + 1
        yield tag, data[at : at + length]
        at += within.get(tag, length)
