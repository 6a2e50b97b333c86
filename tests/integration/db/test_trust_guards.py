"""Automatic approvals: what the database holds every writer to."""

import asyncpg
import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from db.failures import NotTrusted
from schemas.account import Account, AccountDay, Role
from schemas.trust import AUTOMATIC, POLICY
from tests.factories import NOW, a_composed_reel, a_decision, two_variants
from tests.integration.db.judged import a_day, an_account_with, counts, out, said, standing_of
from tests.integration.db.rows import a_revision
from tests.integration.db.test_recuts import a_recut


class Case:
    """A laid draft of an account with a record, and the policy's word on it."""

    def __init__(self, db: Database, account: Account, key: AccountDay, reel: str) -> None:
        self.db, self.account, self.key, self.reel = db, account, key, reel
        self.revision = ""

    async def lay(self, content: str = "take one") -> None:
        self.revision = await a_revision(self.db, self.reel, content)

    async def weigh(self, *, sampled: bool = False) -> None:
        found = await standing_of(self.db, self.account)
        await self.db.trust.weigh(self.reel, self.revision, found, sampled=sampled)

    async def approve(self) -> bool:
        facts = {"reviewer": AUTOMATIC, "channel": POLICY}
        decision = a_decision(self.key, self.revision, **facts)
        return await self.db.approvals.decide(self.reel, self.revision, decision)


async def a_case(db: Database, number: int = 50) -> Case:
    account = await an_account_with(db, number, auto_approval=True)
    case = Case(db, account, *await a_day(db, account))
    await case.lay()
    return case


async def test_an_earned_approval_lets_a_reel_out_and_counts_for_nobody(db: Database) -> None:
    case = await a_case(db)
    await case.weigh()
    assert await case.approve()
    row = await db.approvals.get(case.reel, case.revision)
    assert row is not None
    assert (row.automatic, row.reviewed_by) == (True, AUTOMATIC)
    await out(db, case.reel, case.revision)
    assert await counts(db, case.account) == (50, 50, 50)


async def test_no_automatic_approval_is_written_that_was_not_weighed_and_earned(
    db: Database,
) -> None:
    unweighed, sampled, stopped, young = [await a_case(db, number) for number in (50, 50, 50, 49)]
    await sampled.weigh(sampled=True)
    await stopped.weigh()
    await db.trust.stop(stopped.account.id, "ann")
    await young.weigh()
    for case in (unweighed, sampled, stopped, young):
        with pytest.raises(NotTrusted):
            await case.approve()
        row = await db.approvals.get(case.reel, case.revision)
        assert row is not None
        assert row.status is ApprovalStatus.PENDING


async def test_what_was_weighed_of_one_revision_or_round_counts_for_no_other(db: Database) -> None:
    case = await a_case(db)
    await case.weigh()
    first = case.revision
    await case.lay("take two")
    with pytest.raises(NotTrusted):
        await case.approve()
    case.revision = await a_revision(db, case.reel, review_round="run-2")
    assert case.revision == first
    with pytest.raises(NotTrusted):
        await case.approve()


async def test_an_approval_from_before_the_way_back_lets_nothing_out_ever_again(
    db: Database,
) -> None:
    case = await a_case(db)
    await case.weigh()
    await case.approve()
    assert await db.trust.stands(case.reel, case.revision)
    gate = {"revision": case.revision, "container_id": f"made-{case.reel}"}
    await db.reels.save_container(case.reel, case.revision, gate["container_id"], NOW)
    await db.trust.stop(case.account.id, "ann")
    for _ in range(2):
        assert not await db.trust.stands(case.reel, case.revision)
        with pytest.raises(NotTrusted):
            await db.reels.save_container(case.reel, case.revision, f"newer-{case.reel}", NOW)
        with pytest.raises(NotTrusted):
            await db.reels.mark_commit_attempt(case.reel, NOW, **gate)
        await db.trust.allow(case.account.id)


