"""A Reel that is too long or too large, mended."""

from pathlib import Path

import pytest

from clients.ffmpeg import BadMedia, check_reel
from clients.ffmpeg.boxes import all_boxes
from clients.ffmpeg.movie import last_whole_cut
from clients.ffmpeg.repair import LEAST_BITS, shrink, trim
from tests.integration.media.files import DEFAULTS, made
from tests.integration.media.running import run
from tests.integration.media.seeing import levels, pictures


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds that move, with a tone, and with pictures out of order."""
    out = tmp_path_factory.mktemp("repair") / "reel.mp4"
    made(
        out,
        source="testsrc2=",
        size="1080x1920",
        seconds="7",
        sound="sine=330:r=48000:d=7,volume=6dB",
        video=DEFAULTS["video"].replace("bframes=2", "bframes=3:b-pyramid=2"),
    )
    assert check_reel(out) == []
    return out


async def test_a_trimmed_reel_has_the_same_pictures_up_to_its_end(
    reel: Path, tmp_path: Path
) -> None:
    out = tmp_path / "short.mp4"
    facts = await trim(run, reel, 4.5, out=out)

    assert facts.video is not None
    assert facts.video.cadence is not None
    frames = facts.video.cadence.frames
    assert 4.5 * 30 - 4 <= frames <= 4.5 * 30
    assert check_reel(out) == []
    last = frames - 1
    before, after = pictures(reel, [0, 90, last]), pictures(out, [0, 90, last])
    assert before == after


async def test_the_sound_of_a_trimmed_reel_fades_out_and_keeps_its_place(
    reel: Path, tmp_path: Path
) -> None:
    out = tmp_path / "short.mp4"
    await trim(run, reel, 4, out=out)

    before, after = levels(reel), levels(out)
    assert after[1:34] == pytest.approx(before[1:34], rel=0.05)
    assert after[-1] < 0.3 * after[20]


async def test_a_short_reel_is_not_trimmed(reel: Path, tmp_path: Path) -> None:
    out = tmp_path / "same.mp4"
    await trim(run, reel, 90, out=out)
    assert out.read_bytes() == reel.read_bytes()


async def test_a_reel_is_not_trimmed_below_the_least_length(reel: Path, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="too-short"):
        await trim(run, reel, 2.9, out=tmp_path / "short.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_cut_leaves_no_gap_wherever_it_is_wanted(reel: Path) -> None:
    boxes = all_boxes(reel)
    cuts = [last_whole_cut(reel, boxes, most) for most in range(212)]
    assert cuts == sorted(cuts)
    assert all(0 <= most - cut < 4 for most, cut in enumerate(cuts[:211]))
    assert cuts[60] == 60  # a key frame follows
    assert cuts[210] == cuts[211] == 210


async def test_a_shrunk_reel_keeps_to_its_bytes_and_to_the_rules(
    reel: Path, tmp_path: Path
) -> None:
    short, out, most = tmp_path / "short.mp4", tmp_path / "small.mp4", 600_000
    await trim(run, reel, 3.2, out=short)
    assert short.stat().st_size > 2 * most
    facts = await shrink(run, short, most, out=out, threads=2)

    assert 0.8 * most < facts.bytes <= most
    assert check_reel(out) == []
    assert levels(out) == pytest.approx(levels(short), rel=0.01)
    assert {path.name for path in tmp_path.iterdir()} == {short.name, out.name}


async def test_a_small_reel_is_not_coded_again(reel: Path, tmp_path: Path) -> None:
    out = tmp_path / "same.mp4"
    await shrink(run, reel, reel.stat().st_size, out=out, threads=2)
    assert out.read_bytes() == reel.read_bytes()


async def test_a_target_that_would_look_bad_is_refused(reel: Path, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="too-small-a-target"):
        await shrink(run, reel, 7 * LEAST_BITS // 8, out=tmp_path / "tiny.mp4", threads=2)
    assert list(tmp_path.iterdir()) == []
