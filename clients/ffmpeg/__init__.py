"""The video engine: FFmpeg and PyAV on strangers' files, in children under limits."""

from clients.ffmpeg.composition import Composed, Composition, Progress
from clients.ffmpeg.engine import FFmpeg
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.gameplay import inspect_gameplay, sha256_of
from clients.ffmpeg.layouts import LAYOUTS, POOL_SIZE, Pane, Shown, pane_of, takes_pooled
from clients.ffmpeg.reel import Checked, check_reel

__all__ = [
    "LAYOUTS",
    "POOL_SIZE",
    "BadMedia",
    "Checked",
    "Composed",
    "Composition",
    "FFmpeg",
    "MediaFacts",
    "Pane",
    "Progress",
    "Shown",
    "check_reel",
    "inspect_gameplay",
    "pane_of",
    "sha256_of",
    "takes_pooled",
]
