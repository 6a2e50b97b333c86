"""A program: the same composite as one writes it with MoviePy, and what it took.

`python moviepy_composite.py lossy|lossless SECONDS OUT GAMEPLAY TOP`. Crops before it scales,
which is the cheaper order. `lossless` keeps the pictures that MoviePy made, for judging the others.
"""

import sys
from pathlib import Path
from typing import Any

from moviepy import VideoClip, VideoFileClip, clips_array

from bench.measuring import Meter

CODING: dict[str, dict[str, Any]] = {
    "lossy": {"codec": "libx264", "audio_codec": "aac"},
    "lossless": {"codec": "ffv1", "pixel_format": "yuv420p", "audio": False},
}


def cover(clip: VideoClip, width: int, height: int) -> VideoClip:
    """Fill a pane."""
    wide = min(clip.w, clip.h * width / height)
    high = min(clip.h, clip.w * height / width)
    cut = clip.cropped(x_center=clip.w / 2, y_center=clip.h / 2, width=wide, height=high)
    return cut.resized((width, height))


def main(coding: str, seconds: str, out: str, gameplay: str, top: str) -> None:
    """Stack the two, with the gameplay's sound."""
    meter = Meter()
    above = VideoFileClip(top).subclipped(0, float(seconds))
    below = VideoFileClip(gameplay).subclipped(0, float(seconds))
    reel = clips_array([[cover(above, 1080, 1152)], [cover(below, 1080, 768)]])
    reel = reel.with_audio(below.audio)
    beside = str(Path(out).parent)
    reel.write_videofile(out, fps=30, logger=None, temp_audiofile_path=beside, **CODING[coding])
    for clip in (reel, above, below):
        clip.close()
    print(meter.tell())


if __name__ == "__main__":
    main(*sys.argv[1:])
