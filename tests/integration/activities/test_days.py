from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.day import DayActivities
from activities.spending import Limits, Spending
from db.approval_row import ApprovalStatus
from db.database import Database
from schemas.account import AccountDay, AccountStatus
from schemas.day import (
    AccountDayResult,
    CloseDay,
    FailureNote,
    OpenDay,
    OpenedDay,
    Outcome,
    Stage,
    StageNote,
)
from tests.factories import NOW, a_key, an_account
from tests.fakes import FakeProvider, FakeStore
from tests.integration.activities.days import Day, a_day, a_revision, an_approved_post, row_of, run

MONTH = 500_000_000


def days(
    db: Database, store: FakeStore | None = None, *, daily: int = MONTH, monthly: int = MONTH
) -> DayActivities:
    return DayActivities(
        db=db,
        store=store or FakeStore(),
        spending=Spending(db, Limits(daily, monthly)),
        providers={"luma": FakeProvider()},
        least_free_bytes=0,
    )


def an_opening(key: AccountDay, claim: str = "run-1") -> OpenDay:
    return OpenDay(key=key, claim=claim, requested_by="schedule")


async def spend(db: Database, key: AccountDay, micros: int) -> None:
    row = await db.usage.reserve(
        None,
        account=key.account,
        day=key.day,
        service="luma",
        operation="clip",
        model="ray",
        step="clip",
        estimated_micros=micros,
    )
    await db.usage.settle(row.id, micros)


async def an_active_account(db: Database, **changes: object) -> AccountDay:
    account = an_account(**changes)
    await db.accounts.add(account, None)
    return a_key(account)


async def test_a_day_opens_with_its_account_and_its_row(db: Database) -> None:
    key = await an_active_account(db)

    opened = await run(days(db).open_day, an_opening(key))

    assert opened.account == await db.accounts.get(key.account)
    assert (await row_of(db, opened.reel)).key == key


async def test_a_second_run_of_the_same_execution_gets_the_same_answer(db: Database) -> None:
    key = await an_active_account(db)

    first = await run(days(db).open_day, an_opening(key))
    assert await run(days(db, daily=0).open_day, an_opening(key)) == first


async def test_another_execution_of_the_day_is_skipped(db: Database, day: Day) -> None:
    opened = await run(days(db).open_day, an_opening(day.key, "run-2"))

    assert opened.account is None
    assert "being made by another execution" in (opened.skipped or "")


async def test_a_closed_day_is_skipped_for_another_execution(db: Database, day: Day) -> None:
    await db.reels.close(day.reel, Outcome.REJECTED, None)

    opened = await run(days(db).open_day, an_opening(day.key, "run-2"))

    assert "closed already: rejected" in (opened.skipped or "")


async def test_a_published_day_is_skipped_even_for_its_own_execution(
    db: Database, day: Day
) -> None:
    post = await an_approved_post(db, day)
    await db.reels.save_container(day.reel, post.revision, f"c-{day.reel}", NOW)
    await db.reels.save_post(day.reel, f"m-{day.reel}", None, NOW)

    opened = await run(days(db).open_day, an_opening(day.key))

    assert "published already" in (opened.skipped or "")


async def test_an_unknown_account_is_refused(db: Database) -> None:
    with pytest.raises(ApplicationError, match="no account 'nobody'") as refusal:
        await run(
            days(db).open_day, an_opening(AccountDay(account="nobody", day=date(2026, 11, 23)))
        )
    assert (refusal.value.type, refusal.value.non_retryable) == ("bad_request", True)


async def test_a_paused_account_is_skipped_with_its_reason(db: Database) -> None:
    key = await an_active_account(db, status=AccountStatus.PAUSED, paused_reason="token expired")

    opened = await run(days(db).open_day, an_opening(key))

    assert opened == OpenedDay(skipped="the account is paused: token expired")
    assert await db.reels.by_day(key) is None


async def test_a_day_without_budget_is_skipped_before_anything_is_spent(db: Database) -> None:
    key = await an_active_account(db)
    await spend(db, key, 1_000_000)
    spent = await db.usage.spent(None, datetime.now(UTC) - timedelta(days=1))

    of_the_day = await run(days(db, daily=spent).open_day, an_opening(key))
    of_the_month = await run(days(db, monthly=spent).open_day, an_opening(key))

    assert (of_the_day.skipped or "").startswith("budget: the budget of the day is ")
    assert (of_the_month.skipped or "").startswith("budget: the budget of the month is ")
    assert await db.reels.by_day(key) is None


