from pathlib import Path

import pytest

from bench.measuring import QUIET, MeasuringFailed, measure
from bench.quality import judge


def drawn(out: Path, frames: int, *coding: str) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=30")
    measure([*QUIET, *picture, "-frames:v", str(frames), *coding, str(out)])
    return out


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return drawn(tmp_path / "truth.mkv", 15, "-pix_fmt", "yuv420p", "-c:v", "ffv1")


def test_what_lost_nothing_is_perfect_and_what_lost_much_is_not(
    truth: Path, tmp_path: Path
) -> None:
    same = drawn(tmp_path / "same.mp4", 15, "-pix_fmt", "yuv420p", "-crf", "0")
    bad = drawn(tmp_path / "bad.mp4", 15, "-pix_fmt", "yuv420p", "-crf", "45")
    good, poor = judge(same, truth, 0.5), judge(bad, truth, 0.5)
    assert good.ssim == 1.0
    assert poor.ssim < 0.95
    assert poor.vmaf < good.vmaf - 10


def test_pictures_are_not_compared_with_others(truth: Path, tmp_path: Path) -> None:
    short = drawn(tmp_path / "short.mp4", 14, "-pix_fmt", "yuv420p")
    with pytest.raises(MeasuringFailed, match="has 14 pictures"):
        judge(short, truth, 0.5)
