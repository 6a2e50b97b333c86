"""Every property that a Reel must have is missed by name when it is missing."""

from pathlib import Path

import pytest

from clients.ffmpeg import check_reel
from clients.ffmpeg.reel import RULES, check_reel_async
from tests.integration.media.corpus import ffmpeg

PICTURE = "color=gray:s={size}:r={rate}:d=3.5,{tags}"
TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,format=yuv420p"
DEFAULTS = {
    "size": "108x192",  # a hundredth: quick to make, and no more than one rule is broken by it
    "rate": "30",
    "tags": TAGS,
    "sound": "anullsrc=r=48000:cl=stereo:d=3.5",
    "video": "-c:v libx264 -preset ultrafast -profile:v high -coder 1 -g 60 -keyint_min 60"
    " -sc_threshold 0 -x264-params bframes=2:8x8dct=1 -flags:v +cgop+bitexact",
    "audio": "-c:a aac -ar 48000 -ac 2 -flags:a +bitexact",
    "file": "-map_metadata -1 -fflags +bitexact -use_editlist 0"
    " -movflags +faststart+negative_cts_offsets -metadata:s:v encoder=",
    "streams": "-map 0 -map 1",
}
MISSES: dict[str, dict[str, str]] = {
    "moov-first": {"file": DEFAULTS["file"].replace("+faststart", "")},
    "edit-list": {"file": DEFAULTS["file"].replace("-use_editlist 0", "-use_editlist 1")},
    "metadata": {"file": DEFAULTS["file"] + " -metadata comment=mine"},
    "frame-rate": {"rate": "25"},
    "pixel-format": {"video": DEFAULTS["video"].replace("high", "high422") + " -pix_fmt yuv422p"},
    "profile": {"video": DEFAULTS["video"].replace("high", "main").replace("8x8dct=1", "8x8dct=0")},
    "colour": {"tags": TAGS.replace("colorspace=bt709", "colorspace=smpte170m")},
    "sample-aspect": {"tags": TAGS + ",setsar=4/3"},
    "key-frames": {"video": DEFAULTS["video"].replace("60", "30")},
    "closed-gop": {"video": DEFAULTS["video"].replace("bframes", "open-gop=1:bframes")},
    "video-codec": {"video": "-c:v mpeg4 -g 60"},
    "duration": {"streams": "-map 0 -map 1 -t 2"},
    "no-audio": {"streams": "-map 0"},
    "no-video": {"streams": "-map 1"},
    "audio-rate": {"audio": DEFAULTS["audio"].replace("48000", "44100")},
    "audio-channels": {"audio": DEFAULTS["audio"].replace("-ac 2", "-ac 1")},
    "audio-codec": {"audio": "-c:a libmp3lame -flags:a +bitexact"},
    "audio-length": {"sound": DEFAULTS["sound"].replace("d=3.5", "d=2.9")},
    "streams": {"streams": "-map 0 -map 1 -map 1"},
}
ALSO = {
    "video-codec": {"profile"},
    "pixel-format": {"profile"},
    "no-audio": {"streams"},
    "no-video": {"streams"},
    "closed-gop": {"key-frames"},
}
"""Rules that can't be kept while another is broken in this way."""


def made(out: Path, **changes: str) -> Path:
    parts = {**DEFAULTS, **changes}
    picture = PICTURE.format(**parts)
    options = " ".join(parts[name] for name in ("streams", "video", "audio", "file"))
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", parts["sound"]]
    ffmpeg(*inputs, *options.split(), str(out))
    return out


def test_a_right_file_breaks_no_rule(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4", size="1080x1920")) == []


def test_another_size_is_named(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4")) == ["size"]


@pytest.mark.parametrize("rule", MISSES)
def test_a_missing_property_is_named_and_no_other(rule: str, tmp_path: Path) -> None:
    broken = check_reel(made(tmp_path / "reel.mp4", **MISSES[rule]))
    assert set(broken) - {"size"} == {rule} | ALSO.get(rule, set())
    assert rule in RULES


def test_pictures_of_uneven_length_are_not_thirty_a_second(tmp_path: Path) -> None:
    uneven = TAGS + ",select='not(eq(n,40))'"
    reel = made(tmp_path / "reel.mp4", tags=uneven, streams="-map 0 -map 1 -fps_mode vfr")
    assert "frame-rate" in check_reel(reel)


def test_another_container_is_named(tmp_path: Path) -> None:
    out = tmp_path / "reel.mkv"
    ffmpeg("-i", str(made(tmp_path / "reel.mp4")), "-c", "copy", "-fflags", "+bitexact", str(out))
    assert "container" in check_reel(out)


def test_a_turned_picture_is_named(tmp_path: Path) -> None:
    out = tmp_path / "turned.mp4"
    reel = str(made(tmp_path / "reel.mp4"))
    file = DEFAULTS["file"].split()
    ffmpeg("-display_rotation", "90", "-i", reel, "-c", "copy", *file, str(out))
    assert "rotation" in check_reel(out)


async def test_a_file_that_ends_early_is_named(tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    part = tmp_path / "part.mp4"
    part.write_bytes(reel.read_bytes()[:-100])
    assert check_reel(part) == ["truncated"]
    assert await check_reel_async(part) == ["truncated"]
    assert await check_reel_async(reel) == ["size"]
