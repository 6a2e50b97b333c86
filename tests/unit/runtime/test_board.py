"""Steps are shown as they stand: by line where nobody sits, in a table where somebody does."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console
from temporalio.api.workflow.v1 import PendingActivityInfo

from runtime.board import Board
from runtime.watch import _by_step, how_it_ended
from schemas.day import (
    AccountDayResult,
    DayProgress,
    Heartbeat,
    Outcome,
    StepProgress,
    StepState,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def step(name: str, state: StepState, *, after: float = 0, detail: str = "") -> StepProgress:
    began = NOON + timedelta(seconds=after)
    ended = None if state is StepState.RUNNING else began + timedelta(seconds=2)
    return StepProgress(name=name, state=state, started_at=began, ended_at=ended, detail=detail)


def pending(kind: str, after: float) -> PendingActivityInfo:
    info = PendingActivityInfo()
    info.activity_type.name = kind
    info.scheduled_time.FromDatetime(NOON + timedelta(seconds=after))
    return info


def test_without_a_terminal_each_news_is_one_line() -> None:
    out = io.StringIO()
    board = Board(Console(file=out, width=200))
    with board:
        for percent in (0, 5, 30, 31, 60):
            board.show([step("compose", StepState.RUNNING)], {"compose": float(percent)})
        board.show([step("compose", StepState.FAILED, detail="disk [full]")], {})

    lines = out.getvalue().splitlines()
    news = [f"{line} ".rpartition(" s ")[2].strip() for line in lines]
    assert news == ["", "30 %", "60 %", "disk [full]"]
    assert "failed" in lines[-1]
    assert "2.0 s" in lines[-1]


def test_a_step_that_waits_says_until_when_and_is_no_failure() -> None:
    out = io.StringIO()
    until = "waits until 18:37 Europe/Berlin: posting time 18:30"
    with Board(Console(file=out, width=200, force_terminal=True)) as board:
        board.show([step("posting time", StepState.WAITING, detail=until)], {})

    assert until in out.getvalue()
    assert "\x1b[31m" not in out.getvalue(), "nothing is red"


def test_in_a_terminal_a_finished_step_is_not_shown_again_later() -> None:
    out = io.StringIO()
    board = Board(Console(file=out, width=100, force_terminal=True))
    done = step("story", StepState.DONE)
    with board:
        board.show([done, step("review", StepState.RUNNING)], {})
    before = len(out.getvalue())
    with board:
        board.show([done, step("review", StepState.DONE)], {})

    later = out.getvalue()[before:]
    assert "review" in later
    assert "story" not in later


def test_percents_belong_to_the_running_steps_of_their_kind_in_order() -> None:
    steps = [
        step("clip 2: download", StepState.RUNNING, after=5),
        step("clip 1: download", StepState.RUNNING, after=1),
        step("clip 0: download", StepState.DONE),
        step("compose", StepState.RUNNING, after=9),
    ]
    told = [
        (pending("compose_reel", 9.1), Heartbeat(percent=70)),
        (pending("fetch_clip", 5.1), Heartbeat(percent=20)),
        (pending("fetch_clip", 1.1), Heartbeat(percent=10)),
    ]

    assert _by_step(steps, told) == {
        "clip 1: download": 10,
        "clip 2: download": 20,
        "compose": 70,
    }


def test_a_percent_that_can_not_be_placed_is_left_out() -> None:
    assert _by_step([], [(pending("fetch_clip", 1), Heartbeat(percent=10))]) == {}


def test_a_closed_day_says_how_it_ended() -> None:
    result = AccountDayResult(outcome=Outcome.REJECTED, reason="too loud")

    assert how_it_ended(DayProgress(result=result)) == "rejected - too loud"
    assert "Web UI" in how_it_ended(DayProgress())
