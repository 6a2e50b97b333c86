import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from temporalio.exceptions import ApplicationError

from activities.spending import Limits, Spending
from db.database import Database
from db.usage import UsageRow, UsageState
from tests.integration.activities.days import Day, a_day

PRICE = 900_000
_steps = count(1)


async def a_call(spending: Spending, day: Day, step: str = "", micros: int = PRICE) -> UsageRow:
    return await spending.reserve(
        day.key,
        day.reel,
        service="luma",
        operation="clip",
        model="ray",
        step=step or f"step-{next(_steps)}",
        estimated_micros=micros,
    )


async def spent(db: Database, day: Day | None = None) -> int:
    ever = datetime.now(UTC) - timedelta(days=365)
    return await db.usage.spent(day.account.id if day else None, ever)


async def refusal(spending: Spending, day: Day, step: str = "", micros: int = PRICE) -> str:
    with pytest.raises(ApplicationError) as refused:
        await a_call(spending, day, step, micros)
    assert (refused.value.type, refused.value.non_retryable) == ("over_budget", True)
    return refused.value.message


@pytest.mark.parametrize("whose", ["account day", "account month", "all day", "all month"])
async def test_of_twenty_calls_at_once_exactly_what_a_limit_covers_is_made(
    db: Database, whose: str
) -> None:
    own: dict[str, int] = {
        "account day": {"daily_budget_micros": 3 * PRICE},
        "account month": {"monthly_budget_micros": 3 * PRICE},
    }.get(whose, {})
    day, so_far = await a_day(db, **own), await spent(db)
    limits = {
        "all day": Limits(day_micros=so_far + 3 * PRICE),
        "all month": Limits(month_micros=so_far + 3 * PRICE),
    }.get(whose, Limits())
    spending = Spending(db, limits)

    calls = [a_call(spending, day) for _ in range(20)]
    ends = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(end, UsageRow) for end in ends) == 3
    assert sum(isinstance(end, ApplicationError) for end in ends) == 17
    assert await spent(db, day) == 3 * PRICE


async def test_a_refusal_names_the_limit_and_what_is_spent_and_what_the_call_costs(
    db: Database,
) -> None:
    day = await a_day(db, daily_budget_micros=1_000_000)
    spending = Spending(db)
    await a_call(spending, day)

    assert await refusal(spending, day) == (
        f"the daily budget of {day.account.id} is 1.00 USD: 0.90 USD are spent or reserved, and "
        "luma's clip may cost 0.90 USD"
    )
    assert await spent(db, day) == PRICE


async def test_a_call_that_is_counted_already_is_returned_whatever_is_left(db: Database) -> None:
    day = await a_day(db, daily_budget_micros=PRICE)
    first = await a_call(Spending(db), day, "one")
    again = await a_call(Spending(db, Limits(day_micros=0)), day, "one")
    assert (again.id, again.fresh, again.state) == (first.id, False, UsageState.RESERVED)


async def test_a_released_call_frees_the_budget_and_is_weighed_anew(db: Database) -> None:
    day = await a_day(db, daily_budget_micros=PRICE)
    spending = Spending(db)
    first = await a_call(spending, day, "one")
    await db.usage.release(first.id, "429")
    second = await a_call(spending, day, "two")
    await refusal(spending, day, "one")
    await db.usage.release(second.id, "429")
    again = await a_call(spending, day, "one")
    assert (again.id, again.fresh) == (first.id, True)


async def test_a_call_with_an_unknown_outcome_counts_in_full(db: Database) -> None:
    day = await a_day(db, daily_budget_micros=PRICE)
    await db.usage.unknown((await a_call(Spending(db), day)).id)
    await refusal(Spending(db), day, micros=1)


async def test_what_a_job_really_costs_counts_once_it_is_known(db: Database) -> None:
    day = await a_day(db, daily_budget_micros=2 * PRICE)
    spending = Spending(db)
    row = await a_call(spending, day)
    await db.usage.submitted(row.id, f"job-{row.id}", 2 * PRICE)
    await refusal(spending, day, micros=1)
    await db.usage.settle(row.id, 100_000)
    await a_call(spending, day)


async def test_an_account_without_a_daily_budget_has_the_default_one(db: Database) -> None:
    spending = Spending(db, Limits(account_day_micros=PRICE))
    plain, own = await a_day(db), await a_day(db, daily_budget_micros=2 * PRICE)
    await a_call(spending, plain)
    await refusal(spending, plain)
    await a_call(spending, own)
    await a_call(spending, own)


async def move(db: Database, row: UsageRow, at: datetime) -> None:
    """Let a call have been counted at another time."""
    sql = "UPDATE api_usage_logs SET reserved_at = $2 WHERE id = $1 RETURNING id"
    await db.pool.write(sql, row.id, at)