async def test_a_day_is_skipped_when_the_rest_does_not_cover_a_whole_reel(db: Database) -> None:
    limits = {"reel_seconds": 20, "daily_budget_micros": 2_000_000}
    rich, poor = await an_active_account(db, **limits), await an_active_account(db, **limits)
    await spend(db, rich, 200_000)
    await spend(db, poor, 200_001)

    assert (await run(days(db).open_day, an_opening(rich))).skipped is None
    assert (await run(days(db).open_day, an_opening(poor))).skipped == (
        f"budget: the daily budget of {poor.account} is 2.00 USD: 0.200001 USD are spent or "
        "reserved, and a whole Reel may cost 1.80 USD"
    )


async def test_an_account_s_own_budget_stops_only_that_account(db: Database) -> None:
    poor = await an_active_account(db, daily_budget_micros=2_000_000, zone="Asia/Tokyo")
    other = await an_active_account(db, daily_budget_micros=2_000_000)
    await spend(db, poor, 2_000_000)

    skipped = (await run(days(db).open_day, an_opening(poor))).skipped
    assert f"daily budget of {poor.account}" in (skipped or "")
    assert (await run(days(db).open_day, an_opening(other))).skipped is None


async def test_a_full_disk_skips_the_day(db: Database, tmp_path: Path) -> None:
    key = await an_active_account(db)
    full = DayActivities(
        db=db,
        store=FakeStore(),
        spending=Spending(db),
        providers={},
        work_dir=tmp_path / "new",
        least_free_bytes=1 << 62,
    )

    opened = await run(full.open_day, an_opening(key))

    assert (opened.skipped or "").startswith("the disk is nearly full")


async def test_a_stage_is_noted_with_what_is_waited_for(db: Database, day: Day) -> None:
    note = StageNote(key=day.key, reel=day.reel, stage=Stage.REVIEW, waiting_for="a reviewer")

    await run(days(db).note_stage, note)

    row = await row_of(db, day.reel)
    assert (row.stage, row.waiting_for) == (Stage.REVIEW, "a reviewer")


async def test_a_failure_is_kept_for_people(db: Database, day: Day) -> None:
    note = FailureNote(
        key=day.key, reel=day.reel, step="story", kind="refused", message="Claude declined"
    )

    await run(days(db).record_failure, note)

    rows = await db.errors.of_day(day.key)
    assert [(row.step, row.kind, row.message) for row in rows] == [
        ("story", "refused", "Claude declined")
    ]


async def test_a_rejected_day_is_closed_and_keeps_its_reel(db: Database, day: Day) -> None:
    store, revision = FakeStore(), await a_revision(db, day)
    reel, poster = f"{day.key.prefix}/reel-1.mp4", f"{day.key.prefix}/poster-1.png"
    clip, neighbour = f"{day.key.prefix}/clips/clip-0-1.mp4", "days/other/2026-11-23/clips/clip-0"
    store.objects = {reel: b"r", poster: b"p", clip: b"c", neighbour: b"n"}
    row = await db.usage.reserve(
        day.reel,
        account=day.key.account,
        day=day.key.day,
        service="luma",
        operation="clip",
        model="ray",
        step="clip",
        estimated_micros=900_000,
    )
    await db.usage.settle(row.id, 800_000)
    closing = CloseDay(key=day.key, reel=day.reel, outcome=Outcome.REJECTED, reason="too dark")

    first = await run(days(db, store).close_day, closing)
    assert await run(days(db, store).close_day, closing) == first

    assert first == AccountDayResult(
        outcome=Outcome.REJECTED, reason="too dark", revision=revision, cost_micros=800_000
    )
    assert sorted(store.objects) == sorted([reel, poster, neighbour])


async def test_a_published_day_ends_as_published_whatever_is_said(db: Database, day: Day) -> None:
    post = await an_approved_post(db, day)
    await db.reels.save_container(day.reel, post.revision, f"c-{day.reel}", NOW)
    await db.reels.save_post(day.reel, f"m-{day.reel}", "https://instagram.test/p", NOW)
    closing = CloseDay(key=day.key, reel=day.reel, outcome=Outcome.CANCELLED)

    result = await run(days(db).close_day, closing)

    assert (result.outcome, result.media_id) == (Outcome.PUBLISHED, f"m-{day.reel}")
    assert result.permalink == "https://instagram.test/p"


async def test_a_day_that_ends_leaves_nothing_before_the_reviewers(db: Database) -> None:
    day = await a_day(db)
    revision = await a_revision(db, day)

    await run(days(db).close_day, CloseDay(key=day.key, reel=day.reel, outcome=Outcome.CANCELLED))

    review = await db.approvals.get(day.reel, revision)
    assert review is not None
    assert review.status is ApprovalStatus.EXPIRED


async def test_a_skipped_day_closes_without_a_row(db: Database) -> None:
    closing = CloseDay(key=a_key(), reel="", outcome=Outcome.SKIPPED, reason="no budget")

    result = await run(days(db).close_day, closing)

    assert result == AccountDayResult(outcome=Outcome.SKIPPED, reason="no budget")
