"""FFmpeg's arguments: always a list, every input fenced, nothing read but the named files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.graph import FPS, SAMPLE_RATE
from clients.ffmpeg.probe import MAX_PIXELS
from clients.ffmpeg.rules import AUDIO_DECODERS, VIDEO_DECODERS

GOP = 2 * FPS
"""Pictures from one key frame to the next: two seconds."""

_X264 = (
    "mbtree=1:rc-lookahead=20:b-adapt=0:b-pyramid=none:no-fast-pskip=1"
    ":aq-mode=3:aq-strength=0.95:deadzone-inter=11:deadzone-intra=6:deblock=-1,-1"
)
"""Each chosen from a measured curve: docs/performance.md says why."""


@dataclass(frozen=True)
class Input:
    """One file to read, and which part of it."""

    path: Path
    facts: MediaFacts
    seconds: float
    """How much is read at the most."""
    start: float = 0.0
    endless: bool = False
    """Go on from the beginning when the end is reached."""


def general() -> list[str]:
    """Options of every run: no questions, and on stderr nothing but errors.

    FFmpeg goes on over pictures that it can't decode, up to two thirds of them; a Reel would
    stand still there, so that it ends at a tenth.
    """
    quiet = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-y")
    return [*quiet, "-max_error_rate", "0.1"]


def telling() -> list[str]:
    """Measurements are wanted on stderr, too; each line says how grave it is."""
    return ["-loglevel", "level+info"]


def progress() -> list[str]:
    """Tell how far it is on stdout, twice a second."""
    return ["-progress", "pipe:1", "-stats_period", "0.5"]


def reading(source: Input, threads: int) -> list[str]:
    """Options and name of one input.

    The reader is chosen, never guessed: with the file protocol alone a playlist named .mp4
    would still be opened, and read its neighbours.
    """
    endless = ["-stream_loop", "-1"] if source.endless else []
    start = ["-ss", f"{source.start:.3f}"] if source.start else []
    return [
        *("-threads", str(threads)),
        *("-protocol_whitelist", "file", "-f", source.facts.container),
        *("-format_whitelist", source.facts.container),
        *("-codec_whitelist", _decoders()),
        *("-max_pixels", str(MAX_PIXELS)),
        *endless,
        *start,
        *("-t", f"{source.seconds:.3f}"),
        *("-i", _file(source.path)),
    ]


def own(path: Path) -> list[str]:
    """Options and name of an MP4 that was just made here."""
    return ["-protocol_whitelist", "file", "-f", "mov", "-i", _file(path)]


def in_step(inputs: Sequence[Input], kind: Literal["video", "audio"]) -> list[str]:
    """Read the other stream of files that begin again, too, and throw it away.

    FFmpeg begins a file again after the longest of the streams that it reads: one run reads
    the picture and another the sound, and with each turn they would drift apart.
    """
    words = []
    for number, one in enumerate(inputs):
        stream = getattr(one.facts, kind)
        if one.endless and stream is not None:
            words += ["-map", f"{number}:{stream.index}", "-c", "copy", "-f", "null", "-"]
    return words


def track(out: Path) -> list[str]:
    """Options of the Reel's sound in a file of its own, and its name."""
    return [
        *("-map", "[a]", "-c:a", "aac", "-b:a", "128k", "-ar", str(SAMPLE_RATE), "-ac", "2"),
        *("-flags:a", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1"),
        *("-f", "mp4", _file(out)),
    ]


def coding(threads: int) -> list[str]:
    """How the picture of a Reel is coded.

    The peak is bound under Instagram's 25 Mbit/s.
    """
    return [
        *("-c:v", "libx264", "-preset", "superfast", "-crf", "23.2"),
        *("-profile:v", "high", "-level:v", "4.2", "-pix_fmt", "yuv420p"),
        *("-x264-params", _X264),
        *("-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0"),
        *("-flags:v", "+cgop+bitexact", "-maxrate", "20M", "-bufsize", "20M"),
        *("-threads", str(threads)),
    ]


def reel(out: Path, frames: int, threads: int, sound: int) -> list[str]:
    """Options of the Reel as Instagram takes it, and its name; `sound` is the input of its sound.

    `-use_editlist 0` without `negative_cts_offsets` would shift the picture by 67 ms. The bit
    stream filter takes out the encoder's note about itself, and `encoder=` its name in the track.
    """
    return [
        *("-map", "[v]", "-map", f"{sound}:a"),
        *coding(threads),
        *("-fps_mode", "cfr", "-r", str(FPS), "-frames:v", str(frames)),
        *("-bsf:v", "filter_units=remove_types=6"),
        *("-c:a", "copy", "-fflags", "+bitexact"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-metadata:s:v", "encoder="),
        *("-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0"),
        *("-f", "mp4", _file(out)),
    ]


def still(out: Path, width: int, height: int) -> list[str]:
    """Options of a single PNG picture, and its name."""
    return [
        *("-frames:v", "1", "-vf", f"scale={width}:{height}:flags=bicubic,format=rgb24"),
        # A sixteenth larger than the smallest that PNG can do, at a fourteenth of its cost.
        *("-c:v", "png", "-pred", "paeth", "-compression_level", "2"),
        *("-map_metadata", "-1", "-fflags", "+bitexact"),
        *("-update", "1", "-f", "image2", _file(out)),
    ]


def _decoders() -> str:
    known = {**VIDEO_DECODERS, **AUDIO_DECODERS}
    return ",".join(name for names in known.values() for name in names)


def _file(path: Path) -> str:
    return f"file:{path.absolute()}"
