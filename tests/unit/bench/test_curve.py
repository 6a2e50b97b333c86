from pathlib import Path

from bench import curve
from bench.ours import WORKER_THREADS
from bench.points import Point, load, write
from clients.ffmpeg import command


def test_the_middle_of_the_chosen_line_is_what_the_product_does() -> None:
    chosen = [one for one in curve.settings() if one.line == curve.CHOSEN]
    middle = chosen[len(chosen) // 2]
    assert curve._coding(middle) == command.coding(WORKER_THREADS)


def test_a_preset_as_it_is_has_none_of_our_parameters() -> None:
    asis = next(one for one in curve.settings() if one.line == curve.AS_IT_IS)
    assert "-x264-params" not in curve._coding(asis)


def test_each_other_setting_changes_something() -> None:
    words = {tuple(curve._coding(one)) for one in curve.settings()}
    assert len(words) == len(list(curve.settings()))


def test_points_come_back_as_they_were_kept(tmp_path: Path) -> None:
    points = [Point("flat", "chosen", "superfast", 21.5, "a=1:b=2", 0.5, 3.25, 98.1, 0.98, 240)]
    write(points, tmp_path / "points.csv")
    assert load(tmp_path / "points.csv") == points
