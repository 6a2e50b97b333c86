"""A day from its start to the post, as its operator and its reviewer live it, mistakes and all."""

import hashlib
import json
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

import httpx
import pytest
from temporalio.client import Client

from db.database import Database
from runtime import schedules
from schemas.daily_run import DailyRunInput
from schemas.day import Stage
from schemas.names import TASK_QUEUE
from schemas.reel import published_text
from tests.acceptance.canaries import command_lines, found, places
from tests.acceptance.conftest import Day
from tests.acceptance.stack import HTTP, Stack, purchases, wait_until
from tests.acceptance.token_life import TokenLife
from tests.commands import Running

pytestmark = pytest.mark.timeout(400)

Start = Callable[..., Day]

STARTS = (("start", "{account}"), ("start", "{account}", "--date", "{day}"))
"""Words for starter.py that start a day, given at once and beside its Schedule."""

DECISIONS = (("approve", "{account}", "{day}"), ("approve", "{account}", "{day}"))
"""Words that let a Reel go out, given at once; one of them does."""

HURRIES = (("publish", "{account}", "{day}"), ("publish", "{account}"))
"""Words that end the wait for a posting time, given at once."""

WRONG = (
    (("start", "nobody"), "ACCOUNT: 'nobody' is unknown; see: admin.py account list"),
    (("start", "nobody", "--date", "23.11.2026"), "write it like 2026-11-23"),
    (("approve", "nobody", "2026-11-23"), "ACCOUNT: 'nobody' is unknown"),
    (("approve", "{account}", "2026-13-01"), "is not a date"),
    (("approve", "{account}", "2020-01-01"), "was never started"),
    (("reject", "{account}", "{day}", "--revision", "abc123"), "--revision: abc123 is not"),
    (("resolve", "{account}", "{day}", "retry"), "nothing is parked"),
    (("publish", "{account}", "{day}"), "does not wait for a posting time: review: "),
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


@pytest.mark.usefixtures("second_worker")
async def test_whoever_starts_and_whoever_approves_at_once_there_is_one_day_and_one_post(
    stack: Stack, new_account: Start, temporal: Client
) -> None:
    # Far from its midnight, so that all mean the same day.
    zone = "UTC" if 1 <= datetime.now(UTC).hour < 23 else "Asia/Tokyo"
    run = DailyRunInput(start_time="12:34", zone=zone)
    later = f"{datetime.now(ZoneInfo(zone)) + timedelta(hours=3):%H:%M}"
    times = ("--start-time", run.start_time, "--posting-time", later)
    day = new_account("--zone", zone, *times)
    day = replace(day, key=day.key.model_copy(update={"day": datetime.now(ZoneInfo(zone)).date()}))
    bought = len(purchases(stack))
    assert await schedules.apply(temporal, [run])
    scheduled = temporal.get_schedule_handle(schedules.schedule_id(run))
    by_hand = at_once(stack, day, STARTS)
    await scheduled.trigger()
    codes = [one.ended().code for one in by_hand]
    await day.at(Stage.REVIEW)
    decided = [one.ended().code for one in at_once(stack, day, DECISIONS)]
    await day.waits_for("posting time")
    hurried = at_once(stack, day, HURRIES)
    await scheduled.trigger()
    assert [one.ended().code for one in hurried] == [0] * len(HURRIES)
    day.published()
    await schedules.apply(temporal, [])

    assert set(codes) <= {0, 2}
    assert sorted(decided) == [0] + [2] * (len(DECISIONS) - 1)
    query = f"WorkflowId = '{day.key.workflow_id}'"
    assert len([run async for run in temporal.list_workflows(query)]) == 1
    assert len(purchases(stack)) == bought + 1
    calls = stack.ledger(service="instagram", op="media_publish")
    assert len([call for call in calls if call["ids"].get("user") == day.user]) == 1


def at_once(stack: Stack, day: Day, commands: tuple[tuple[str, ...], ...]) -> list[Running]:
    account, date = day.words
    filled = [[word.format(account=account, day=date) for word in words] for words in commands]
    return [stack.begin("starter.py", *words) for words in filled]


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


async def test_no_secret_stands_anywhere_but_where_it_is_kept(
    new_day: Start, db: Database, tmp_path: Path, second_worker: tuple[str, str]
) -> None:
    with command_lines() as seen:
        day = new_day()
        life = TokenLife(day, db, tmp_path)
        await life.is_set()
        await life.is_refreshed()
        await life.is_connected()
        await day.at(Stage.REVIEW)
        await life.is_repeated_by_a_platform_that_fails()
    held = await places(day.stack, day.temporal, second_worker, b"\n".join(seen))

    assert b"admin.py\0token\0set\0" in held["command lines"]
    told = {name: where for name, secret in life.secrets.items() if (where := found(secret, held))}
    assert told == {}
    assert all(len(secret) > 9 for secret in life.secrets.values())


async def test_a_secret_that_is_let_out_is_found_in_each_place(
    new_account: Start, db: Database, second_worker: tuple[str, str]
) -> None:
    # No log shows what begins like one of Meta's tokens.
    secret = f"let-out-{token_hex(8)}"
    account = new_account()
    stack, temporal = account.stack, account.temporal
    with command_lines() as seen, spoken(secret):
        run = await temporal.start_workflow(secret, id=secret, task_queue=TASK_QUEUE)
        await db.accounts.pause(account.key.account, f"because of {secret}")
        message = {"text": secret, "blocks": []}
        assert HTTP.post(stack.settings["SLACK_WEBHOOK_URL"], json=message).is_success
        HTTP.get(f"{stack.settings['PUBLIC_BASE_URL']}/{secret}")
        # Each worker fails it sooner or later, and says so in the SDK's metrics.
        wait_until(lambda: secret in HTTP.get(second_worker[1]).text, "no worker fails it")
        await run.terminate()
        wait_until(lambda: any(secret.encode() in line for line in seen), "no look at it")
    held = await places(stack, temporal, second_worker, b"\n".join(seen))

    # The labels of the product's own metrics are its own words: nothing comes in from outside.
    assert found(secret, held) == set(held) - {"metrics 1"}


@contextmanager
def spoken(word: str) -> Iterator[None]:
    """A process that was given a word on its command line."""
    process = subprocess.Popen((sys.executable, "-c", "import time; time.sleep(60)", word))
    yield
    process.kill()
    process.wait()


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
