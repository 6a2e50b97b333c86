"""Checks a finished Reel against what Instagram takes and what we promise to make.

Instagram's part: the IG User /media reference, "Reel specifications", as read in October 2026:
no edit lists, moov first, H.264 or HEVC, progressive, closed GOP, 4:2:0, 23 to 60 fps, at most
1920 wide, 0.01:1 to 10:1, at most 25 Mbit/s, AAC at most 48 kHz with one or two channels, 3 s to
15 min, 300 MB. Ours is stricter: every Reel is made alike, so what differs was not made by us.
What stands in the boxes of the file is in `box_rules.py`, what each rule means in `rule_words.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from clients.ffmpeg import box_rules
from clients.ffmpeg.command import GOP
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import AudioFacts, MediaFacts, VideoFacts
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.layouts import HEIGHT, WIDTH
from clients.ffmpeg.probe import probe, probe_now
from clients.ffmpeg.rule_words import WORDS
from schemas.recut import MAX_BITS_PER_SECOND, MAX_BYTES, MAX_SECONDS, MIN_SECONDS

F = TypeVar("F", MediaFacts, VideoFacts, AudioFacts)

MAX_DRIFT = 0.1
"""Seconds between the end of the picture and the end of the sound."""
_BT709 = 1
_FPS = (23, 60)
_WIDEST = 1920
_ASPECT = (0.01, 10)
_CHROMA = ("yuv420p", "yuvj420p", "nv12", "p010")
"""How FFmpeg names 4:2:0, of any depth."""

_FILE_RULES: dict[str, Callable[[MediaFacts], bool]] = {
    "container": lambda facts: facts.container == "mov",
    "bytes": lambda facts: facts.bytes <= MAX_BYTES,
    "bit-rate": lambda facts: facts.bytes * 8 <= MAX_BITS_PER_SECOND * facts.seconds,
}
_VIDEO_RULES: dict[str, Callable[[VideoFacts], bool]] = {
    "video-codec": lambda video: video.codec in {"h264", "hevc"},
    "chroma": lambda video: video.pixel_format.startswith(_CHROMA),
    "progressive": lambda video: not video.interlaced,
    "closed-gop": lambda video: video.cadence is not None and video.cadence.closed,
    "frame-rate": lambda video: _FPS[0] <= round(video.fps, 2) <= _FPS[1],
    "width": lambda video: video.width <= _WIDEST,
    "aspect": lambda video: _ASPECT[0] <= video.displayed[0] / video.displayed[1] <= _ASPECT[1],
    "too-short": lambda video: round(video.seconds, 3) >= MIN_SECONDS,
    "too-long": lambda video: round(video.seconds, 3) <= MAX_SECONDS,
}
_AUDIO_RULES: dict[str, Callable[[AudioFacts], bool]] = {
    "audio-codec": lambda audio: audio.codec == "aac",
    "audio-rate": lambda audio: audio.rate <= SAMPLE_RATE,
    "audio-channels": lambda audio: audio.channels in {1, 2},
}

_OUR_FILE_RULES: dict[str, Callable[[MediaFacts], bool]] = {
    "streams": lambda facts: facts.streams == 2,  # noqa: PLR2004 - one picture, one sound
    "metadata": lambda facts: not facts.tags,
}
_OUR_VIDEO_RULES: dict[str, Callable[[VideoFacts], bool]] = {
    "profile": lambda video: video.profile == "High",
    "pixel-format": lambda video: video.pixel_format == "yuv420p",
    "colour": lambda video: (
        not video.full_range and {video.primaries, video.transfer, video.matrix} == {_BT709}
    ),
    "size": lambda video: (video.width, video.height) == (WIDTH, HEIGHT),
    "sample-aspect": lambda video: video.sample_aspect == "1",
    "rotation": lambda video: video.rotation == 0,
    "cadence": lambda video: video.cadence is not None and video.cadence.rate == str(FPS),
    "key-frames": lambda video: video.cadence is not None and _regular(video),
}
_OUR_AUDIO_RULES: dict[str, Callable[[AudioFacts], bool]] = {
    "stereo": lambda audio: audio.channels == 2,  # noqa: PLR2004 - left and right
}

INSTAGRAMS = (
    *("edit-list", "moov-first", "audio-bit-rate"),
    *(*_FILE_RULES, *_VIDEO_RULES, *_AUDIO_RULES),
)
"""The rules that Instagram itself names; the others are ours."""

RULES = (
    *("unreadable", "no-video", "no-audio", "audio-length"),
    *box_rules.RULES,
    *(*_FILE_RULES, *_VIDEO_RULES, *_AUDIO_RULES),
    *(*_OUR_FILE_RULES, *_OUR_VIDEO_RULES, *_OUR_AUDIO_RULES),
)
"""The name of every rule that `check_reel` may return; a broken file may also bear the
name of a rule that `probe` refuses it by."""


@dataclass(frozen=True)
class Checked:
    """What came of a check."""

    broken: Mapping[str, str]
    """Every rule that the file breaks, and what is wrong, for a person."""
    facts: MediaFacts | None
    """None for a file that could not be read to its end."""


def check_reel(path: Path) -> list[str]:
    """Names of the rules that a file breaks; empty when it may be published."""
    try:
        return broken_rules(path, probe_now(path, whole=True))
    except BadMedia as refused:
        return [refused.rule]


async def check_reel_async(path: Path) -> Checked:
    """The same with words, for callers with an event loop."""
    facts: MediaFacts | None = None
    try:
        facts = await probe(path, whole=True)
        return Checked({name: WORDS[name] for name in broken_rules(path, facts)}, facts)
    except BadMedia as refused:
        return Checked({refused.rule: refused.message}, facts)


def broken_rules(path: Path, facts: MediaFacts) -> list[str]:
    """The same of a file whose packets were all read. Raises BadMedia for broken boxes."""
    broken = box_rules.broken_boxes(path) if facts.container == "mov" else []
    broken += _broken({**_FILE_RULES, **_OUR_FILE_RULES}, facts)
    video, audio = facts.video, facts.audio
    broken += _broken({**_VIDEO_RULES, **_OUR_VIDEO_RULES}, video) if video else ["no-video"]
    broken += _broken({**_AUDIO_RULES, **_OUR_AUDIO_RULES}, audio) if audio else ["no-audio"]
    if video and audio and abs(video.seconds - audio.seconds) > MAX_DRIFT:
        broken.append("audio-length")
    return broken


def _broken(rules: Mapping[str, Callable[[F], bool]], facts: F) -> list[str]:
    return [name for name, holds in rules.items() if not holds(facts)]


def _regular(video: VideoFacts) -> bool:
    """A key frame at the start and then every GOP; a short Reel has the first one only."""
    if video.cadence is None:
        return False
    return video.cadence.gop == (GOP if video.cadence.frames > GOP else 0)
