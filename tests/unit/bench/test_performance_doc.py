"""docs/performance.md says what the code does, and what was measured about it."""

import re
from functools import cache

import pytest

from bench import curve, report, targets
from bench.__main__ import COMMANDS
from bench.footage import Kind
from bench.ours import WORKER_THREADS
from bench.points import Point, load
from clients.ffmpeg import command, normalise

DOC = curve.TABLE.with_suffix(".md")
OUT_OF_REACH = "## Out of reach"


@cache
def document() -> str:
    return DOC.read_text()


@cache
def points() -> list[Point]:
    return load(curve.TABLE)


@pytest.mark.parametrize("coding", [command.coding(WORKER_THREADS), normalise.CODING])
def test_the_settings_stand_in_it_as_they_are(coding: list[str]) -> None:
    assert f"    {' '.join(coding)}\n" in document()


def test_every_setting_was_measured_on_every_kind() -> None:
    measured = {
        (one.kind, one.line, one.preset, one.crf, one.params)
        for one in points()
        if one.line != curve.POOL
    }
    assert measured == {
        (str(kind), one.line, one.preset, one.crf, one.params)
        for kind in Kind
        for one in curve.settings()
    }


def test_each_row_that_was_measured_stands_in_it() -> None:
    assert report.settings_table(points(), list(Kind)) in document()


def test_no_parameter_is_without_a_row_that_shows_what_it_does() -> None:
    changed = {
        pair.split("=")[0] for other in curve.OTHERWISE.values() for pair in other.split(":")
    }
    chosen = {pair.split("=")[0] for pair in curve.chosen()[2].split(":")}
    assert chosen <= changed


def test_the_pool_s_crf_was_measured_on_every_kind() -> None:
    words = list(normalise.CODING)
    crf = float(words[words.index("-crf") + 1])
    pooled = {one.kind for one in points() if (one.line, one.crf) == (curve.POOL, crf)}
    assert pooled == set(Kind)


def test_each_target_stands_in_it() -> None:
    before = document().split(OUT_OF_REACH, 1)[0]
    for target in targets.TARGETS:
        assert f"| {target.name} | {target.most:g} |" in before


def test_what_is_out_of_reach_is_said_with_what_is_held_instead() -> None:
    section = document().split(OUT_OF_REACH)[1].split("\n## ")[0]
    told = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([\d.]+) \|$", section, re.MULTILINE)
    assert {(name, about): float(most) for name, about, most in told} == targets.EXCEPTIONS


def test_the_commands_in_it_exist() -> None:
    assert set(re.findall(r"python -m bench (\w+)", document())) <= set(COMMANDS)


def test_the_plot_is_of_every_kind() -> None:
    drawn = curve.PICTURE.read_text()
    assert all(f"<!-- {kind} -->" in drawn for kind in Kind)
    assert curve.PICTURE.name in document()
