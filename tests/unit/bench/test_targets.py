import pytest

from bench import targets
from bench.comparing import order
from bench.designs import Design
from bench.footage import Kind
from bench.quality import Quality
from bench.queue_load import Load
from bench.report import compared, loaded
from bench.targets import Verdict, judge, judge_memory, judge_queue, sentence
from tests.unit.bench.results import comparison


def test_when_all_targets_are_met_the_exit_code_is_0() -> None:
    assert sentence(judge(comparison())) == (
        f"{len(targets.TARGETS)} targets: {len(targets.TARGETS)} met",
        0,
    )


@pytest.mark.parametrize(
    ("design", "seconds", "name"),
    [
        ("MOVIEPY", 16.0, "pool / MoviePy"),
        ("FLOOR", 1.1, "pool / encoder alone"),
        ("SOURCE", 6.9, "raw / source command"),
        ("RAW", 3.6, "raw / encoder alone"),
    ],
)
def test_a_missed_target_makes_the_exit_code_1(design: str, seconds: float, name: str) -> None:
    verdicts = judge(comparison(Kind.FLAT, {design: seconds}))
    assert name in {verdict.name for verdict in verdicts if verdict.word == "MISSED"}
    assert sentence(verdicts)[1] == 1


def test_one_miss_among_many_is_enough() -> None:
    verdicts = judge(comparison()) + judge_memory({"4K": 451.0})
    assert sentence(verdicts) == (
        f"{len(verdicts)} targets: {len(verdicts) - 1} met, 1 MISSED",
        1,
    )
    assert str(verdicts[-1]).startswith("MISSED   4K")


@pytest.mark.parametrize("design", [Design.POOL, Design.RAW])
def test_quality_is_that_of_the_worse_of_ours(design: Design) -> None:
    result = comparison()
    result.quality[design] = Quality(97.69, 0.97)
    worse = {verdict.name for verdict in judge(result) if verdict.word == "MISSED"}
    assert worse == {"SSIM lost to source command", "VMAF lost to source command"}


def test_better_quality_is_no_loss() -> None:
    result = comparison()
    result.quality[Design.POOL] = result.quality[Design.RAW] = Quality(99.0, 0.99)
    assert sentence(judge(result))[1] == 0


def test_an_exception_is_of_a_target_that_there_is_and_wider() -> None:
    verdicts = [verdict for kind in Kind for verdict in judge(comparison(kind))]
    verdicts += judge_memory({targets.HDR: 400.0, targets.LONGEST: 400.0})
    excused = {(one.name, one.about): one for one in verdicts if one.most != one.target}
    assert {key: one.most for key, one in excused.items()} == targets.EXCEPTIONS
    assert all(one.most > one.target for one in excused.values())


def test_an_exception_is_told_with_the_target_and_does_not_fail() -> None:
    verdict = Verdict("peak memory in MB", "4K", measured=500.0, most=600.0, target=450.0)
    assert "at most 450, here 600" in str(verdict)
    assert sentence([verdict]) == ("1 targets: 1 excepted", 0)


def test_where_the_target_itself_is_met_no_exception_is_told() -> None:
    verdict = Verdict("peak memory in MB", "4K", measured=400.0, most=600.0, target=450.0)
    assert verdict.word == "met"
    assert "here" not in str(verdict)


def test_beyond_its_exception_a_target_is_missed() -> None:
    verdict = Verdict("peak memory in MB", "4K", measured=601.0, most=600.0, target=450.0)
    assert sentence([verdict]) == ("1 targets: 1 MISSED", 1)


def test_each_design_runs_once_a_round_and_the_slow_one_in_the_first() -> None:
    assert set(order(0)) == set(Design)
    assert set(order(1)) == set(Design) - {Design.MOVIEPY}
    assert len({tuple(order(number)[:4]) for number in range(4)}) == 4


def test_the_table_has_a_row_for_each_design() -> None:
    rows = compared(comparison(Kind.TEXTURED)).splitlines()
    assert rows[0].split("|")[1].strip() == "textured"
    assert [row.split("|")[1].strip() for row in rows[2:]] == list(Design)


@pytest.mark.parametrize(
    ("slow_ms", "decisions", "code"), [(300, 600, 0), (301, 600, 1), (20, 560, 1)]
)
def test_a_queue_that_is_slow_or_was_not_loaded_makes_the_exit_code_1(
    slow_ms: float, decisions: int, code: int
) -> None:
    pages = (*[10.0] * 94, *[slow_ms] * 6)
    seen = Load(pages, decisions, seconds=30, waiting=1000, plan="")
    assert sentence(judge_queue(seen))[1] == code


def test_of_the_pages_the_nearest_rank_is_told() -> None:
    seen = Load(tuple(float(ms) for ms in range(100, 0, -1)), 600, 30, 1000, "")
    told = loaded(seen).splitlines()[-1].replace(" ", "")
    assert told == "|100|50|95|100|20.0|1000|"
