import sys

import pytest

from bench.measuring import Cost, MeasuringFailed, measure, paired, told_by, typical

BURN = "import time\nwhile time.process_time() < 0.2: pass"
BURN_IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
METERED = (
    "from bench.measuring import Meter\n{before}\nmeter = Meter()\n{work}\nprint(meter.tell())"
)


def test_what_a_grandchild_takes_is_counted() -> None:
    assert measure([sys.executable, "-c", BURN_IN_A_CHILD]).cpu_seconds >= 0.2


def test_memory_is_that_of_the_largest_process_and_not_of_who_measures() -> None:
    mine = bytearray(b"1") * (400 << 20)
    cost = measure([sys.executable, "-c", "bytearray(200 << 20).count(1)"])
    assert 200 <= cost.peak_mb < 300 < len(mine) >> 20


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(MeasuringFailed, match=r"ended with 3.*no such thing"):
        measure(
            [
                sys.executable,
                "-c",
                "import sys; print('no such thing', file=sys.stderr); sys.exit(3)",
            ]
        )


def test_a_program_tells_what_its_work_took_without_its_start() -> None:
    told = told_by([sys.executable, "-c", METERED.format(before=BURN, work="")])
    assert told.cpu_seconds < 0.1
    told = told_by([sys.executable, "-c", METERED.format(before="", work=BURN_IN_A_CHILD)])
    assert told.cpu_seconds >= 0.2


def test_a_ratio_is_the_median_of_pairs_and_not_of_sides() -> None:
    ours = [Cost(1, 0), Cost(2, 0), Cost(9, 0)]
    theirs = [Cost(2, 0), Cost(20, 0), Cost(10, 0)]
    assert paired(ours, theirs) == 0.5


def test_only_rounds_that_both_took_part_in_are_paired() -> None:
    assert paired([Cost(1, 0), Cost(9, 0), Cost(9, 0)], [Cost(4, 0)]) == 0.25


def test_the_highest_peak_counts() -> None:
    assert typical([Cost(1, 100), Cost(3, 300), Cost(2, 200)]) == Cost(2, 300)
