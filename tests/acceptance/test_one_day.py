"""A day from its start to the post, as its operator and its reviewer live it, mistakes and all."""

import hashlib
import json
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from db.database import Database
from schemas.day import Stage
from schemas.reel import published_text
from tests.acceptance.conftest import Day
from tests.acceptance.stack import TOKEN, Stack

pytestmark = pytest.mark.timeout(400)

Start = Callable[[], Day]

WRONG = (
    (("start", "nobody"), "ACCOUNT: 'nobody' is unknown; see: admin.py account list"),
    (("start", "nobody", "--date", "23.11.2026"), "write it like 2026-11-23"),
    (("approve", "nobody", "2026-11-23"), "ACCOUNT: 'nobody' is unknown"),
    (("approve", "{account}", "2026-13-01"), "is not a date"),
    (("approve", "{account}", "2020-01-01"), "was never started"),
    (("reject", "{account}", "{day}", "--revision", "abc123"), "--revision: abc123 is not"),
    (("resolve", "{account}", "{day}", "retry"), "nothing is parked"),
    (("resolve", "{account}", "{day}", "perhaps"), "invalid choice: 'perhaps'"),
    (("start", "{account}", "--date", "2020-01-01"), "--date: 2020-01-01 is not near"),
    (("schedule", "pause", "no-such"), "SCHEDULE: 'no-such' is unknown"),
)
"""Words for starter.py, and what it says of them."""


async def test_a_click_in_slack_publishes_exactly_what_was_shown(
    stack: Stack, new_day: Start, db: Database
) -> None:
    day = new_day()
    now = await day.at(Stage.REVIEW)
    shown = httpx.get(f"{stack.settings['PUBLIC_BASE_URL']}/reels/{now.revision}/video.mp4")
    click = {"match": day.key.account, "action_id": "approve", "user_id": "U0REVIEWER"}
    answer = httpx.post(f"{stack.outside}/slack/_click", json=click, timeout=10).json()
    day.published()

    assert answer["answers"][0]["status"] == 200
    assert answer["answers"][0]["in_time"]
    (post,) = day.posts()
    row = await db.reels.by_day(day.key)
    assert row is not None
    assert hashlib.sha256(shown.content).hexdigest() == row.video_sha256
    fetched = stack.ledger(effect="container.fetched")
    assert [
        one["facts"]["sha256"] for one in fetched if one["ids"]["container"] == row.container_id
    ] == [row.video_sha256]
    assert post["ids"]["media"] == row.media_id


