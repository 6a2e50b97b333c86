import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from db.failures import UsageConflict
from db.usage import UsageState
from tests.integration.db.rows import a_day, a_reel, a_reservation


async def test_of_twenty_reservations_of_one_step_one_may_buy(db: Database) -> None:
    key, reel = await a_reel(db)
    rows = await asyncio.gather(*(a_reservation(db, key, reel) for _ in range(20)))
    assert sum(row.fresh for row in rows) == 1
    assert len({row.id for row in rows}) == 1
    assert await db.usage.by_service(reel) == {"luma": 900_000}


async def test_a_step_that_was_reserved_before_says_how_far_it_got(db: Database) -> None:
    key, reel = await a_reel(db)
    first = await a_reservation(db, key, reel)
    await db.usage.submitted(first.id, f"job-{first.id}")
    again = await a_reservation(db, key, reel)
    assert (again.id, again.fresh) == (first.id, False)
    assert (again.state, again.job_id) == (UsageState.SUBMITTED, f"job-{first.id}")


async def test_another_step_of_the_reel_is_another_row(db: Database) -> None:
    key, reel = await a_reel(db)
    first = await a_reservation(db, key, reel, "clip/luma/0/take-1")
    second = await a_reservation(db, key, reel, "clip/luma/0/take-2")
    assert second.fresh
    assert first.id != second.id


async def test_what_was_certainly_not_accepted_is_free_and_may_be_tried_again(
    db: Database,
) -> None:
    key, reel = await a_reel(db)
    first = await a_reservation(db, key, reel)
    await db.usage.release(first.id, "429")
    await db.usage.release(first.id, "429")
    assert await db.usage.by_service(reel) == {"luma": 0}
    again = await asyncio.gather(*(a_reservation(db, key, reel) for _ in range(20)))
    assert sum(row.fresh for row in again) == 1
    assert {row.id for row in again} == {first.id}
    assert await db.usage.by_service(reel) == {"luma": 900_000}


async def test_what_may_have_been_accepted_stays_counted_and_is_not_bought_again(
    db: Database,
) -> None:
    key, reel = await a_reel(db)
    row = await a_reservation(db, key, reel)
    await db.usage.unknown(row.id)
    await db.usage.unknown(row.id)
    again = await a_reservation(db, key, reel)
    assert (again.fresh, again.state) == (False, UsageState.UNKNOWN)
    assert await db.usage.by_service(reel) == {"luma": 900_000}


async def test_a_lost_job_that_is_found_again_is_submitted(db: Database) -> None:
    key, reel = await a_reel(db)
    row = await a_reservation(db, key, reel)
    await db.usage.unknown(row.id)
    await db.usage.submitted(row.id, f"found-{row.id}")
    found = await db.usage.by_job("luma", f"found-{row.id}")
    assert found is not None
    assert (found.id, found.state) == (row.id, UsageState.SUBMITTED)


async def test_a_job_costs_what_it_is_settled_at(db: Database) -> None:
    key, reel = await a_reel(db)
    row = await a_reservation(db, key, reel)
    await db.usage.submitted(row.id, f"job-{row.id}")
    await db.usage.settle(row.id, 640_000, units={"seconds": 10}, request_id="req-1")
    await db.usage.settle(row.id, 640_000, units={"seconds": 10}, request_id="req-1")
    settled = await db.usage.get(row.id)
    assert settled is not None
    assert (settled.cost_micros, settled.units, settled.request_id, settled.outcome) == (
        640_000,
        {"seconds": 10},
        "req-1",
        "ok",
    )
    assert await db.usage.by_service(reel) == {"luma": 640_000}


async def test_a_repeat_of_an_earlier_word_does_not_move_the_row_back(db: Database) -> None:
    key, reel = await a_reel(db)
    row = await a_reservation(db, key, reel)
    await db.usage.submitted(row.id, f"job-{row.id}")
    await db.usage.settle(row.id, 640_000)
    await db.usage.submitted(row.id, f"job-{row.id}")
    again = await a_reservation(db, key, reel)
    assert (again.fresh, again.state) == (False, UsageState.SETTLED)


async def test_a_row_never_gets_a_second_job_or_cost(db: Database) -> None:
    key, reel = await a_reel(db)
    row = await a_reservation(db, key, reel)
    await db.usage.submitted(row.id, f"job-{row.id}")
    with pytest.raises(UsageConflict):
        await db.usage.submitted(row.id, "another")
    with pytest.raises(UsageConflict):
        await db.usage.release(row.id, "no")
    with pytest.raises(UsageConflict):
        await db.usage.unknown(row.id)
    await db.usage.settle(row.id, 640_000)
    with pytest.raises(UsageConflict):
        await db.usage.settle(row.id, 1)
    with pytest.raises(UsageConflict):
        await db.usage.settle("nothing", 1)


async def test_a_job_has_one_row(db: Database) -> None:
    key, reel = await a_reel(db)
    first = await a_reservation(db, key, reel, "one")
    second = await a_reservation(db, key, reel, "two")
    await db.usage.submitted(first.id, f"job-{first.id}")
    with pytest.raises(UsageConflict):
        await db.usage.submitted(second.id, f"job-{first.id}")


async def test_a_call_for_no_reel_is_always_fresh(db: Database) -> None:
    key = await a_day(db)
    first = await a_reservation(db, key, None, "story")
    second = await a_reservation(db, key, None, "story")
    assert first.fresh
    assert second.fresh
    assert first.id != second.id


async def test_spending_counts_what_is_settled_reserved_and_unknown(db: Database) -> None:
    key, reel = await a_reel(db)
    since = datetime.now(UTC) - timedelta(minutes=1)
    rows = [await a_reservation(db, key, reel, f"step-{number}") for number in range(5)]
    await db.usage.settle(rows[0].id, 1_000)
    await db.usage.release(rows[1].id, "429")
    await db.usage.unknown(rows[2].id)
    await db.usage.submitted(rows[3].id, f"job-{rows[3].id}")
    assert await db.usage.spent(key.account, since) == 1_000 + 3 * 900_000
    assert await db.usage.spent(key.account, datetime.now(UTC) + timedelta(minutes=1)) == 0
    other, their_reel = await a_reel(db)
    await a_reservation(db, other, their_reel)
    assert await db.usage.spent(key.account, since) == 1_000 + 3 * 900_000
    assert await db.usage.spent(None, since) >= 1_000 + 4 * 900_000
