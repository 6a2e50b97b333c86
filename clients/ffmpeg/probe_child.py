"""A program: reads video files with PyAV and prints what it found, a line of JSON for each.

Run as `python -I probe_child.py MAX_PIXELS [CONTAINER BYTES MODE FILE]...`, with MODE `begin` to
read until the first picture or `all` to read every packet. It is a process of its own because
PyAV brings a second FFmpeg along, and the file is a stranger's. Prints `{"refused": ..., "message":
...}` when the file can't be read. Imports nothing of ours: it runs isolated.
"""

import json
import sys
from array import array
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

IDR = 5
"""H.264 NAL unit type of a picture that nothing after it refers behind (ITU-T H.264, 7.4.1)."""
UNSPECIFIED = 2
FULL_RANGE = 2
AGAIN = "export the file again as MP4"
GROWING = ("growing", "the file grew while it was read: wait until it is whole")
PROGRESSIVE = (0, 1)
"""AVFieldOrder: unknown and progressive."""
STRUCTURAL_TAGS = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "handler_name", "language", "vendor_id"}
)
"""Written by every muxer; they say nothing about who made the file."""


class Refused(Exception):
    """The file can't be read; the first argument names the rule."""


def main(arguments: list[str]) -> None:
    """Print the facts of each file as soon as they are known."""
    max_pixels, files = int(arguments[0]), iter(arguments[1:])
    for container, size, mode, path in zip(files, files, files, files, strict=True):
        facts = answer(path, container, int(size), max_pixels, whole=mode == "all")
        print(json.dumps(facts), flush=True)


def answer(path: str, container: str, size: int, max_pixels: int, *, whole: bool) -> dict[str, Any]:
    """The facts of one file, or why it can't be read."""
    try:
        return read(path, container, size, max_pixels, whole=whole)
    except av.error.FFmpegError as error:
        message = f"{error.strerror or type(error).__name__}; {AGAIN}"
        return {"refused": "unreadable", "message": message}
    except Refused as error:
        return {"refused": error.args[0], "message": error.args[1]}


def read(path: str, container: str, size: int, max_pixels: int, *, whole: bool) -> dict[str, Any]:
    """All facts of one file, as `facts.MediaFacts` has them.

    `size` is what it had when it was first looked at: a live recording would be read for ever.
    """
    if Path(path).stat().st_size != size:
        raise Refused(*GROWING)
    options = {"protocol_whitelist": "file", "format_whitelist": container}
    options["max_pixels"] = str(max_pixels)
    with av.open(f"file:{path}", format=container, options=options) as file:
        facts: dict[str, Any] = {
            "container": container,
            "bytes": file.size,
            "seconds": declared_seconds(file),
            "streams": len(file.streams),
            "tags": sorted(tags(file)),
        }
        if file.streams.audio:
            facts["audio"] = read_audio(file.streams.audio[0])
        shown = [s for s in file.streams.video if not s.disposition & Disposition.attached_pic]
        if shown:
            facts["video"] = read_video(file, shown[0], max_pixels, whole=whole, size=size)
            facts["seconds"] = facts["seconds"] or facts["video"]["seconds"]
            facts["read_seconds"] = facts["video"].pop("read_seconds")
        if Path(path).stat().st_size != size:
            raise Refused(*GROWING)
        return facts


def declared_seconds(file: InputContainer) -> float:
    """How long the file says it is, 0 when it doesn't.

    Of Matroska FFmpeg's muxers write when it ends: what goes before its beginning is no part.
    """
    length, start = file.duration or 0, file.start_time or 0
    late = file.format.name.startswith("matroska") and 0 < start < length
    return (length - start if late else length) / av.time_base


def tags(file: InputContainer) -> set[str]:
    """Names of the metadata beyond what every muxer writes, of the file and its streams."""
    names = set(file.metadata).union(*(stream.metadata for stream in file.streams))
    return names - STRUCTURAL_TAGS


def read_audio(stream: av.AudioStream) -> dict[str, Any]:
    """As `facts.AudioFacts`."""
    return {
        "index": stream.index,
        "codec": stream.codec_context.codec.canonical_name,
        "rate": stream.rate,
        "channels": stream.channels,
        "seconds": float((stream.duration or 0) * (stream.time_base or 0)),
    }


