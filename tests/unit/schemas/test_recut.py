"""When a file is made anew, and when people see it again."""

import pytest

from schemas.failures import FailureKind
from schemas.recut import (
    LEAST_SIMILARITY,
    MENDABLE,
    MOST_CUT_SECONDS,
    BrokenRule,
    Preflight,
    Remedy,
    material_change,
    remedy_for,
)


def found(*names: str) -> Preflight:
    return Preflight(broken=tuple(BrokenRule(name=name, words="so") for name in names))


@pytest.mark.parametrize(
    ("cut", "similarity", "noticed"),
    [
        (0.0, 1.0, ""),
        (MOST_CUT_SECONDS, LEAST_SIMILARITY, ""),
        (MOST_CUT_SECONDS + 0.01, 1.0, "0.26 s were cut off its end"),
        (0.0, LEAST_SIMILARITY - 0.01, "its picture is visibly worse (similarity 0.970)"),
    ],
)
def test_what_is_missing_or_worse_by_more_than_its_bound_is_material(
    cut: float, similarity: float, noticed: str
) -> None:
    assert material_change(cut, similarity) == noticed


def test_only_length_and_size_are_mended() -> None:
    assert found().remedy is None
    for name in MENDABLE:
        assert found(name).remedy is not None
        assert found(name, "edit-list").remedy is None


def test_each_rule_is_mended_by_its_own_limit() -> None:
    trimmed, shrunk = found("too-long").remedy, found("bit-rate").remedy
    assert trimmed is not None
    assert shrunk is not None
    assert (trimmed.seconds, trimmed.most_bytes(10**9, 900)) == (900, None)
    assert (shrunk.seconds, shrunk.most_bytes(10**9, 10)) == (None, 31_250_000)
    assert shrunk.most_bytes(10**9, 900) == 300_000_000


def test_what_a_platform_refuses_is_compressed_and_what_it_calls_too_long_is_trimmed() -> None:
    shrunk = remedy_for(FailureKind.VIDEO_REFUSED, "no")
    trimmed = remedy_for(FailureKind.VIDEO_TOO_LONG, "no")
    assert shrunk is not None
    assert trimmed is not None
    assert shrunk.most_bytes(20_000_000, 20) == 12_000_000
    assert shrunk.most_bytes(50_000_000, 20) == 12_500_000
    assert (trimmed.seconds, trimmed.most_bytes(20_000_000, 20)) == (90, None)
    assert remedy_for(FailureKind.BAD_REQUEST, "no") is None


def test_two_remedies_keep_to_the_limits_of_both() -> None:
    first, second = Remedy(why="one", seconds=90), Remedy(why="two", seconds=120, part=0.6)
    assert second.beside(first) == Remedy(why="two", seconds=90, part=0.6)
