"""What the filter graph says for each kind of picture."""

import pytest

from clients.ffmpeg.facts import VideoFacts
from clients.ffmpeg.graph import Pane, Sound, split_screen
from tests.unit.media.facts import video


def graph(top: VideoFacts | None = None, *, joined: int = 600, sound: Sound | None = None) -> str:
    panes = [Pane(0, top or video())]
    return split_screen(panes, Pane(1, video()), sound, joined=joined, frames=600)


def test_both_panes_end_after_exactly_the_frames() -> None:
    assert graph().count("trim=end_frame=600") == 2
    assert graph().count("atrim=end_sample=960000") == 1


def test_a_top_is_repeated_only_when_it_is_shorter_than_the_reel() -> None:
    assert "loop=loop=-1:size=60," in graph(joined=60)
    assert "loop=" not in graph(joined=600)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"matrix": 2, "width": 1280, "height": 720}, ":in_color_matrix=bt709:"),
        ({"matrix": 2, "width": 640, "height": 360}, ":in_color_matrix=bt601:"),
        ({"transfer": 16, "primaries": 9}, "tin=smpte2084"),
        ({"transfer": 18, "primaries": 9}, "tin=arib-std-b67"),
        ({"transfer": 14, "primaries": 9, "full_range": True}, "tin=bt709:rin=pc"),
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


def test_without_sound_there_is_silence() -> None:
    assert "anullsrc" in graph()
    assert "[1:1]aresample" in graph(sound=Sound(1, 1, -3.0))
    assert "volume=-3.00dB" in graph(sound=Sound(1, 1, -3.0))


def test_fields_are_put_together_where_there_are_fields() -> None:
    assert "[0:0]bwdif" in graph(video(interlaced=True))
    assert "bwdif" not in graph()
