"""Files as the engine writes them, and such as differ from that in one thing."""

from pathlib import Path

from tests.integration.media.corpus import ffmpeg

PICTURE = "{source}s={size}:r={rate}:d={seconds},{tags}"
TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,format=yuv420p"
DEFAULTS = {
    "source": "color=gray:",
    "size": "108x192",  # a hundredth: quick to make, and no more than one rule is broken by it
    "rate": "30",
    "seconds": "3.5",
    "tags": TAGS,
    "sound": "anullsrc=r=48000:cl=stereo:d=3.5",
    "video": "-c:v libx264 -preset ultrafast -profile:v high -coder 1 -g 60 -keyint_min 60"
    " -sc_threshold 0 -x264-params bframes=2:8x8dct=1 -flags:v +cgop+bitexact",
    "audio": "-c:a aac -ar 48000 -ac 2 -flags:a +bitexact",
    "file": "-map_metadata -1 -fflags +bitexact -use_editlist 0"
    " -movflags +faststart+negative_cts_offsets -metadata:s:v encoder=",
    "streams": "-map 0 -map 1",
}


def made(out: Path, **changes: str) -> Path:
    parts = {**DEFAULTS, **changes}
    picture = PICTURE.format(**parts)
    options = " ".join(parts[name] for name in ("streams", "video", "audio", "file"))
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", parts["sound"]]
    ffmpeg(*inputs, *options.split(), str(out))
    return out