def read_video(
    file: InputContainer, stream: av.VideoStream, max_pixels: int, *, whole: bool, size: int
) -> dict[str, Any]:
    """As `facts.VideoFacts`; decodes the first picture, which must be there."""
    coder = stream.codec_context
    if coder.width * coder.height > max_pixels:
        size_is = f"the picture is {coder.width}x{coder.height} pixels"
        raise Refused("too-large", f"{size_is}; {AGAIN}")
    coder.thread_count = 1
    tally = Tally(stream, size)
    frame = tally.count(file, whole=whole)
    if frame is None:
        raise Refused("unreadable", f"no picture of the video can be decoded; {AGAIN}")
    declared = float((stream.duration or 0) * (stream.time_base or 0))
    return {
        "index": stream.index,
        "codec": coder.codec.canonical_name,
        "profile": coder.profile,
        "pixel_format": frame.format.name,
        "width": frame.width,
        "height": frame.height,
        "sample_aspect": str(stream.sample_aspect_ratio or coder.sample_aspect_ratio or 1),
        "rotation": frame.rotation,
        "fps": float(stream.average_rate or 0),
        "seconds": tally.seconds if whole else declared or declared_seconds(file),
        "full_range": frame.color_range == FULL_RANGE,
        "primaries": known(frame.color_primaries, coder.color_primaries),
        "transfer": known(frame.color_trc, coder.color_trc),
        "matrix": known(frame.colorspace, coder.colorspace),
        "interlaced": frame.interlaced_frame or coder.field_order not in PROGRESSIVE,
        "cadence": tally.cadence() if whole else None,
        "read_seconds": tally.last - (file.start_time or 0) / av.time_base if whole else None,
    }


def known(*values: int) -> int:
    """The first colour code point that says something."""
    return next((int(value) for value in values if value != UNSPECIFIED), UNSPECIFIED)


class Tally:
    """Counts packets and looks at how their times and key frames lie."""

    def __init__(self, stream: av.VideoStream, size: int) -> None:
        self.stream = stream
        self.size = size
        self.time_base = stream.time_base or Fraction(1)
        self.length_size = length_size(stream)
        self.times = array("q")
        self.keys = array("q")
        self.key_time = 0
        self.closed = True
        self.end = 0
        self.last = 0.0

    def count(self, file: InputContainer, *, whole: bool) -> av.VideoFrame | None:
        """Read on to the first picture, which is returned, or, if `whole`, to the file's end."""
        frame: av.VideoFrame | None = None
        for packet in file.demux() if whole else file.demux(self.stream):
            if packet.pos is not None and packet.pos >= self.size:
                raise Refused(*GROWING)
            if packet.size and packet.pts is not None:
                end = (packet.pts + (packet.duration or 0)) * (packet.time_base or 0)
                self.last = max(self.last, float(end))
            if packet.stream is not self.stream:
                continue
            if frame is None:
                frame = next(iter(self.stream.decode(packet)), None)
            elif not whole:
                break
            if packet.size and not packet.is_discard:
                self.add(packet)
        return frame

    def add(self, packet: "Packet[Any]") -> None:
        """Count one packet, in decoding order."""
        time = packet.pts if packet.pts is not None else packet.dts or 0
        if packet.is_keyframe:
            self.keys.append(len(self.times))
            self.key_time = time
            self.closed = self.closed and self.is_idr(packet)
        elif time < self.key_time:
            self.closed = False
        self.times.append(time)
        self.end = max(self.end, time + (packet.duration or 0))

    def is_idr(self, packet: "Packet[Any]") -> bool:
        """Whether the picture is an IDR; of other codecs than H.264 nothing is known: True."""
        if self.length_size is None:
            return True
        data, at = bytes(packet), 0
        while at + self.length_size < len(data):
            if data[at + self.length_size] & 0x1F == IDR:
                return True
            at += self.length_size + int.from_bytes(data[at : at + self.length_size])
        return False

    @property
    def seconds(self) -> float:
        """From the first picture to the end of the last."""
        return float((self.end - min(self.times)) * self.time_base) if self.times else 0.0

    def cadence(self) -> dict[str, Any]:
        """As `facts.Cadence`."""
        step = even_step(sorted(self.times))
        gop = even_step(self.keys)
        return {
            "frames": len(self.times),
            "rate": str(1 / (step * self.time_base)) if step else None,
            "gop": 0 if len(self.keys) == 1 else gop,
            "closed": self.closed and len(self.keys) > 0 and self.keys[0] == 0,
        }


def length_size(stream: av.VideoStream) -> int | None:
    """How many bytes stand before each NAL unit of H.264, None for other codecs and forms."""
    extradata = stream.codec_context.extradata or b""
    if stream.codec_context.codec.canonical_name != "h264" or extradata[:1] != b"\1":
        return None
    # avcC, ISO/IEC 14496-15 5.3.3.1: the fifth byte ends in the length size minus one.
    return 1 + (extradata[4] & 3)


def even_step(numbers: "list[int] | array[int]") -> int | None:
    """The one distance between neighbours, None when there are several or none."""
    steps = {after - before for before, after in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else None


if __name__ == "__main__":
    main(sys.argv[1:])