async def test_a_reel_that_was_called_back_goes_out_on_a_person_s_word_alone(db: Database) -> None:
    case = await a_case(db)
    assert not await db.trust.recall(case.reel, "ann", "web")
    await case.weigh()
    await case.approve()
    await db.reels.save_container(case.reel, case.revision, f"made-{case.reel}", NOW)
    gate = {"revision": case.revision, "container_id": f"made-{case.reel}"}
    assert [await db.trust.recall(case.reel, by, "web") for by in ("ann", "bob")] == [True, True]
    assert await db.trust.recalled_by(case.reel) == "ann"
    with pytest.raises(NotTrusted):
        await db.reels.mark_commit_attempt(case.reel, NOW, **gate)

    composed = a_composed_reel("take one")
    variants = two_variants(composed)[:1]
    await db.approvals.lay(case.reel, composed, variants, people_only=True)
    await said(db, case.reel, a_decision(case.key, case.revision))
    assert await db.trust.recalled_by(case.reel) is None
    assert not await db.trust.recall(case.reel, "ann", "web")
    await out(db, case.reel, case.revision)
    assert (await standing_of(db, case.account)).earned


async def test_what_is_out_is_not_called_back(db: Database) -> None:
    case = await a_case(db)
    await case.weigh()
    await case.approve()
    await out(db, case.reel, case.revision)
    assert not await db.trust.recall(case.reel, "ann", "web")
    assert not await db.trust.recall("no such Reel", "ann", "web")


async def test_what_is_laid_for_people_alone_is_asked_anew_and_once(db: Database) -> None:
    case = await a_case(db)
    await case.weigh()
    await case.approve()
    await db.trust.stop(case.account.id, "ann")
    composed = a_composed_reel("take one")
    variants = two_variants(composed)[:1]
    for _ in range(2):
        (row,) = await db.approvals.lay(case.reel, composed, variants, people_only=True)
        assert (row.status, row.revision, row.laying) == ("pending", case.revision, 2)
    await said(db, case.reel, a_decision(case.key, case.revision))
    await db.approvals.lay(case.reel, composed, variants, people_only=True)
    await out(db, case.reel, case.revision)
    assert await counts(db, case.account) == (50, 50, 50)


async def test_a_file_that_nobody_would_notice_keeps_the_trust_and_loses_it_with_it(
    db: Database,
) -> None:
    case = await a_case(db)
    await case.weigh()
    await case.approve()
    case.revision = await db.recuts.keep(case.reel, case.revision, a_recut(), at=NOW)
    assert await db.trust.stands(case.reel, case.revision)
    await db.trust.stop(case.account.id, "ann")
    assert not await db.trust.stands(case.reel, case.revision)
    with pytest.raises(NotTrusted):
        await db.reels.save_container(case.reel, case.revision, f"made-{case.reel}", NOW)


async def test_weighings_only_grow_and_never_fall_below_the_floor(db: Database) -> None:
    case = await a_case(db)
    await case.weigh()
    await case.weigh(sampled=True)
    (row,) = await db.pool.rows("SELECT * FROM trust_weighings WHERE reel_id = $1", case.reel)
    assert (row["earned"], row["sampled"], row["posts"]) == (True, False, 50)
    forged = (
        "INSERT INTO trust_weighings SELECT reel_id, revision, 'x', account_id, {}, true, false"
    )
    for sql in (
        "UPDATE trust_weighings SET sampled = true",
        "DELETE FROM trust_weighings",
        forged.format("49, 49, 49") + " FROM trust_weighings LIMIT 1",
        forged.format("50, 53, 50") + " FROM trust_weighings LIMIT 1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.pool.write(sql)


async def test_no_person_is_called_like_the_policy(db: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await db.people.put("Auto-Approval", email=None, slack=None, discord=None, role=Role.ADMIN)
    case = await a_case(db)
    for facts in ({"reviewer": AUTOMATIC}, {"channel": POLICY}):
        decision = a_decision(case.key, case.revision, **facts)
        with pytest.raises((asyncpg.CheckViolationError, NotTrusted)):
            await db.approvals.decide(case.reel, case.revision, decision)
