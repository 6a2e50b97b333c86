import asyncio
from datetime import timedelta

import asyncpg
import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from db.failures import AlreadyPublished
from schemas.account import AccountDay
from schemas.decision import Refusal, Verdict
from tests.factories import ENDING, NOW, a_caption, a_composed_reel, a_decision
from tests.integration.db.rows import (
    a_day,
    a_published_reel,
    a_reel,
    a_review,
    a_revision,
    an_approved_reel,
)


async def test_of_twenty_decisions_at_once_one_wins(db: Database) -> None:
    key, reel, revision = await a_review(db)
    said = [
        a_decision(key, revision, verdict=verdict, reviewer=f"reviewer-{number}", **asked)
        for number in range(5)
        for verdict, asked in ENDING.items()
    ]
    won = await asyncio.gather(*(db.approvals.decide(reel, revision, one) for one in said))
    assert sum(won) == 1
    row = await db.approvals.get(reel, revision)
    assert row is not None
    winner = said[won.index(True)]
    assert (row.decision_id, row.reviewed_by) == (winner.id, winner.reviewer)


async def test_the_decision_that_won_wins_again(db: Database) -> None:
    key, reel, revision = await a_review(db)
    said = a_decision(key, revision)
    assert await db.approvals.decide(reel, revision, said)
    assert await db.approvals.decide(reel, revision, said)
    assert not await db.approvals.decide(reel, revision, a_decision(key, revision))


async def test_the_queue_shows_exactly_what_is_decided_on(db: Database) -> None:
    key, _, revision = await a_review(db)
    row = next(one for one in await db.approvals.pending() if one.key == key)
    assert (row.revision, row.video_sha256) == (revision, a_composed_reel().video_sha256)
    assert (row.caption, row.hashtags) == (a_caption().caption, a_caption().hashtags)


async def test_laying_it_again_keeps_what_was_decided(db: Database) -> None:
    _, reel, revision = await an_approved_reel(db)
    await a_revision(db, reel)
    assert await db.approvals.approved(reel, revision)


async def test_a_new_revision_takes_the_place_of_the_old_one(db: Database) -> None:
    key, reel, old = await a_review(db)
    new = await a_revision(db, reel, "take two")
    assert [row.revision for row in await db.approvals.pending() if row.key == key] == [new]
    assert not await db.approvals.decide(reel, old, a_decision(key, old))


async def test_a_new_revision_voids_the_approval_of_the_old_one(db: Database) -> None:
    _, reel, old = await an_approved_reel(db)
    await a_revision(db, reel, "take two")
    assert not await db.approvals.approved(reel, old)


async def test_a_revision_that_comes_back_is_decided_anew(db: Database) -> None:
    key, reel, first = await an_approved_reel(db)
    await a_revision(db, reel, "take two")
    await a_revision(db, reel)
    assert not await db.approvals.approved(reel, first)
    assert await db.approvals.decide(reel, first, a_decision(key, first))


async def test_a_rejected_revision_that_comes_back_stays_rejected(db: Database) -> None:
    key, reel, revision = await a_review(db)
    said = a_decision(key, revision, verdict=Verdict.REJECT)
    assert await db.approvals.decide(reel, revision, said)
    await a_revision(db, reel)
    row = await db.approvals.get(reel, revision)
    assert row is not None
    assert row.status is ApprovalStatus.REJECTED


async def test_nothing_is_laid_before_people_once_it_is_out(db: Database) -> None:
    _, reel, _ = await a_published_reel(db)
    with pytest.raises(AlreadyPublished):
        await a_revision(db, reel, review_round="run-2")


async def test_a_decision_of_another_revision_or_day_does_not_count(db: Database) -> None:
    key, reel, revision = await a_review(db)
    yesterday = AccountDay(account=key.account, day=key.day - timedelta(days=1))
    assert not await db.approvals.decide(reel, revision, a_decision(key, "b" * 64))
    assert not await db.approvals.decide(reel, revision, a_decision(yesterday, revision))
    assert not await db.approvals.decide(reel, "b" * 64, a_decision(key, "b" * 64))
    assert not await db.approvals.approved(reel, revision)


async def test_silence_expires_what_nobody_decided(db: Database) -> None:
    key, reel, revision = await a_review(db)
    assert await db.approvals.expire(reel, revision)
    assert await db.approvals.expire(reel, revision)
    assert not await db.approvals.decide(reel, revision, a_decision(key, revision))


