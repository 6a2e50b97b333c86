"""Every recorded history replays on the code as it is: what runs anywhere may go on."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

import worker
from tests.replay.mutants import OneActivityMore, OneStageMore
from tests.replay.scenarios import SCENARIOS
from tests.workflows.world import TOKEN
from workflows.daily_run import DailyRun

FOLDER = Path(__file__).parent / "histories"
TODAYS = sorted(FOLDER.glob("*.json"))
EARLIER = sorted(FOLDER.glob("*/*.json"))
"""Of shapes that were: `unjudged` is from before stories were judged and orders looked up,
`one_window` from before another window was tried when a Reel could not be composed, `at_once`
from before an approved Reel waited for its time, its quota and its account, and before its file
was looked at, and made anew, on its way out, `uncarded` from before the cards of a day said how it
ended."""
HISTORIES = [*TODAYS, *EARLIER]
OF_DAYS = [
    path
    for path in HISTORIES
    if path.stem not in {"daily_run", "digests", "housekeeping", "skipped"}
]
BEFORE_REVIEW = {
    *("open_and_parked", "open_and_parked_at_compose", "abandoned"),
    *("open_and_refused_by_the_critic", "over_budget"),
}
REACHED_REVIEW = [path for path in OF_DAYS if path.stem not in BEFORE_REVIEW]


def a_replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=list(workflows),
        data_converter=pydantic_data_converter,
        workflow_failure_exception_types=worker.FAILS_THE_RUN,
    )


def a_history(path: Path) -> WorkflowHistory:
    content = json.loads(path.read_text())
    return WorkflowHistory.from_json(content.pop("workflow_id"), content)


def name(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def test_each_way_through_the_workflows_is_recorded() -> None:
    assert [path.stem for path in TODAYS] == sorted(SCENARIOS)
    assert EARLIER


@pytest.mark.parametrize("path", HISTORIES, ids=name)
async def test_a_recorded_history_replays(path: Path) -> None:
    await a_replayer(*worker.WORKFLOWS).replay_workflow(a_history(path))


@pytest.mark.parametrize("path", OF_DAYS, ids=name)
async def test_one_activity_more_is_found(path: Path) -> None:
    with pytest.raises(NondeterminismError):
        await a_replayer(OneActivityMore, DailyRun).replay_workflow(a_history(path))


@pytest.mark.parametrize("path", REACHED_REVIEW, ids=name)
async def test_one_stage_more_is_found(path: Path) -> None:
    with pytest.raises(NondeterminismError):
        await a_replayer(OneStageMore, DailyRun).replay_workflow(a_history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=name)
def test_a_recorded_history_holds_no_secret_and_no_folder(path: Path) -> None:
    written = b"".join(event.SerializeToString() for event in a_history(path).events)

    for canary in (TOKEN, "Signature", "cdn.test", "/home/", "/root/", "site-packages"):
        assert canary.encode() not in written
