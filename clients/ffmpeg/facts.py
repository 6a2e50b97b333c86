"""What a probe found out about a media file."""

from fractions import Fraction
from typing import Literal

from schemas.base import Frozen

Container = Literal["mov", "matroska", "mp3", "wav", "flac", "ogg"]
"""FFmpeg's demuxer: `mov` reads MP4 and QuickTime, `matroska` reads MKV and WebM.

The others hold sound alone, and only what is imported as music may be one of them.
"""


class Cadence(Frozen):
    """How the pictures follow each other, read from every packet of the stream."""

    frames: int
    rate: str | None
    """Pictures a second as a fraction when all are evenly spaced, else None."""
    gop: int | None
    """Pictures from one key frame to the next when always the same number, else None.

    0 when the first picture is the only key frame.
    """
    closed: bool
    """Every key frame is an IDR picture, and none is followed by a picture shown before it."""


class VideoFacts(Frozen):
    """The stream that would be shown."""

    index: int
    codec: str
    profile: str | None
    pixel_format: str
    width: int
    height: int
    """Stored size in pixels, before rotation and sample aspect."""
    sample_aspect: str
    """Width of a pixel by its height, as a fraction; 1 when the file does not say."""
    rotation: int
    """Degrees that a player turns the picture by, 0 when none."""
    fps: float
    """Average pictures a second; 0 when unknown."""
    seconds: float
    """From the first picture to the end of the last."""
    full_range: bool
    primaries: int
    transfer: int
    matrix: int
    """Colour, as code points of ITU-T H.273; 2 is unspecified."""
    interlaced: bool
    cadence: Cadence | None = None
    """None when only the beginning was read."""

    @property
    def displayed(self) -> tuple[float, float]:
        """Width and height as a person sees them, in pixels of the stored height."""
        width = self.width * float(Fraction(self.sample_aspect))
        turned = self.rotation % 180 != 0
        return (self.height, width) if turned else (width, self.height)


class AudioFacts(Frozen):
    """The stream that would be heard."""

    index: int
    codec: str
    rate: int
    channels: int
    seconds: float


class MediaFacts(Frozen):
    """One file: its container, the streams that matter, and how it may differ from its words."""

    container: Container
    bytes: int
    seconds: float
    """Length as the container declares it; of the video stream when it declares none."""
    read_seconds: float | None = None
    """Where the last packet of any stream really ends; None when only the beginning was read."""
    streams: int
    """Of any kind, cover pictures and data included."""
    tags: tuple[str, ...] = ()
    """Names of the metadata that is more than the container's own."""
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
