"""Every property that a Reel must have is missed by name when it is missing."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.ffmpeg import BadMedia, check_reel
from clients.ffmpeg.box_rules import broken_boxes
from clients.ffmpeg.boxes import all_boxes
from clients.ffmpeg.reel import RULES, check_reel_async
from tests.integration.media.corpus import ffmpeg
from tests.integration.media.files import DEFAULTS, TAGS, made

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
    "first-picture": {"file": DEFAULTS["file"].replace("+negative_cts_offsets", "")},
    "avc-config": {"video": DEFAULTS["video"] + " -level:v 5.1"},
    "audio-bit-rate": {
        "sound": "anoisesrc=r=48000:d=3.5",
        "audio": DEFAULTS["audio"] + " -b:a 256k",
    },
}
ALSO = {
    "video-codec": {"profile", "avc-config", "picture-notes"},
    "frame-rate": {"timescale"},
    "colour": {"colour-box"},
    "audio-rate": {"sound-timescale"},
    "audio-codec": {"audio-profile"},
    "streams": {"track-header"},
    "fragmented": {"top-boxes"},
    "pixel-format": {"profile"},
    "no-audio": {"streams"},
    "no-video": {"streams"},
    "closed-gop": {"key-frames"},
}
"""Rules that can't be kept while another is broken in this way."""


def test_a_right_file_breaks_no_rule(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4", size="1080x1920")) == []


def test_another_size_is_named(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4")) == ["size"]


@pytest.mark.parametrize("rule", MISSES)
def test_a_missing_property_is_named_and_no_other(rule: str, tmp_path: Path) -> None:
    broken = check_reel(made(tmp_path / "reel.mp4", **MISSES[rule]))
    assert set(broken) - {"size"} == {rule} | ALSO.get(rule, set())
    assert rule in RULES


@pytest.mark.parametrize(
    ("rule", "where", "at", "written"),
    [
        ("brand", "ftyp", 8, b"qt  "),
        ("movie-header", "moov/mvhd", 28, (2 << 16).to_bytes(4)),
        ("movie-header", "moov/mvhd", 24, (9 << 20).to_bytes(4)),
        ("track-header", "moov/trak/tkhd", 8, bytes(4)),
        ("sample-entry", "moov/trak/mdia/minf/stbl/stsd", 16, None),
    ],
)
def test_a_header_that_says_something_else_is_named(
    rule: str, where: str, at: int, written: bytes | None, tmp_path: Path
) -> None:
    reel = made(tmp_path / "reel.mp4")
    content = bytearray(reel.read_bytes())
    box = next(box for box in all_boxes(reel) if box.path == where)
    start = box.start + at
    if written is None:  # the last box of the entry becomes an entry of its own
        size = int.from_bytes(content[start : start + 4])
        written = (size - 20).to_bytes(4)
    content[start : start + len(written)] = written
    reel.write_bytes(content)

    assert set(check_reel(reel)) - {"size"} == {rule}
    assert rule in RULES


@pytest.mark.parametrize(
    ("rule", "note", "instead"),
    [("colour-box", b"colr", b"pasp"), ("picture-notes", b"btrt", b"cclv")],
)
def test_a_picture_that_is_noted_otherwise_is_named(
    rule: str, note: bytes, instead: bytes, tmp_path: Path
) -> None:
    reel = made(tmp_path / "reel.mp4")
    reel.write_bytes(reel.read_bytes().replace(note, instead, 1))
    assert set(check_reel(reel)) - {"size"} == {rule}
    assert rule in RULES


def test_fragments_are_named(tmp_path: Path) -> None:
    file = DEFAULTS["file"].replace("+faststart", "+frag_keyframe+empty_moov")
    assert {"fragmented", "top-boxes"} <= set(check_reel(made(tmp_path / "reel.mp4", file=file)))


@pytest.mark.parametrize("behind", [b"\0\0\0\x20uuid" + bytes(24), b"\0\0\0\x08mdat"])
def test_what_stands_behind_the_media_is_named(behind: bytes, tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    with reel.open("ab") as file:
        file.write(behind)
    assert check_reel(reel) == ["top-boxes", "size"]


def test_bytes_that_are_no_box_are_named(tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    with reel.open("ab") as file:
        file.write(b"\0\0\0\x03junk")
    assert check_reel(reel) == ["damaged"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("index") / "reel.mp4")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_an_index_of_any_bytes_is_read_or_refused(data: st.DataObject, index: Path) -> None:
    content = bytearray(index.read_bytes())
    moov = next(box for box in all_boxes(index) if box.path == "moov")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, moov.end))
        written = data.draw(st.binary(min_size=1, max_size=8))
        content[at : at + len(written)] = written
    other = index.with_name("other.mp4")
    other.write_bytes(content)

    with suppress(BadMedia):
        assert set(broken_boxes(other)) <= set(RULES)


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
    assert {"rotation", "turned"} <= set(check_reel(out))


async def test_a_file_that_ends_early_is_named(tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    part = tmp_path / "part.mp4"
    part.write_bytes(reel.read_bytes()[:-100])
    assert check_reel(part) == ["truncated"]
    assert await check_reel_async(part) == ["truncated"]
    assert await check_reel_async(reel) == ["size"]
