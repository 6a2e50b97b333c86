import io

import av
import pytest

from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.thumbnail import thumbnail
from tests.pictures import a_png


def test_a_poster_becomes_a_small_jpeg_of_the_same_shape() -> None:
    small = thumbnail(a_png(540, 960))
    with av.open(io.BytesIO(small), "r", format="jpeg_pipe") as file:
        frame = next(file.decode(video=0))
        red, green, blue = bytes(frame.reformat(1, 1, "rgb24").planes[0])[:3]
    assert (frame.width, frame.height) == (270, 480)
    assert len(small) < 40_000
    assert abs(red - 0xE4) + abs(green - 0x57) + abs(blue - 0x2E) < 12


@pytest.mark.parametrize("content", [b"", b"no picture", a_png(8, 8)[:40], b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadMedia):
        thumbnail(content)