async def test_the_other_caption_can_be_picked_and_is_what_runs(
    stack: Stack, new_day: Start, db: Database
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    row = await db.reels.by_day(day.key)
    assert row is not None
    first, second = await db.approvals.newest(row.id)
    offered = day.line()
    printed = json.loads(stack.ok("admin.py", "day", *day.words))
    said = stack.ok("starter.py", "approve", *day.words, "--variant", "B")
    day.published()
    row = await db.reels.by_day(day.key)

    assert "--variant A|B" in offered
    assert [one["caption"] for one in printed["review"]] == [first.caption, second.caption]
    assert "caption B" in said
    assert row is not None
    assert (row.variant, row.caption) == ("B", second.caption)
    assert row.hook_type == second.hook_type != first.hook_type
    (post,) = day.posts()
    assert post["facts"]["caption"] == published_text(second.caption, second.hashtags)


async def test_a_day_starts_once(stack: Stack, new_day: Start) -> None:
    day = new_day()
    again = stack.run("starter.py", "start", day.key.account)
    await day.at(Stage.REVIEW)
    day.approve()
    day.published()

    assert again.code == 2
    assert "started before" in again.err


async def test_a_signal_without_a_seal_changes_nothing(
    stack: Stack, new_day: Start, db: Database
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    cli = Path(sysconfig.get_path("scripts")) / "temporal"
    address = ("--address", stack.settings["TEMPORAL_ADDRESS"])
    signal = (cli, "workflow", "signal", *address, "-w", day.key.workflow_id, "--name", "approval")
    for sent in ((), ("--input", '"approve"'), ("--input", '{"body": "{}", "seal": "00"}')):
        subprocess.run((*signal, *sent), check=True, capture_output=True)
    log = "SELECT refusal FROM decision_log WHERE account_id = $1 ORDER BY id"
    refusals: list[str] = []
    while len(refusals) < 3:
        refusals = [row["refusal"] for row in await db.pool.rows(log, day.key.account)]

    assert refusals == ["malformed", "malformed", "bad_seal"]
    assert (await day.progress()).stage is Stage.REVIEW
    assert not day.posts()
    day.approve()
    day.published()


async def test_twenty_approvals_at_once_have_one_winner(stack: Stack, new_day: Start) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    commands = [
        stack.begin("starter.py", "--as", f"reviewer-{number}", "approve", *day.words)
        for number in range(20)
    ]
    ended = [command.ended() for command in commands]

    assert sorted(one.code for one in ended) == [0] + [2] * 19
    assert sum("already decided by reviewer-" in one.err for one in ended) == 19
    day.published()


async def test_the_cost_log_equals_the_bill(stack: Stack, new_day: Start, db: Database) -> None:
    # Of this day alone: a call of a killed worker is on the bill, and in the log without its cost.
    before = Counter(stack.bill())
    day = new_day()
    await day.at(Stage.REVIEW)
    stack.ok("starter.py", "reject", *day.words, "--note", "too blue")
    sql = """
        SELECT service, sum(cost_micros)::bigint AS micros
        FROM api_usage_logs WHERE account_id = $1 GROUP BY service"""
    counted = {row["service"]: row["micros"] for row in await db.pool.rows(sql, day.key.account)}
    bill = Counter(stack.bill()) - before

    assert bill
    assert {
        "anthropic" if name == "claude" else name: cost for name, cost in counted.items()
    } == bill


async def test_no_secret_stands_in_histories_or_logs(stack: Stack, new_day: Start) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    day.approve()
    day.published()
    handle = day.temporal.get_workflow_handle(day.key.workflow_id)
    history = json.dumps((await handle.fetch_history()).to_json_dict())
    logs = "".join(path.read_text(errors="replace") for path in (stack.home / "logs").iterdir())
    secrets = [TOKEN, "X-Amz-Signature=", stack.settings["DECISION_KEY"], "sk-ant-simulated"]

    for text in (history, logs):
        assert not [secret for secret in secrets if secret in text]


async def test_a_call_that_fails_again_and_again_is_seen(stack: Stack, new_day: Start) -> None:
    # It asks for patience, so that whoever watches has time to see the wait.
    stack.arm("anthropic", "messages", "status", status=529, headers={"retry-after": "10"})
    day = new_day()
    watched = stack.ok("starter.py", "watch", *day.words)

    assert "write_story, attempt 2" in watched
    assert "after: claude:" in watched


async def test_wrong_words_end_with_2_and_say_how_to_mend_them(
    stack: Stack, new_day: Start
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    account, date = day.words
    for words, said in WRONG:
        ended = stack.run("starter.py", *(w.format(account=account, day=date) for w in words))
        assert ended.code == 2, words
        assert said in ended.err, words
        assert "Traceback" not in ended.err
    assert (await day.progress()).stage is Stage.REVIEW

    day.approve()
    day.published()
    closed = stack.run("starter.py", "reject", *day.words)
    assert (closed.code, "already decided by" in closed.err) == (2, True)


def test_every_missing_setting_is_told_at_once(stack: Stack) -> None:
    environ = {name: value for name, value in stack.environ.items() if name != "REELS_HOME"}
    bare = Stack(stack.home, environ | {"TEMPORAL_ADDRESS": "nowhere"})
    ended = bare.run("starter.py", "show")

    assert ended.code == 2
    for name in ("TEMPORAL_ADDRESS", "DATABASE_URL", "DECISION_KEY"):
        assert name in ended.err


@pytest.mark.parametrize(
    ("name", "value", "address"),
    [
        ("TEMPORAL_ADDRESS", "127.0.0.1:1", "127.0.0.1:1"),
        ("DATABASE_URL", "postgresql://reels:canary@127.0.0.1:2/reels", "127.0.0.1:2"),
    ],
)
def test_a_part_that_is_down_ends_with_3_and_its_address(
    stack: Stack, name: str, value: str, address: str
) -> None:
    away = Stack(stack.home, {**stack.environ, name: value})
    ended = away.run("starter.py", "show")

    assert ended.code == 3
    assert address in ended.err
    assert "canary" not in ended.err