async def test_silence_never_undoes_a_decision(db: Database) -> None:
    _, reel, revision = await an_approved_reel(db)
    assert not await db.approvals.expire(reel, revision)
    assert await db.approvals.approved(reel, revision)


async def test_a_decision_and_the_deadline_at_once_have_one_winner(db: Database) -> None:
    for _ in range(10):
        key, reel, revision = await a_review(db)
        decided, expired = await asyncio.gather(
            db.approvals.decide(reel, revision, a_decision(key, revision)),
            db.approvals.expire(reel, revision),
        )
        assert decided != expired
        assert await db.approvals.approved(reel, revision) == decided


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE approval_queue SET status = 'approved' WHERE reel_id = $1",
        "UPDATE approval_queue SET status = 'pending' WHERE reel_id = $1",
        "UPDATE approval_queue SET caption = 'other words' WHERE reel_id = $1",
        "UPDATE approval_queue SET video_sha256 = 'other bytes' WHERE reel_id = $1",
    ],
)
async def test_no_writer_bends_what_was_rejected(db: Database, change: str) -> None:
    key, reel, revision = await a_review(db)
    said = a_decision(key, revision, verdict=Verdict.REJECT)
    assert await db.approvals.decide(reel, revision, said)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.pool.write(change, reel)


async def test_no_approval_stands_without_a_person(db: Database) -> None:
    _, reel, _ = await a_review(db)
    with pytest.raises(asyncpg.CheckViolationError, match="a_decision_has_a_person"):
        await db.pool.write(
            "UPDATE approval_queue SET status = 'approved' WHERE reel_id = $1", reel
        )


async def test_a_reel_has_one_approved_revision_for_every_writer(db: Database) -> None:
    key, reel, _ = await an_approved_reel(db)
    await db.pool.write(
        "INSERT INTO approval_queue (reel_id, account_id, day, revision, video_key, "
        "poster_key, video_sha256, seconds, caption, hashtags, laying) SELECT reel_id, "
        "account_id, day, $2, video_key, poster_key, video_sha256, seconds, caption, hashtags, "
        "laying + 1 FROM approval_queue WHERE reel_id = $1",
        reel,
        "c" * 64,
    )
    with pytest.raises(asyncpg.UniqueViolationError, match="one_approved_revision"):
        await db.pool.write(
            "UPDATE approval_queue SET status = 'approved', decision_id = 'another', "
            "reviewed_by = 'bob', channel = 'test', reviewed_at = now() "
            "WHERE reel_id = $1 AND revision = $2",
            reel,
            "c" * 64,
        )
    assert len([row for row in await db.reels.open_days() if row.key == key]) == 1


async def test_every_try_is_logged_once_in_order(db: Database) -> None:
    key = await a_day(db)
    said = a_decision(key, note="fine\x00")
    for _ in range(2):
        await db.approvals.record_attempt(
            key,
            said.revision,
            None,
            channel="signal",
            accepted=False,
            refusal=Refusal.BAD_SEAL,
            at=NOW,
            event_key=f"first/{key.account}",
        )
        await db.approvals.record_attempt(
            key,
            said.revision,
            said,
            channel=said.channel,
            accepted=True,
            refusal=None,
            at=NOW,
            event_key=f"second/{key.account}",
        )
    tries = await db.approvals.attempts(key)
    assert [(one.accepted, one.refusal) for one in tries] == [
        (False, Refusal.BAD_SEAL),
        (True, None),
    ]
    assert (tries[1].reviewer, tries[1].verdict) == ("alice", Verdict.APPROVE)
    assert tries[1].note == "fine\ufffd"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision_log SET accepted = true, refusal = NULL",
        "DELETE FROM decision_log",
        "TRUNCATE decision_log",
    ],
)
async def test_the_log_of_decisions_only_grows(db: Database, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
        await db.pool.write(change)


async def test_an_event_is_taken_once_also_by_many_at_once(db: Database) -> None:
    assert not await db.approvals.event_seen("slack/1")
    taken = await asyncio.gather(*(db.approvals.remember_event("slack/1") for _ in range(20)))
    assert sum(taken) == 1
    assert await db.approvals.event_seen("slack/1")


async def test_a_reel_without_a_review_is_not_approved(db: Database) -> None:
    _, reel = await a_reel(db)
    assert not await db.approvals.approved(reel, "a" * 64)
    assert await db.approvals.newest(reel) == ()
