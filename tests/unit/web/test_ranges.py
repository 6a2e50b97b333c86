import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.ranges import ByteRange, RangeUnsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, 999),  # what Chromium asks first
        ("bytes=0-1", 0, 1),  # what Safari asks first
        ("bytes=500-999", 500, 999),
        ("bytes=999-", 999, 999),
        ("bytes=500-5000", 500, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-5000", 0, 999),
        ("Bytes= 10-20", 10, 20),
    ],
)
def test_a_range_is_cut_to_the_file(header: str, first: int, last: int) -> None:
    assert parse_range(header, 1000) == ByteRange(first, last)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "lines=0-1", "bytes=0-1,5-6",
     "bytes=--5", "bytes=0x0-0x5", "bytes=\u0660-\u0665", "bytes=0-" + "9" * 40],
)  # fmt: skip
def test_what_is_not_one_range_asks_for_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 1000) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes=1000-", 1000),
        ("bytes=5000-6000", 1000),
        ("bytes=-0", 1000),
        ("bytes=0-", 0),
        ("bytes=-1", 0),
    ],
)
def test_a_range_outside_of_the_file_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiable):
        parse_range(header, size)


@given(
    header=st.text(max_size=40) | st.from_regex(r"bytes=[0-9]*-[0-9]*", fullmatch=True),
    size=st.integers(0, 2000),
)
def test_every_range_lies_inside_of_the_file(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except RangeUnsatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < size
