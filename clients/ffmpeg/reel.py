"""Checks a finished Reel against what Instagram takes and what we promise to make.

Instagram's part: the IG User /media reference, "Reel specifications", as read in October 2026:
no edit lists, moov first, H.264 or HEVC, progressive, closed GOP, 4:2:0, 23 to 60 fps, at most
1920 wide, at most 25 Mbit/s, AAC at most 48 kHz with one or two channels, 3 s to 15 min, 300 MB.
What stands in the boxes of the file is in `box_rules.py`.
"""

from collections.abc import Callable
from pathlib import Path

from clients.ffmpeg import box_rules
from clients.ffmpeg.command import GOP
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import AudioFacts, MediaFacts, VideoFacts
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.layouts import HEIGHT, WIDTH
from clients.ffmpeg.probe import probe, probe_now

MIN_SECONDS = 3
MAX_SECONDS = 900
MAX_BYTES = 300_000_000
MAX_BITS_PER_SECOND = 25_000_000
MAX_DRIFT = 0.1
"""Seconds between the end of the picture and the end of the sound."""
_BT709 = 1

_FILE_RULES: dict[str, Callable[[MediaFacts], bool]] = {
    "container": lambda facts: facts.container == "mov",
    "streams": lambda facts: facts.streams == 2,  # noqa: PLR2004 - one picture, one sound
    "metadata": lambda facts: not facts.tags,
    "bytes": lambda facts: facts.bytes <= MAX_BYTES,
    "bit-rate": lambda facts: facts.bytes * 8 <= MAX_BITS_PER_SECOND * facts.seconds,
}

_VIDEO_RULES: dict[str, Callable[[VideoFacts], bool]] = {
    "video-codec": lambda video: video.codec == "h264",
    "profile": lambda video: video.profile == "High",
    "pixel-format": lambda video: video.pixel_format == "yuv420p",
    "colour": lambda video: (
        not video.full_range and {video.primaries, video.transfer, video.matrix} == {_BT709}
    ),
    "size": lambda video: (video.width, video.height) == (WIDTH, HEIGHT),
    "sample-aspect": lambda video: video.sample_aspect == "1",
    "rotation": lambda video: video.rotation == 0,
    "progressive": lambda video: not video.interlaced,
    "duration": lambda video: MIN_SECONDS <= round(video.seconds, 3) <= MAX_SECONDS,
}

_CADENCE_RULES: dict[str, Callable[[VideoFacts], bool]] = {
    "frame-rate": lambda video: video.cadence is not None and video.cadence.rate == str(FPS),
    "closed-gop": lambda video: video.cadence is not None and video.cadence.closed,
    "key-frames": lambda video: video.cadence is not None and _regular(video),
}

_AUDIO_RULES: dict[str, Callable[[AudioFacts], bool]] = {
    "audio-codec": lambda audio: audio.codec == "aac",
    "audio-rate": lambda audio: audio.rate == SAMPLE_RATE,
    "audio-channels": lambda audio: audio.channels == 2,  # noqa: PLR2004 - stereo
}

RULES = (
    *("unreadable", "no-video", "no-audio", "audio-length"),
    *box_rules.RULES,
    *_FILE_RULES,
    *_VIDEO_RULES,
    *_CADENCE_RULES,
    *_AUDIO_RULES,
)
"""The name of every rule that `check_reel` may return; a broken file may also bear the
name of a rule that `probe` refuses it by."""


def check_reel(path: Path) -> list[str]:
    """Names of the rules that a file breaks; empty when it may be published."""
    try:
        return broken_rules(path, probe_now(path, whole=True))
    except BadMedia as refused:
        return [refused.rule]


async def check_reel_async(path: Path) -> list[str]:
    """The same, for callers with an event loop."""
    try:
        return broken_rules(path, await probe(path, whole=True))
    except BadMedia as refused:
        return [refused.rule]


def broken_rules(path: Path, facts: MediaFacts) -> list[str]:
    """The same of a file whose packets were all read. Raises BadMedia for broken boxes."""
    broken = box_rules.broken_boxes(path) if facts.container == "mov" else []
    broken += [name for name, holds in _FILE_RULES.items() if not holds(facts)]
    video, audio = facts.video, facts.audio
    if video is None:
        broken.append("no-video")
    else:
        rules = {**_VIDEO_RULES, **_CADENCE_RULES}
        broken += [name for name, holds in rules.items() if not holds(video)]
    if audio is None:
        broken.append("no-audio")
    else:
        broken += [name for name, holds in _AUDIO_RULES.items() if not holds(audio)]
    if video and audio and abs(video.seconds - audio.seconds) > MAX_DRIFT:
        broken.append("audio-length")
    return broken


def _regular(video: VideoFacts) -> bool:
    """A key frame at the start and then every GOP; a short Reel has the first one only."""
    if video.cadence is None:
        return False
    return video.cadence.gop == (GOP if video.cadence.frames > GOP else 0)
