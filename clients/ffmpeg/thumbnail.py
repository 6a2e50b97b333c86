"""Small pictures of our own posters, for where bytes count."""

import io
from fractions import Fraction

import av

from clients.ffmpeg.errors import BadMedia

WIDTH = 270
"""Twice what a letter shows of it, for fine screens."""
_QUALITY = 5
"""MPEG's scale of quantisers, 2 is the finest. A poster takes 15 to 30 kB."""
_LAMBDA = 118
"""FF_QP2LAMBDA, FFmpeg's unit of quality for one step of it (libavutil/avutil.h)."""


def thumbnail(poster: bytes, width: int = WIDTH) -> bytes:
    """A JPEG of so many pixels' width, of a PNG that was made here. Raises BadMedia."""
    try:
        with av.open(io.BytesIO(poster), "r", format="png_pipe") as file:
            frame = next(file.decode(video=0))
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        small = frame.reformat(width, height, "yuvj420p", interpolation="AREA")
        encoder = av.CodecContext.create("mjpeg", "w")
        encoder.width, encoder.height = width, height
        encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1)
        encoder.options = {"flags": "+qscale", "global_quality": str(_QUALITY * _LAMBDA)}
        packets = [*encoder.encode(small), *encoder.encode(None)]
    except (av.FFmpegError, StopIteration, ValueError) as error:
        raise BadMedia("poster", f"it is no picture ({type(error).__name__})") from None
    return b"".join(bytes(packet) for packet in packets)
