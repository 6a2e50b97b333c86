"""The box walk holds on any bytes."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.ffmpeg import BadMedia
from clients.ffmpeg.boxes import all_boxes, top_boxes


def box(kind: str, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4) + kind.encode("latin-1") + content


def long_box(kind: str, content: bytes) -> bytes:
    return (1).to_bytes(4) + kind.encode() + (16 + len(content)).to_bytes(8) + content


FTYP = box("ftyp", b"isom")
MOOV = box("moov", box("trak", box("edts", box("elst", b"12345678"))) + box("udta"))
MDAT = box("mdat", b"pictures")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boxes") / "file.mp4"


def test_boxes_are_listed_in_order_with_their_places(file: Path) -> None:
    file.write_bytes(FTYP + MOOV + MDAT)
    paths = [found.path for found in all_boxes(file)]
    inside = ["moov", "moov/trak", "moov/trak/edts", "moov/trak/edts/elst", "moov/udta"]
    assert paths == ["ftyp", *inside, "mdat"]
    assert [found.type for found in top_boxes(file)] == ["ftyp", "moov", "mdat"]


def test_long_sizes_and_a_last_box_without_size_are_read(file: Path) -> None:
    file.write_bytes(MOOV + long_box("free", b"x" * 20) + b"\0\0\0\0mdat" + b"to the end")
    last = top_boxes(file)[-1]
    assert (last.type, last.end) == ("mdat", file.stat().st_size)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (FTYP, "truncated"),
        (FTYP + MDAT, "truncated"),
        (FTYP + MOOV, "truncated"),
        (FTYP + MOOV + MDAT[:-1], "truncated"),
        (FTYP + MOOV + MDAT + MDAT[:-1], "truncated"),
        (FTYP + MDAT + MOOV[:-1], "truncated"),
        (FTYP + box("free")[:-1] + MOOV, "damaged"),
        (FTYP + b"\0\0\0\x07moov" + MDAT, "damaged"),
        (FTYP + b"\0\0\0\x01mdat" + b"\0" * 8, "damaged"),
    ],
    ids=range(9),
)
def test_a_file_that_is_not_whole_is_refused(content: bytes, rule: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(BadMedia) as caught:
        top_boxes(file)
    assert caught.value.rule == rule


def test_padding_behind_a_whole_input_is_let_pass_but_not_in_a_reel(file: Path) -> None:
    file.write_bytes(FTYP + MOOV + MDAT + b"\0\0\0\x02junkjunk")
    assert [found.type for found in top_boxes(file)] == ["ftyp", "moov", "mdat"]
    with pytest.raises(BadMedia, match="damaged"):
        all_boxes(file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(content=st.binary(max_size=300), at=st.integers(0, len(FTYP + MOOV + MDAT)))
def test_any_bytes_are_read_or_refused_and_nothing_else(
    content: bytes, at: int, file: Path
) -> None:
    whole = FTYP + MOOV + MDAT
    for data in (content, whole[:at] + content + whole[at:]):
        file.write_bytes(data)
        for walk in (top_boxes, all_boxes):
            with suppress(BadMedia):
                assert all(found.end <= len(data) for found in walk(file))
