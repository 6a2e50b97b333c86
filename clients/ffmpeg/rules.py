"""What an input must be. Each rule has a name, and its message says how to mend the file."""

from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import AudioFacts, MediaFacts, VideoFacts
from clients.ffmpeg.probe import MAX_PIXELS

VIDEO_DECODERS = {
    "h264": ("h264",),
    "hevc": ("hevc",),
    "av1": ("libdav1d", "av1"),
    "vp9": ("vp9", "libvpx-vp9"),
    "vp8": ("vp8", "libvpx"),
    "prores": ("prores",),
    "mpeg4": ("mpeg4",),
}
"""Codecs that are taken, and FFmpeg's decoders for each."""

AUDIO_DECODERS = {
    "aac": ("aac",),
    "mp3": ("mp3float", "mp3"),
    "opus": ("opus", "libopus"),
    "vorbis": ("vorbis", "libvorbis"),
    "flac": ("flac",),
    "alac": ("alac",),
    "ac3": ("ac3",),
    "eac3": ("eac3",),
    "pcm_s16le": ("pcm_s16le",),
    "pcm_s16be": ("pcm_s16be",),
    "pcm_s24le": ("pcm_s24le",),
    "pcm_f32le": ("pcm_f32le",),
}
"""The same for sound."""

MAX_SIDE = 4096
MIN_SIDE = 32
MAX_FPS = 240
MIN_FPS = 1
MAX_STREAMS = 32
MAX_CHANNELS = 16
MIN_SECONDS = 0.1
MAX_TOP_SECONDS = 180.0
"""Twice the longest Reel: a top clip is one shot, or a person's own film of the day."""
WIDEST = 5.0
"""Of the displayed picture, width by height or height by width: 32:9 screens are 3.6."""
MISSING = 0.5
"""Seconds that a file may end before its declared length: some muxers round it up."""


def refuse_top(facts: MediaFacts) -> VideoFacts:
    """The picture of a usable top clip, whose sound is never used; raises BadMedia."""
    video = _refuse_picture(facts)
    if video.seconds > MAX_TOP_SECONDS:
        length = f"{video.seconds:.0f} s"
        raise BadMedia(
            "too-long", f"the picture lasts {length}; {MAX_TOP_SECONDS:.0f} s is the most"
        )
    return video


def refuse_gameplay(facts: MediaFacts) -> VideoFacts:
    """The picture of a usable gameplay clip; raises BadMedia."""
    video = _refuse_picture(facts)
    if facts.audio is not None:
        refuse_sound(facts.audio)
    return video


def _refuse_picture(facts: MediaFacts) -> VideoFacts:
    video = facts.video
    if video is None:
        raise BadMedia("no-video", "the file has no moving picture; give a video")
    if facts.streams > MAX_STREAMS:
        raise BadMedia("streams", f"the file has {facts.streams} streams; keep one of each kind")
    if video.codec not in VIDEO_DECODERS:
        known = ", ".join(VIDEO_DECODERS)
        raise BadMedia("codec", f"the picture is coded as {video.codec}; use one of {known}")
    _refuse_size(video)
    _refuse_length(facts, video)
    if video.fps and not MIN_FPS <= video.fps <= MAX_FPS:  # some containers don't say it
        raise BadMedia(
            "frame-rate", f"{video.fps:.3g} pictures a second; use {MIN_FPS} to {MAX_FPS}"
        )
    return video


def _refuse_size(video: VideoFacts) -> None:
    size = f"{video.width}x{video.height}"
    if max(video.width, video.height) > MAX_SIDE or video.width * video.height > MAX_PIXELS:
        raise BadMedia("too-large", f"the picture is {size} pixels; 4096x2304 is the most")
    width, height = video.displayed
    if min(width, height, video.width, video.height) < MIN_SIDE:
        raise BadMedia("too-small", f"the picture is {size} pixels; {MIN_SIDE} a side is the least")
    if max(width / height, height / width) > WIDEST:
        raise BadMedia("aspect", f"the picture is {width:.0f}x{height:.0f} as shown: too narrow")


def _refuse_length(facts: MediaFacts, video: VideoFacts) -> None:
    if video.seconds < MIN_SECONDS:
        length = f"{video.seconds:.2f} s"
        raise BadMedia("too-short", f"the picture lasts {length}; {MIN_SECONDS} s is the least")
    if facts.read_seconds is not None and facts.seconds - facts.read_seconds > MISSING:
        ends = f"{facts.read_seconds:.1f} of {facts.seconds:.1f} s"
        raise BadMedia("truncated", f"the file ends at {ends}; send it again whole")


def refuse_sound(audio: AudioFacts) -> None:
    """Refuse a sound that is not decoded; raises BadMedia."""
    if audio.codec not in AUDIO_DECODERS:
        known = ", ".join(AUDIO_DECODERS)
        raise BadMedia("audio-codec", f"the sound is coded as {audio.codec}; use one of {known}")
    if audio.channels > MAX_CHANNELS:
        raise BadMedia("audio-channels", f"{audio.channels} channels; {MAX_CHANNELS} are the most")
