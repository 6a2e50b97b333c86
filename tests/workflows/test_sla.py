"""The SLA table: as the design says, and as it reaches the server."""

import ast
import json
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import ActivityTaskScheduledEventAttributes
from temporalio.client import WorkflowHistory
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

import workflows
from schemas.names import MEDIA_QUEUE, TASK_QUEUE
from workflows import sla

SECOND = timedelta(seconds=1)

# The design, section 6: seconds of an attempt, attempts (0: bounded by time), backoff.
TABLE = {
    "CLAUDE_PROMPT": (30, 3, 2),
    "CLAUDE_CAPTION": (30, 3, 2),
    "VIDEO_SUBMIT": (10, 3, 1),
    "VIDEO_DOWNLOAD": (120, 3, 2),
    "INSTAGRAM_UPLOAD": (300, 3, 2),
    "INSTAGRAM_PUBLISH": (60, 1, 2),
}
ROWS: dict[str, ActivityConfig] = {
    name: cast("ActivityConfig", row)
    for name, row in vars(sla).items()
    if isinstance(row, dict) and name.isupper()
}
OF_STEP = {
    "open_day": "DATABASE",
    "note_stage": "DATABASE",
    "write_story": "CLAUDE_PROMPT",
    "judge_story": "CLAUDE_PROMPT",
    "keep_story": "DATABASE",
    "write_caption": "CLAUDE_CAPTION",
    "plan_film": "DATABASE",
    "submit_clip": "VIDEO_SUBMIT",
    "await_clip": "VIDEO_POLL",
    "fetch_clip": "VIDEO_DOWNLOAD",
    "pick_window": "DATABASE",
    "compose_reel": "COMPOSE",
    "save_draft": "DATABASE",
    "notify": "NOTIFY",
    "weigh_decision": "DECISION",
    "clear_post": "CLEARANCE",
    "clear_account": "DATABASE",
    "approved_file": "DATABASE",
    "preflight_reel": "PREFLIGHT",
    "prepare_post": "INSTAGRAM_UPLOAD",
    "await_container": "INSTAGRAM_UPLOAD",
    "commit_post": "INSTAGRAM_PUBLISH",
    "reconcile_post": "INSTAGRAM_RECONCILE",
    "link_post": "NOTIFY",
    "close_day": "CLOSE",
}


def policy_of(row: ActivityConfig) -> RetryPolicy:
    policy = row["retry_policy"]
    assert policy is not None
    return policy


@pytest.mark.parametrize(("name", "wanted"), TABLE.items())
def test_a_row_is_as_the_design_says(name: str, wanted: tuple[int, int, int]) -> None:
    seconds, attempts, backoff = wanted
    row = ROWS[name]

    assert row["start_to_close_timeout"] == seconds * SECOND
    assert policy_of(row).maximum_attempts == attempts
    if attempts > 1:
        assert policy_of(row).initial_interval == SECOND
        assert policy_of(row).backoff_coefficient == backoff


def test_a_job_is_filmed_for_five_minutes_its_time_in_a_queue_not_counted() -> None:
    assert timedelta(minutes=5) == sla.VIDEO_FILMING
    assert sla.VIDEO_POLL["schedule_to_close_timeout"] == timedelta(hours=1)
    assert policy_of(sla.VIDEO_POLL).maximum_attempts == 0


def test_a_post_is_tried_three_times_by_the_workflow_and_once_by_temporal() -> None:
    assert sla.PUBLISH_TRIES == 3
    assert policy_of(sla.INSTAGRAM_PUBLISH).maximum_attempts == 1


def test_no_step_of_publishing_tries_again_by_itself_while_it_is_throttled() -> None:
    for name in ("INSTAGRAM_UPLOAD", "INSTAGRAM_RECONCILE", "CLEARANCE"):
        assert policy_of(ROWS[name]).non_retryable_error_types == ["rate_limited"]
    assert policy_of(sla.INSTAGRAM_PUBLISH).maximum_attempts == 1


def test_a_paused_account_is_looked_at_after_a_minute_and_every_hour_in_the_end() -> None:
    policy = policy_of(sla.RESUME)
    assert (policy.initial_interval, policy.maximum_interval) == (60 * SECOND, 3600 * SECOND)
    assert policy.maximum_attempts == 0


@pytest.mark.parametrize(("left", "seconds"), [(3600, 3600), (90, 90), (3, 60), (-9, 60)])
def test_an_unknown_outcome_is_read_for_what_is_left_of_its_hour_and_once_in_any_case(
    left: int, seconds: int
) -> None:
    assert sla.reading_for(left * SECOND)["schedule_to_close_timeout"] == seconds * SECOND


