import asyncio
from datetime import timedelta

import pytest

from db.database import Database
from db.failures import AlreadyPublished, NotPublished, UnknownAccount, UnknownReel
from schemas.account import AccountDay
from schemas.day import Outcome, Stage
from schemas.decision import Verdict
from tests.factories import DAY, a_caption, a_composed_reel, a_decision, a_story
from tests.integration.db.rows import (
    a_day,
    a_published_reel,
    a_reel,
    a_review,
    a_revision,
    an_approved_reel,
)


async def test_of_twenty_claims_on_one_day_one_wins(db: Database) -> None:
    key = await a_day(db)
    claims = await asyncio.gather(
        *(db.reels.claim(key, f"run-{number}", "test") for number in range(20))
    )
    won = [claimed for claimed in claims if claimed is not None]
    assert len(won) == 1
    row = await db.reels.by_day(key)
    assert row is not None
    assert row.id == won[0].id


async def test_the_same_claim_gets_its_own_row_again(db: Database) -> None:
    key = await a_day(db)
    first = await db.reels.claim(key, "run-1", "test")
    again = await db.reels.claim(key, "run-1", "test")
    assert first is not None
    assert again is not None
    assert (again.id, first.again, again.again) == (first.id, False, True)


async def test_the_loser_can_read_who_has_the_day(db: Database) -> None:
    key, reel = await a_reel(db)
    assert await db.reels.claim(key, "run-2", "test") is None
    row = await db.reels.by_day(key)
    assert row is not None
    assert (row.id, row.claim, row.requested_by, row.key) == (reel, "run-1", "test", key)


async def test_another_day_of_the_account_is_free(db: Database) -> None:
    key, reel = await a_reel(db)
    tomorrow = AccountDay(account=key.account, day=key.day + timedelta(days=1))
    claimed = await db.reels.claim(tomorrow, "run-2", "test")
    assert claimed is not None
    assert claimed.id != reel


async def test_a_day_of_an_unknown_account_is_refused(db: Database) -> None:
    with pytest.raises(UnknownAccount, match="nobody"):
        await db.reels.claim(AccountDay(account="nobody", day=DAY), "run-1", "test")


async def test_the_stage_tells_what_is_waited_for(db: Database) -> None:
    _, reel = await a_reel(db)
    await db.reels.set_stage(reel, Stage.REVIEW, "a reviewer")
    row = await db.reels.get(reel)
    assert row is not None
    assert (row.stage, row.waiting_for) == (Stage.REVIEW, "a reviewer")
    await db.reels.set_stage(reel, Stage.PUBLISHING)
    row = await db.reels.get(reel)
    assert row is not None
    assert row.waiting_for is None


async def test_prompts_come_newest_day_first(db: Database) -> None:
    key = await a_day(db)
    for days in range(3):
        day = AccountDay(account=key.account, day=key.day + timedelta(days=days))
        claimed = await db.reels.claim(day, f"run-{days}", "test")
        assert claimed is not None
        await db.reels.save_story(claimed.id, a_story(prompt=f"story {days}"))
    assert await db.reels.recent_prompts(key.account, 2) == ("story 2", "story 1")


async def test_a_rejections_reason_reaches_the_next_stories(db: Database) -> None:
    key, reel, revision = await a_review(db)
    said = a_decision(key, revision, verdict=Verdict.REJECT, note="too many explosions")
    assert await db.approvals.decide(reel, revision, said)
    assert await db.reels.recent_rejections(key.account, 5) == ("too many explosions",)


async def test_a_revision_is_found_by_its_digest(db: Database) -> None:
    _, reel = await a_reel(db)
    revision = await a_revision(db, reel, "unlike any other")
    row = await db.reels.by_revision(revision)
    assert row is not None
    assert row.id == reel
    assert row.hashtags == a_caption().hashtags
    assert row.video_sha256 == a_composed_reel("unlike any other").video_sha256
    assert await db.reels.by_revision("0" * 64) is None


async def test_what_is_saved_to_no_reel_is_refused(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.reels.save_story("nothing", a_story())
    with pytest.raises(UnknownReel):
        await a_revision(db, "nothing")
    with pytest.raises(UnknownReel):
        await db.reels.close("nothing", Outcome.SKIPPED, None)


async def test_a_closed_day_is_no_longer_open(db: Database) -> None:
    _, reel = await a_reel(db)
    assert reel in [row.id for row in await db.reels.open_days()]
    closed = await db.reels.close(reel, Outcome.ABANDONED, "the provider is gone")
    assert (closed.stage, closed.outcome, closed.reason) == (
        Stage.CLOSED,
        Outcome.ABANDONED,
        "the provider is gone",
    )
    assert reel not in [row.id for row in await db.reels.open_days()]
    assert reel in [row.id for row in await db.reels.recent(1000)]


async def test_closing_again_keeps_the_first_time(db: Database) -> None:
    _, reel = await a_reel(db)
    first = await db.reels.close(reel, Outcome.CANCELLED, None)
    again = await db.reels.close(reel, Outcome.CANCELLED, None)
    assert first.closed_at == again.closed_at


async def test_a_reset_workflow_opens_its_closed_day_again(db: Database) -> None:
    _, reel = await a_reel(db)
    await db.reels.close(reel, Outcome.ABANDONED, None)
    await db.reels.set_stage(reel, Stage.FILMING)
    row = await db.reels.get(reel)
    assert row is not None
    assert (row.stage, row.outcome, row.closed_at) == (Stage.FILMING, None, None)


async def test_a_day_without_a_post_cannot_end_as_published(db: Database) -> None:
    _, reel, _ = await an_approved_reel(db)
    with pytest.raises(NotPublished):
        await db.reels.close(reel, Outcome.PUBLISHED, None)
    row = await db.reels.get(reel)
    assert row is not None
    assert row.outcome is None


async def test_a_day_with_a_post_ends_as_published_whatever_the_caller_says(db: Database) -> None:
    _, reel, _ = await a_published_reel(db)
    closed = await db.reels.close(reel, Outcome.CANCELLED, "cancelled too late")
    assert closed.outcome is Outcome.PUBLISHED
    await db.reels.set_stage(reel, Stage.FILMING)
    row = await db.reels.get(reel)
    assert row is not None
    assert row.stage is Stage.CLOSED


async def test_a_published_reel_takes_no_other_revision(db: Database) -> None:
    _, reel, revision = await a_published_reel(db)
    assert await a_revision(db, reel) == revision
    with pytest.raises(AlreadyPublished):
        await a_revision(db, reel, "take two")
