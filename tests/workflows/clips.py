"""What the fake provider sells."""

import subprocess

from imageio_ffmpeg import get_ffmpeg_exe


def a_clip() -> bytes:
    """A real clip, as small as they come: what was bought is probed before it is kept."""
    source = ("-f", "lavfi", "-i", "color=c=teal:s=96x96:r=24:d=1")
    form = ("-pix_fmt", "yuv420p", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-")
    made = subprocess.run((get_ffmpeg_exe(), *source, *form), capture_output=True, check=True)
    return made.stdout