def test_the_seven_rows_of_the_source_come_first_and_in_its_order() -> None:
    assert list(ROWS)[:7] == [
        "CLAUDE_PROMPT",
        "CLAUDE_CAPTION",
        "VIDEO_SUBMIT",
        "VIDEO_POLL",
        "VIDEO_DOWNLOAD",
        "INSTAGRAM_UPLOAD",
        "INSTAGRAM_PUBLISH",
    ]


def test_an_account_has_an_hour_to_reach_review() -> None:
    assert timedelta(seconds=3600) == sla.TIMEOUT_PER_ACCOUNT


@pytest.mark.parametrize("name", ROWS)
def test_a_dead_worker_is_missed_in_every_step(name: str) -> None:
    assert ROWS[name]["heartbeat_timeout"] == 10 * SECOND


def test_no_other_workflow_module_holds_a_number_of_seconds() -> None:
    for path in Path(workflows.__file__ or "").parent.glob("*.py"):
        if path.stem == "sla":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("timedelta"):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                numbers = [one.value for one in values if isinstance(one, ast.Constant)]
                assert numbers in ([], [0]), f"{path.name}: {ast.unparse(node)}"


OF_HOUSEKEEPING = {
    "plan_renewals": "DATABASE",
    "renew_token": "TOKEN_RENEWAL",
    "tell_of_renewals": "NOTIFY",
    "warn_of_ends": "NOTIFY",
    "remind_of_secrets": "NOTIFY",
}


OF_DIGESTS = {"plan_digests": "DATABASE", "send_digest": "DIGEST"}
OF_RECUT = {"recut_reel": "RECUT", "keep_recut": "DATABASE"}
ON_MEDIA = {"compose_reel", "pick_cover", "preflight_reel", "recut_reel"}


def history_of(step: str) -> str:
    if step in OF_DIGESTS:
        return "digests"
    if step in OF_RECUT:
        return "recut_and_carried_over"
    return "housekeeping" if step in OF_HOUSEKEEPING else "reconciled"


def scheduled(name: str = "reconciled") -> dict[str, ActivityTaskScheduledEventAttributes]:
    path = Path(__file__).parents[1] / "replay" / "histories" / f"{name}.json"
    content = json.loads(path.read_text())
    history = WorkflowHistory.from_json(content.pop("workflow_id"), content)
    found = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    return {one.activity_type.name: one for one in found}


def test_every_step_of_a_recorded_day_has_its_row() -> None:
    assert scheduled().keys() == OF_STEP.keys()
    assert scheduled("housekeeping").keys() == OF_HOUSEKEEPING.keys()
    assert scheduled("digests").keys() == OF_DIGESTS.keys()
    assert scheduled("recut_and_carried_over").keys() >= OF_RECUT.keys()


OF_WAITS = {
    "pick_cover": ("COVER", "revised"),
    "reword_shot": ("CLAUDE_PROMPT", "revised"),
    "choose_reminder": ("DATABASE", "revised"),
    "choose_time": ("DATABASE", "published_at_its_time"),
    "await_resume": ("RESUME", "paused_and_resumed"),
    "tell_of_pause": ("PAUSE_ALERT", "paused_and_resumed"),
    "close_cards": ("NOTIFY", "published"),
    "weigh_trust": ("DATABASE", "approved_automatically"),
    "await_withdrawal": ("WITHDRAWAL", "taken_back"),
}


@pytest.mark.parametrize(
    ("step", "name"), (OF_STEP | OF_HOUSEKEEPING | OF_DIGESTS | OF_RECUT).items()
)
def test_a_step_reaches_the_server_as_its_row_says(step: str, name: str) -> None:
    compare(step, name, history_of(step))


@pytest.mark.parametrize(("step", "found"), OF_WAITS.items())
def test_a_step_of_a_wait_reaches_the_server_as_its_row_says(
    step: str, found: tuple[str, str]
) -> None:
    compare(step, *found)


def compare(step: str, name: str, history: str) -> None:
    row, sent = ROWS[name], scheduled(history)[step]
    policy = policy_of(row)

    for limit in ("start_to_close_timeout", "schedule_to_close_timeout"):
        if limit in row:
            assert getattr(sent, limit).ToTimedelta() == row.get(limit)
    assert sent.heartbeat_timeout.ToTimedelta() == row["heartbeat_timeout"]
    assert sent.retry_policy.maximum_attempts == policy.maximum_attempts
    assert sent.retry_policy.initial_interval.ToTimedelta() == policy.initial_interval
    assert sent.retry_policy.backoff_coefficient == policy.backoff_coefficient
    unless = policy.non_retryable_error_types or []
    assert list(sent.retry_policy.non_retryable_error_types) == list(unless)
    queue = MEDIA_QUEUE if step in ON_MEDIA else TASK_QUEUE
    assert sent.task_queue.name == queue
