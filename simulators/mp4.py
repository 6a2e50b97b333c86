"""A look into an MP4, box by box, with the rules for Reels.

Sources: ISO/IEC 14496-12 for the boxes; Meta's IG User media reference for the rules.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

BAD_FORMAT, REJECTED = 2207026, 2207076
CODECS = (b"avc1", b"avc3", b"hvc1", b"hev1")
LARGEST = 300 * 1024 * 1024
SHORTEST_SECONDS, LONGEST_SECONDS = 3, 900
SLOWEST, FASTEST = 22.9, 60.1
WIDEST = 1920
LARGEST_HEADER = 64 * 1024 * 1024


class BadReel(Exception):
    """A file that the platform doesn't take: the rule that it breaks, and the subcode for it."""

    def __init__(self, rule: str, subcode: int) -> None:
        super().__init__(rule)
        self.subcode = subcode


@dataclass(frozen=True)
class Facts:
    """What the boxes say about a file."""

    seconds: float
    width: int
    height: int
    fps: float
    codec: str
    audio: str | None

    def as_dict(self) -> dict[str, Any]:
        """For the ledger."""
        return asdict(self)


def examine(file: Path) -> Facts:
    """The facts of an acceptable Reel. Raises BadReel."""
    if file.stat().st_size > LARGEST:
        raise BadReel("larger than 300 MB", BAD_FORMAT)
    with file.open("rb") as stream:
        moov = _movie_box(stream, file.stat().st_size)
    facts = _facts(moov)
    if not SHORTEST_SECONDS <= facts.seconds <= LONGEST_SECONDS:
        raise BadReel(f"lasts {facts.seconds:.2f} s, not 3 s to 15 min", BAD_FORMAT)
    if not SLOWEST <= facts.fps <= FASTEST:
        raise BadReel(f"{facts.fps:.2f} frames a second, not 23 to 60", BAD_FORMAT)
    if facts.width > WIDEST:
        raise BadReel(f"{facts.width} pixels wide, more than {WIDEST}", BAD_FORMAT)
    return facts


def _movie_box(stream: BinaryIO, length: int) -> bytes:
    """The content of `moov`, which must stand before `mdat`."""
    seen: list[bytes] = []
    position = 0
    while position + 8 <= length:
        stream.seek(position)
        size, kind, header = _header(stream.read(16))
        size = size or length - position
        if not seen and kind != b"ftyp":
            raise BadReel("doesn't begin as an MP4", BAD_FORMAT)
        if size < header or position + size > length:
            raise BadReel(f"the box {kind!r} ends outside the file", BAD_FORMAT)
        if kind == b"mdat":
            raise BadReel("moov stands after mdat", REJECTED)
        if kind == b"moov":
            if size > LARGEST_HEADER:
                raise BadReel("moov is too large", BAD_FORMAT)
            stream.seek(position + header)
            return stream.read(size - header)
        seen.append(kind)
        position += size
    raise BadReel("has no moov", BAD_FORMAT)


def _facts(moov: bytes) -> Facts:
    seconds, video, audio = 0.0, None, None
    for kind, content in _boxes(moov):
        if kind == b"mvhd":
            seconds = _duration(content)
        if kind != b"trak":
            continue
        if any(name == b"edts" for name, _ in _boxes(content)):
            raise BadReel("has an edit list", REJECTED)
        media = _inside(content, b"mdia")
        sort = _inside(media, b"hdlr")[8:12]
        if sort == b"vide":
            video = media
        elif sort == b"soun":
            samples = _inside(_inside(media, b"minf"), b"stbl")
            audio = _inside(samples, b"stsd")[12:16].decode("ascii", "replace")
    if video is None:
        raise BadReel("has no video track", BAD_FORMAT)
    return _video_facts(video, round(seconds, 3), audio)


def _video_facts(media: bytes, seconds: float, audio: str | None) -> Facts:
    samples = _inside(_inside(media, b"minf"), b"stbl")
    described = _inside(samples, b"stsd")
    codec = described[12:16]
    if codec not in CODECS:
        raise BadReel(f"video codec {codec!r}, not H.264 or HEVC", BAD_FORMAT)
    width, height = _number(described[40:42]), _number(described[42:44])
    rate = _rate(samples, _scale(_inside(media, b"mdhd")))
    return Facts(seconds, width, height, rate, codec.decode(), audio)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(content):
        size, kind, header = _header(content[position : position + 16])
        size = size or len(content) - position
        if size < header or position + size > len(content):
            raise BadReel(f"the box {kind!r} is broken", BAD_FORMAT)
        yield kind, content[position + header : position + size]
        position += size


def _inside(content: bytes, wanted: bytes) -> bytes:
    for kind, inner in _boxes(content):
        if kind == wanted:
            return inner
    raise BadReel(f"lacks the box {wanted!r}", BAD_FORMAT)


def _header(start: bytes) -> tuple[int, bytes, int]:
    """Size, kind and length of a box's header; size 0 reaches to the end."""
    size, kind = _number(start[:4]), start[4:8]
    return (_number(start[8:16]), kind, 16) if size == 1 else (size, kind, 8)


def _duration(mvhd: bytes) -> float:
    length = 8 if mvhd[0] == 1 else 4
    at = 4 + 2 * length
    return _number(mvhd[at + 4 : at + 4 + length]) / (_number(mvhd[at : at + 4]) or 1)


def _scale(mdhd: bytes) -> int:
    at = 20 if mdhd[0] == 1 else 12
    return _number(mdhd[at : at + 4])


def _rate(samples: bytes, scale: int) -> float:
    """Frames a second, from the time table."""
    table = _inside(samples, b"stts")
    rows = [table[8 + 8 * i : 16 + 8 * i] for i in range(_number(table[4:8]))]
    frames = sum(_number(row[:4]) for row in rows)
    ticks = sum(_number(row[:4]) * _number(row[4:]) for row in rows)
    return round(frames * scale / ticks, 3) if ticks else 0.0


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
