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
from tests.integration.media.files import made


def test_a_right_file_breaks_no_rule(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4", size="1080x1920")) == []


def test_another_size_is_named(tmp_path: Path) -> None:
    assert check_reel(made(tmp_path / "reel.mp4")) == ["size"]


@pytest.mark.parametrize(
    ("rule", "where", "at", "written"),
    [
        ("brand", "ftyp", 8, b"qt  "),
        ("movie-header", "moov/mvhd", 28, (2 << 16).to_bytes(4)),
        ("movie-header", "moov/mvhd", 24, (9 << 20).to_bytes(4)),
        ("track-header", "moov/trak/tkhd", 8, bytes(4)),
        ("colour-box", "moov/trak/mdia/minf/stbl/stsd", 16 + 86, None),
        ("picture-notes", "moov/trak/mdia/minf/stbl/stsd", 16 + 86, b"cclv"),
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
    if rule == "colour-box":
        start, written = content.index(b"colr", start), b"pasp"
    elif rule == "picture-notes":
        assert written is not None
        start = content.index(b"btrt", start)
    elif written is None:  # the last box of the entry becomes an entry of its own
        size = int.from_bytes(content[start : start + 4])
        written = (size - 20).to_bytes(4)
    content[start : start + len(written)] = written
    reel.write_bytes(content)

    assert set(check_reel(reel)) - {"size"} == {rule}
    assert rule in RULES


def test_media_that_stand_twice_are_named(tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    with reel.open("ab") as file:
        file.write(b"\0\0\0\x08mdat")
    assert check_reel(reel) == ["top-boxes", "size"]


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


async def test_a_file_that_ends_early_is_named(tmp_path: Path) -> None:
    reel = made(tmp_path / "reel.mp4")
    part = tmp_path / "part.mp4"
    part.write_bytes(reel.read_bytes()[:-100])
    assert check_reel(part) == ["truncated"]
    assert [*(await check_reel_async(part)).broken] == ["truncated"]
    assert [*(await check_reel_async(reel)).broken] == ["size"]
