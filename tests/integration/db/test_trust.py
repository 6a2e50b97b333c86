"""What an account has earned: which Reels count for it, which against it, and how many it takes."""

from collections.abc import Awaitable, Callable

import pytest

from db.database import Database
from db.failures import Refused
from schemas.account import AccountDay
from tests.integration.db import judged
from tests.integration.db.judged import (
    Counts,
    a_day,
    an_account_with,
    counts,
    edited,
    rejected,
    standing_of,
    unchanged,
)

Happening = Callable[[Database, AccountDay, str], Awaitable[None]]


@pytest.mark.parametrize(
    ("happened", "counted"),
    [
        (unchanged, (1, 1, 1)),
        (judged.held, (1, 1, 1)),
        (judged.laid_again_after_a_reset, (1, 1, 1)),
        (judged.recut_so_that_nobody_would_notice, (1, 1, 1)),
        (judged.the_other_caption, (1, 1, 0)),
        (edited, (1, 1, 0)),
        (judged.changes_that_changed_nothing, (1, 1, 0)),
        (judged.recut_and_seen_again, (1, 1, 0)),
        (judged.sent_back, (0, 1, 0)),
        (rejected, (0, 1, 0)),
        (judged.expired, (0, 1, 0)),
        (judged.approved_and_given_up, (0, 0, 0)),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)
async def test_what_happened_to_a_reel_counts_for_its_account_or_against_it(
    db: Database, happened: Happening, counted: Counts
) -> None:
    account = await an_account_with(db, 0)
    await happened(db, *await a_day(db, account))
    assert await counts(db, account) == counted


async def test_fifty_posts_earn_it_and_forty_nine_do_not(db: Database) -> None:
    account = await an_account_with(db, 49)
    assert not (await standing_of(db, account)).earned
    await unchanged(db, *await a_day(db, account))
    assert (await standing_of(db, account)).earned
    assert await counts(db, account) == (50, 50, 50)


async def test_the_share_is_of_the_newest_posts_that_are_asked_for(db: Database) -> None:
    account = await an_account_with(db, 57, auto_after_posts=59)
    for later in range(3):
        await edited(db, *await a_day(db, account, later))
    almost = await standing_of(db, account)
    sixty = account.model_copy(
        update={"review": account.review.model_copy(update={"auto_after_posts": 60})}
    )
    await db.accounts.change(sixty)
    enough = await standing_of(db, account)

    assert (almost.earned, "94.9 % unchanged" in almost.words) == (False, True)
    assert (enough.earned, enough.words) == (True, "57 of the last 60 approved unchanged")


async def test_only_what_is_newer_than_the_oldest_post_that_counts_is_held_against_it(
    db: Database,
) -> None:
    account = await an_account_with(db, 50)
    await rejected(db, *await a_day(db, account, -51))
    assert await counts(db, account) == (50, 50, 50)
    for later in range(3):
        await rejected(db, *await a_day(db, account, later))
    fallen = await standing_of(db, account)
    assert (fallen.earned, await counts(db, account)) == (False, (50, 53, 50))


async def test_a_standing_is_shown_of_accounts_that_allow_it_or_were_stopped(db: Database) -> None:
    off, on, stopped = [
        await an_account_with(db, 0, auto_approval=allowed) for allowed in (False, True, True)
    ]
    assert await db.trust.stop(stopped.id, "ann")
    assert not await db.trust.stop(stopped.id, "bob")
    assert not await db.trust.stop("nobody", "bob")
    shown = {one.account_id: one for one in await db.trust.standings()}

    assert off.id not in shown
    assert shown[on.id].policy.auto_approval
    assert (shown[stopped.id].policy.auto_approval, shown[stopped.id].stopped_by) == (False, "ann")
    assert await db.trust.standing("nobody") is None


async def test_settings_that_are_changed_do_not_undo_the_way_back(db: Database) -> None:
    account = await an_account_with(db, 0, auto_approval=True)
    await db.trust.stop(account.id, "ann")
    await db.accounts.change(account.model_copy(update={"theme": "boats"}))
    after = await db.accounts.get(account.id)
    assert after is not None
    assert (after.theme, after.review.auto_approval) == ("boats", False)
    await db.trust.allow(account.id)
    assert (await standing_of(db, account)).stopped_by is None


async def test_automatic_approval_and_two_approvals_exclude_each_other(db: Database) -> None:
    two = await an_account_with(db, 0, approvals_needed=2)
    with pytest.raises(Refused, match="does not go with two approvals"):
        await db.trust.allow(two.id)
