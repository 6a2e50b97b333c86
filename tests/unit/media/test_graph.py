"""What the filter graph says for each kind of picture."""

import pytest

from clients.ffmpeg.facts import VideoFacts
from clients.ffmpeg.graph import Footage, Shot, picture
from clients.ffmpeg.layouts import LAYOUTS
from schemas.composition import Anchor, Layout
from tests.unit.media.facts import video


def graph(
    top: VideoFacts | None = None,
    *,
    joined: int = 600,
    layout: Layout = Layout.SPLIT_60_40,
    anchor: Anchor = Anchor.CENTER,
) -> str:
    shots = [
        Shot(pane, (Footage(number, top or video()),), anchor, joined)
        for number, pane in enumerate(LAYOUTS[layout])
    ]
    return picture(shots, frames=600)


def test_both_panes_end_after_exactly_the_frames() -> None:
    assert graph().count("trim=end_frame=600") == 2


def test_footage_is_repeated_only_when_it_is_shorter_than_the_reel() -> None:
    assert "loop=loop=-1:size=60," in graph(joined=60)
    assert "loop=" not in graph(joined=600)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"matrix": 2, "width": 1280, "height": 720}, ":in_color_matrix=bt709:"),
        ({"matrix": 2, "width": 640, "height": 360}, ":in_color_matrix=bt601:"),
        ({"transfer": 16, "primaries": 9}, "color_trc=smpte2084:range=tv,"),
        ({"transfer": 18, "primaries": 9}, "color_trc=arib-std-b67:range=tv,"),
        ({"transfer": 14, "primaries": 9, "full_range": True}, "color_trc=bt709:range=pc,"),
    ],
    ids=["untagged-hd", "untagged-sd", "pq", "hlg", "wide-and-full"],
)
def test_colour_is_read_as_it_was_meant(facts: dict[str, object], words: str) -> None:
    assert words in graph(video(**facts))


@pytest.mark.parametrize("facts", [{"matrix": 6}, {"matrix": 0, "pixel_format": "gbrp"}])
def test_what_the_file_says_about_colour_is_believed(facts: dict[str, object]) -> None:
    assert "in_color_matrix" not in graph(video(**facts))
    assert "tonemap" not in graph(video(**facts))


def test_only_high_dynamic_range_gets_a_tone_curve() -> None:
    assert "tonemap=mobius" in graph(video(transfer=16, primaries=9))
    assert "tonemap" not in graph(video(transfer=14, primaries=9))


def test_fields_are_put_together_where_there_are_fields() -> None:
    assert "[0:0]bwdif" in graph(video(interlaced=True))
    assert "bwdif" not in graph()


def test_a_picture_that_is_as_its_pane_needs_it_is_not_touched() -> None:
    pooled = video(width=1080, height=768, fps=30.0)
    assert "[0:0]crop" in graph(pooled)
    assert "[1:0]fps=30:start_time=0,setparams" in graph(pooled)
    assert "scale" in graph(video(width=1080, height=768, full_range=True)).split("[1:0]")[1]


@pytest.mark.parametrize(
    ("anchor", "where"),
    [
        (Anchor.CENTER, ":(iw-ow)/2:(ih-oh)/2,"),
        (Anchor.LEFT, ":0:(ih-oh)/2,"),
        (Anchor.RIGHT, ":iw-ow:(ih-oh)/2,"),
        (Anchor.TOP, ":(iw-ow)/2:0,"),
        (Anchor.BOTTOM, ":(iw-ow)/2:ih-oh,"),
    ],
)
def test_the_anchor_says_which_part_stays(anchor: Anchor, where: str) -> None:
    assert where in graph(anchor=anchor)


def test_a_whole_picture_lies_in_the_middle_of_its_blurred_copy() -> None:
    assert "scale=1080:608" in graph(layout=Layout.TOP_BLURRED)
    assert "overlay=0:656" in graph(layout=Layout.TOP_BLURRED)
    portrait = graph(video(width=1080, height=1920), layout=Layout.TOP_BLURRED)
    assert "gblur" not in portrait


def test_the_slower_of_both_rates_is_scaled() -> None:
    assert "[0:0]crop" in graph(video(fps=24.0))
    assert "[0:0]setpts=PTS-STARTPTS,fps=30,crop" in graph(video(fps=60.0))
