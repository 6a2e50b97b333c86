import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.spending import Limits, Spending
from db.database import Database
from db.failures import UsageConflict
from db.usage import UsageRow, UsageState
from schemas.account import AccountDay
from tests.integration.activities.days import Day, a_day

PRICE = 900_000
UNLIMITED = Limits()
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


def at(db: Database, moment: str, limits: Limits = UNLIMITED) -> Spending:
    """The gate at a moment of UTC."""
    then = datetime.fromisoformat(moment)
    return Spending(db, limits, now=then.astimezone)


async def counted_at(db: Database, day: Day, moment: str) -> None:
    """A call that was counted then."""
    row = await db.usage.reserve(
        day.reel,
        account=day.account.id,
        day=day.key.day,
        service="luma",
        operation="clip",
        model="ray",
        step=f"step-{next(_steps)}",
        estimated_micros=PRICE,
    )
    sql = "UPDATE api_usage_logs SET reserved_at = $2 WHERE id = $1 RETURNING id"
    await db.pool.write(sql, row.id, datetime.fromisoformat(moment))


DAYS = [
    # zone, the last instant before its 24 November, the first one of it
    ("UTC", "2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z"),
    ("Asia/Tokyo", "2026-11-23T14:59:59Z", "2026-11-23T15:00:00Z"),
    ("America/Los_Angeles", "2026-11-24T07:59:59Z", "2026-11-24T08:00:00Z"),
    ("Pacific/Kiritimati", "2026-11-23T09:59:59Z", "2026-11-23T10:00:00Z"),
]


@pytest.mark.parametrize(("zone", "before", "after"), DAYS)
async def test_an_account_s_day_is_the_calendar_day_of_its_zone(
    db: Database, zone: str, before: str, after: str
) -> None:
    day = await a_day(db, zone=zone, daily_budget_micros=PRICE)
    await counted_at(db, day, before)
    assert await at(db, before).why_not(day.account, 1)
    assert await at(db, after).why_not(day.account, PRICE) is None
    await counted_at(db, day, after)
    assert await at(db, after).why_not(day.account, 1)


async def test_a_day_with_a_change_of_the_clock_is_whole(db: Database) -> None:
    day = await a_day(db, zone="Europe/Berlin", daily_budget_micros=2 * PRICE)
    await counted_at(db, day, "2026-10-24T22:00:00Z")  # midnight, in summer time
    await counted_at(db, day, "2026-10-25T01:30:00Z")  # after the hour that comes twice
    assert await at(db, "2026-10-25T22:59:59Z").why_not(day.account, 1)
    assert await at(db, "2026-10-25T23:00:00Z").why_not(day.account, 2 * PRICE) is None


async def test_an_account_s_month_begins_on_the_first_of_its_zone(db: Database) -> None:
    day = await a_day(db, zone="Asia/Tokyo", monthly_budget_micros=PRICE)
    await counted_at(db, day, "2027-01-31T14:59:59Z")
    assert await at(db, "2027-01-31T14:59:59Z").why_not(day.account, 1)
    assert await at(db, "2027-01-31T15:00:00Z").why_not(day.account, PRICE) is None


async def test_all_accounts_together_share_the_day_and_month_of_utc(db: Database) -> None:
    tokyo, berlin = await a_day(db, zone="Asia/Tokyo"), await a_day(db, zone="Europe/Berlin")
    await counted_at(db, tokyo, "2037-03-31T10:00:00Z")
    await counted_at(db, berlin, "2037-03-30T10:00:00Z")
    of_day, of_month = Limits(day_micros=PRICE), Limits(month_micros=2 * PRICE)

    last = "2037-03-31T23:59:59Z"
    assert "budget of the day" in (await at(db, last, of_day).why_not(berlin.account, 1) or "")
    assert "budget of the month" in (await at(db, last, of_month).why_not(berlin.account, 1) or "")
    april = "2037-04-01T00:00:00Z"
    assert await at(db, april, of_day).why_not(berlin.account, PRICE) is None
    assert await at(db, april, of_month).why_not(berlin.account, PRICE) is None


async def test_a_call_for_an_unknown_account_is_refused(db: Database, day: Day) -> None:
    nobody = Day(day.account, AccountDay(account="nobody", day=day.key.day), day.reel)
    with pytest.raises(ApplicationError, match="no account 'nobody'"):
        await a_call(Spending(db), nobody)


WORDS = ["reserve", "submit", "settle", "settle less", "release", "unknown", "again"]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    budget=st.integers(0, 6 * PRICE),
    tasks=st.lists(
        st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 2 * PRICE)), max_size=6),
        min_size=1,
        max_size=6,
    ),
)
async def test_whatever_many_workers_do_at_once_no_limit_is_passed(
    db: Database, budget: int, tasks: list[list[tuple[str, int]]]
) -> None:
    """As long as no provider charges more than it was expected to."""
    day = await a_day(db, daily_budget_micros=budget)
    await asyncio.gather(*(a_worker(Spending(db), day, words) for words in tasks))
    assert await spent(db, day) <= budget


async def a_worker(spending: Spending, day: Day, words: list[tuple[str, int]]) -> None:
    """One after the other, each about the last call that was let through."""
    usage, row = spending.db.usage, None
    for word, micros in words:
        with suppress(ApplicationError, UsageConflict):
            if word == "reserve":
                row = await a_call(spending, day, micros=micros)
            elif row is None:
                continue
            elif word == "again":
                row = await a_call(spending, day, row.step, micros)
            elif word == "submit":
                await usage.submitted(row.id, f"job-{row.id}")
            elif word.startswith("settle"):
                less = row.estimated_micros // 2 if "less" in word else row.estimated_micros
                await spending.settle(row, less)
            elif word == "release":
                await spending.release(row, "429")
            else:
                await spending.unknown(row)
