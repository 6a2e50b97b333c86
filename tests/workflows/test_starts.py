"""Opening a day: once, and only when something is to be done."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime import doors
from schemas.account import AccountDay
from schemas.day import Outcome, Stage
from tests.factories import DAY
from tests.workflows.world import World


async def test_a_second_start_of_a_running_day_is_refused(world: World) -> None:
    account = await world.account()
    day = await world.start(account)
    with pytest.raises(doors.AlreadyStarted, match="was started before"):
        await world.start(account)
    await day.until(Stage.REVIEW)

    assert world.claude.stories == 1


async def test_a_second_start_of_a_closed_day_is_refused(world: World) -> None:
    account = await world.account()
    day = await world.start(account)
    await day.until(Stage.REVIEW)
    await day.decide()
    await day.result()

    with pytest.raises(doors.AlreadyStarted):
        await world.start(account)


async def test_a_day_that_another_execution_holds_is_skipped(world: World) -> None:
    account = await world.account()
    key = AccountDay(account=account.id, day=DAY)
    await world.db.reels.claim(key, "another-run", "test")
    result = await (await world.start(account)).result()

    assert result.outcome is Outcome.SKIPPED
    assert "another execution" in (result.reason or "")
    assert world.claude.stories == 0


async def test_a_paused_account_is_skipped_and_nothing_is_spent(world: World) -> None:
    account = await world.account()
    await world.db.accounts.pause(account.id, "token expired")
    day = await world.start(account)
    result = await day.result()

    assert result.outcome is Outcome.SKIPPED
    assert "token expired" in (result.reason or "")
    assert (world.claude.stories, world.provider.orders) == (0, [])
    assert await world.db.usage.spent(account.id, datetime.now(UTC) - timedelta(days=2)) == 0
    assert await world.db.reels.by_day(day.key) is None


async def test_a_used_up_budget_skips_the_day(world: World) -> None:
    account = await world.account(daily_budget_micros=0)
    result = await (await world.start(account)).result()

    assert result.outcome is Outcome.SKIPPED
    assert "budget" in (result.reason or "")
    assert (world.claude.stories, world.provider.orders) == (0, [])


async def test_an_unapproved_yesterday_does_not_hold_up_today(world: World) -> None:
    account = await world.account()
    yesterday = await world.start(account, DAY - timedelta(days=1))
    await yesterday.until(Stage.REVIEW)
    today = await world.start(account)
    await today.until(Stage.REVIEW)
    await today.decide()

    assert (await today.result()).outcome is Outcome.PUBLISHED
    assert (await yesterday.progress()).stage is Stage.REVIEW
