"""The video engine: FFmpeg and PyAV on strangers' files, in children under limits."""

from clients.ffmpeg.engine import FFmpeg
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.gameplay import inspect_gameplay, sha256_of
from clients.ffmpeg.reel import check_reel
from clients.ffmpeg.timeline import SplitScreen

__all__ = [
    "BadMedia",
    "FFmpeg",
    "MediaFacts",
    "SplitScreen",
    "check_reel",
    "inspect_gameplay",
    "sha256_of",
]
