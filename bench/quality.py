"""How near a Reel's pictures come to the lossless pictures of its own geometry."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.designs import FRAME_BYTES, RAW
from bench.measuring import FFMPEG, MeasuringFailed
from clients.ffmpeg.graph import FPS
from clients.ffmpeg.probe import probe_now

_EVERY = 5
"""One picture in so many is judged by VMAF, which is slow, and each by SSIM; alike for all."""
_BOTH = (
    # Tags that differ are converted, and pictures that are one off compared: both read as bad
    # quality of whatever is judged.
    "[0:v]{same},split[a][c];[1:v]{same},split[b][d];"
    f"[a][b]libvmaf=n_threads=2:n_subsample={_EVERY}[vmaf];[c][d]ssim[ssim]"
)
_SAME = (
    "trim=end_frame={frames},setpts=N/30/TB,format=yuv420p,setsar=1,"
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)


@dataclass(frozen=True)
class Quality:
    """Of a whole Reel, the mean of its pictures."""

    vmaf: float
    ssim: float


def judge(reel: Path, truth: Path, seconds: float) -> Quality:
    """Hold a Reel's beginning against its lossless pictures, raw or in a Matroska file.

    Raises MeasuringFailed when one has fewer: then the numbers would mean nothing.
    """
    frames = round(seconds * FPS)
    _refuse_shorter(reel, truth, frames)
    given = RAW if truth.suffix == ".yuv" else ()
    null = ("-f", "null", "-")
    argv = [
        *(
            FFMPEG,
            "-nostdin",
            "-hide_banner",
            "-nostats",
            "-i",
            str(reel),
            *given,
            "-i",
            str(truth),
        ),
        *("-filter_complex", _BOTH.format(same=_SAME.format(frames=frames))),
        *("-map", "[vmaf]", *null, "-map", "[ssim]", *null),
    ]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - our own argv list
    vmaf = re.search(r"VMAF score: ([\d.]+)", ended.stderr)
    ssim = re.search(r"SSIM .*All:([\d.]+)", ended.stderr)
    if vmaf is None or ssim is None:
        raise MeasuringFailed(f"no quality of {reel.name}: {ended.stderr[-500:]}")
    return Quality(float(vmaf[1]), float(ssim[1]))


def _refuse_shorter(reel: Path, truth: Path, frames: int) -> None:
    held = truth.stat().st_size // FRAME_BYTES if truth.suffix == ".yuv" else frames_of(truth)
    if min(held, have := frames_of(reel)) < frames:
        raise MeasuringFailed(f"{reel.name} has {have} pictures, its truth {held}, not {frames}")


def frames_of(path: Path) -> int:
    """How many pictures a video file has."""
    video = probe_now(path, whole=True).video
    if video is None or video.cadence is None:
        raise MeasuringFailed(f"{path.name} has no picture")
    return video.cadence.frames
