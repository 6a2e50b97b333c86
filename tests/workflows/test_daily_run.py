"""The daily run: a few accounts at a time, none of them held, and a word at the end."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from temporalio.client import (
    ScheduleBackfill,
    ScheduleOverlapPolicy,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.testing import TimeSkipper

from clients.errors import Refused
from runtime import schedules
from schemas.account import Account, AccountDay
from schemas.daily_run import DailyRunInput, RunSummary
from schemas.day import Outcome, Stage
from schemas.failures import FailureKind
from schemas.names import TASK_QUEUE
from tests.waiting import until
from tests.workflows.world import LiveDay, World

_minutes = itertools.count(10)


class Morning:
    """A start time that no other test has, and the accounts that begin then."""

    def __init__(self, world: World, zone: str = "UTC") -> None:
        self.world = world
        self.zone = zone
        self.start_time = f"09:{next(_minutes)}"
        self.accounts: list[Account] = []

    async def accounts_of(self, count: int, **changes: object) -> list[Account]:
        made = [
            await self.world.account(start_time=self.start_time, zone=self.zone, **changes)
            for _ in range(count)
        ]
        self.accounts += made
        return made

    def input(self, at_once: int = 3) -> DailyRunInput:
        return DailyRunInput(
            start_time=self.start_time, zone=self.zone, max_concurrent_accounts=at_once
        )

    async def start(self, at_once: int = 3) -> WorkflowHandle[object, RunSummary]:
        return await self.world.client.start_workflow(
            "DailyRun",
            self.input(at_once),
            id=f"daily-run/{self.start_time}/{self.zone}",
            task_queue=TASK_QUEUE,
            result_type=RunSummary,
        )

    def day(self, account: Account, day: date | None = None) -> LiveDay:
        return self.world.day(AccountDay(account=account.id, day=day or datetime.now(UTC).date()))

    def days(self) -> list[LiveDay]:
        return [self.day(account) for account in self.accounts]


@pytest.fixture
async def morning(world: World) -> AsyncIterator[Morning]:
    morning = Morning(world)
    yield morning
    morning.days()


def statuses(summary: RunSummary) -> list[str]:
    return [account.status for account in summary.accounts]


async def summaries(morning: Morning) -> "list[asyncpg.Record]":
    sql = "SELECT accounts FROM daily_runs WHERE start_time = $1"
    return list(await morning.world.db.pool.rows(sql, morning.start_time))


async def begun(world: World, stories: int) -> None:
    await until(lambda: world.claude.stories == stories, f"{stories} stories are not begun")


async def test_no_more_accounts_produce_at_once_than_allowed(morning: Morning) -> None:
    world = morning.world
    world.claude.gate = world.gate()
    await morning.accounts_of(4)
    run = await morning.start(at_once=2)
    await begun(world, 2)
    await asyncio.sleep(1)
    assert world.claude.stories == 2
    world.claude.gate.open()
    summary = await run.result()

    assert statuses(summary) == ["review"] * 4
    assert world.claude.stories == 4
    assert world.claude.busiest <= 2


async def test_days_outlive_their_run(morning: Morning) -> None:
    (account,) = await morning.accounts_of(1)
    summary = await (await morning.start()).result()
    day = morning.day(account)

    assert statuses(summary) == ["review"]
    assert (await day.progress()).stage is Stage.REVIEW
    await day.decide()
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_cancelled_run_leaves_its_days_alone(morning: Morning) -> None:
    world = morning.world
    world.claude.gate = world.gate()
    (account,) = await morning.accounts_of(1)
    run = await morning.start()
    await begun(world, 1)
    await run.cancel()

    async def canceled() -> bool:
        return (await run.describe()).status is WorkflowExecutionStatus.CANCELED

    await until(canceled, "the run is not cancelled")
    world.claude.gate.open()

    await morning.day(account).until(Stage.REVIEW)


async def test_an_account_that_takes_an_hour_is_late_and_is_waited_for_no_longer(
    morning: Morning, clock: TimeSkipper
) -> None:
    world = morning.world
    world.claude.gate = world.gate()
    (account,) = await morning.accounts_of(1)
    run = await morning.start()
    await begun(world, 1)
    # The clock of a run stands still while a child of it lives.
    await morning.day(account).handle.terminate("it hangs for good")
    await clock.fast_forward(run, timedelta(seconds=3500))
    assert (await run.describe()).status is WorkflowExecutionStatus.RUNNING
    await clock.fast_forward(run, timedelta(seconds=120))
    summary = await run.result()

    assert statuses(summary) == ["late"]


async def test_each_account_is_summed_up_as_it_stands(morning: Morning) -> None:
    world = morning.world
    started, poor, stuck, plain = await morning.accounts_of(4)
    await world.start(started, datetime.now(UTC).date())
    await world.db.pool.write(
        "UPDATE instagram_accounts SET daily_budget_micros = 0 WHERE id = $1", poor.id
    )
    await morning.day(started).until(Stage.REVIEW)
    world.claude.story_troubles.append(Refused("claude", FailureKind.REFUSED, "no"))
    summary = await (await morning.start(at_once=1)).result()
    found = {account.account: account.status for account in summary.accounts}

    assert found == {
        started.id: "duplicate",
        poor.id: "skipped",
        stuck.id: "needs-attention",
        plain.id: "review",
    }


async def test_the_summary_is_stored_and_sent(morning: Morning) -> None:
    world = morning.world
    (account,) = await morning.accounts_of(1)
    summary = await (await morning.start()).result()
    stored = await world.db.pool.row(
        "SELECT accounts FROM daily_runs WHERE run_id = $1", summary.run_id
    )
    title, text = world.channel.told[-1]

    assert stored is not None
    assert stored["accounts"][0]["status"] == "review"
    assert "Daily run" in title
    assert f"{account.id}: review" in text


async def test_a_summary_that_can_not_be_sent_fails_no_run(morning: Morning) -> None:
    morning.world.channel.failures.append(Refused("slack", FailureKind.AUTHENTICATION, "no"))
    summary = await (await morning.start()).result()

    assert summary.accounts == ()


async def test_the_date_is_the_one_that_the_schedule_meant_in_its_zone(
    world: World,
) -> None:
    morning = Morning(world, zone="Pacific/Auckland")
    (account,) = await morning.accounts_of(1)
    await schedules.apply(world.client, [morning.input()])
    handle = world.client.get_schedule_handle(schedules.schedule_id(morning.input()))
    hour = int(morning.start_time[3:])
    nominal = datetime(2026, 11, 20, 20, hour, tzinfo=UTC)  # 09 o'clock of the 21st there
    try:
        await handle.backfill(
            ScheduleBackfill(
                start_at=nominal - timedelta(minutes=1),
                end_at=nominal + timedelta(minutes=1),
                overlap=ScheduleOverlapPolicy.ALLOW_ALL,
            )
        )
        day = morning.day(account, date(2026, 11, 21))
        await day.until_started()
        await day.until(Stage.REVIEW)
    finally:
        await handle.delete()


async def test_a_schedule_that_is_triggered_twice_starts_a_day_once(world: World) -> None:
    morning = Morning(world)
    (account,) = await morning.accounts_of(1)
    await schedules.apply(world.client, [morning.input()])
    handle = world.client.get_schedule_handle(schedules.schedule_id(morning.input()))
    try:
        await handle.trigger(overlap=ScheduleOverlapPolicy.ALLOW_ALL)
        await asyncio.sleep(1.1)  # runs are told apart by their second
        await handle.trigger(overlap=ScheduleOverlapPolicy.ALLOW_ALL)
        day = morning.day(account)
        await day.until_started()
        await day.until(Stage.REVIEW)

        async def both() -> bool:
            return len(await summaries(morning)) == 2

        await until(both, "there are not two summaries")
    finally:
        await handle.delete()

    rows = await summaries(morning)
    assert sorted(row["accounts"][0]["status"] for row in rows) == ["duplicate", "review"]
    assert world.claude.stories == 1
