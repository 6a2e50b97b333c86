"""One review for each run of a day: a reset run asks people anew."""

import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from schemas.account import AccountDay
from schemas.decision import Decision, Verdict
from tests.factories import ENDING, NOW, a_decision
from tests.integration.db.rows import a_reel, a_revision


async def decided(db: Database, reel: str, key: AccountDay, decision: Decision) -> bool:
    won = await db.approvals.decide(reel, decision.revision, decision)
    if won:
        await db.approvals.record_attempt(
            key,
            decision.revision,
            decision,
            channel="test",
            accepted=True,
            refusal=None,
            at=NOW,
            event_key=f"decision/{decision.id}/accepted",
        )
    return won


@pytest.mark.parametrize("verdict", ENDING)
async def test_another_round_asks_anew_whatever_was_decided(db: Database, verdict: Verdict) -> None:
    key, reel = await a_reel(db)
    revision = await a_revision(db, reel, review_round="run-1")
    first = a_decision(key, revision, verdict=verdict, **ENDING[verdict])
    assert await decided(db, reel, key, first)
    assert await a_revision(db, reel, review_round="run-2") == revision
    row = await db.approvals.get(reel, revision)

    assert row is not None
    assert (row.status, row.round, row.decision_id) == (ApprovalStatus.PENDING, "run-2", None)
    assert not await db.approvals.approved(reel, revision)
    assert [attempt.decision_id for attempt in await db.approvals.attempts(key)] == [first.id]
    assert await decided(db, reel, key, a_decision(key, revision))


async def test_the_same_round_leaves_the_review_as_it_stands(db: Database) -> None:
    key, reel = await a_reel(db)
    revision = await a_revision(db, reel, review_round="run-1")
    await decided(db, reel, key, a_decision(key, revision))
    await a_revision(db, reel, review_round="run-1")
    row = await db.approvals.get(reel, revision)

    assert row is not None
    assert row.status is ApprovalStatus.APPROVED


async def test_a_decision_that_counted_before_does_not_count_in_a_later_round(
    db: Database,
) -> None:
    key, reel = await a_reel(db)
    revision = await a_revision(db, reel, review_round="run-1")
    old = a_decision(key, revision)
    await decided(db, reel, key, old)
    assert await db.approvals.decide(reel, revision, old)
    await a_revision(db, reel, review_round="run-2")

    assert not await db.approvals.decide(reel, revision, old)
