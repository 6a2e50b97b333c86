"""An approval goes over to another file only where a person would take it for the same."""

from hashlib import sha256

import asyncpg
import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from db.failures import AlreadyPublished, NotApproved, UnknownReel
from schemas.decision import Verdict
from schemas.recut import Recut, Repair
from tests.factories import NOW, a_composed_reel, a_decision
from tests.integration.db.rows import (
    a_published_reel,
    a_reel,
    a_review,
    a_revision,
    an_approved_reel,
    two_revisions,
)


def a_recut(content: str = "cut", *, material: bool = False) -> Recut:
    return Recut(
        composed=a_composed_reel(content),
        repair=Repair.SHRINK,
        seconds_before=20.0,
        bytes_before=2_000_000,
        similarity=0.99,
        why="the platform refused it",
        material=material,
    )


async def test_a_file_that_nobody_would_tell_apart_takes_over_the_approval(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    before = await db.approvals.get(reel, seen)
    revision = await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    row, after = await db.reels.get(reel), await db.approvals.get(reel, revision)
    left = await db.approvals.get(reel, seen)

    assert before is not None
    assert after is not None
    assert row is not None
    assert left is not None
    assert (after.status, left.status) == (ApprovalStatus.APPROVED, ApprovalStatus.SUPERSEDED)
    assert after.carried_from == seen
    for kept in ("decision_id", "reviewed_by", "channel", "reviewed_at", "caption", "hashtags"):
        assert getattr(after, kept) == getattr(before, kept)
    cut = a_composed_reel("cut")
    assert (row.revision, row.video_sha256, row.video_key) == (
        revision,
        cut.video_sha256,
        cut.video_key,
    )
    assert await db.approvals.newest(reel) == (after,)


async def test_what_was_made_anew_is_written_down_once(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    revision = await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    assert await db.recuts.keep(reel, seen, a_recut(), at=NOW) == revision
    (row,) = await db.pool.rows("SELECT * FROM recuts WHERE reel_id = $1", reel)

    assert (row["from_revision"], row["revision"], row["repair"]) == (seen, revision, "shrink")
    assert (row["seconds_before"], row["bytes_before"], row["similarity"]) == (20, 2_000_000, 0.99)
    assert (row["why"], row["material"]) == ("the platform refused it", False)


async def test_the_new_file_is_posted_with_its_own_container_alone(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.reels.save_container(reel, seen, f"refused-{reel}", NOW)
    revision = await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    gate = {"revision": revision, "container_id": f"good-{reel}"}

    with pytest.raises(NotApproved):
        await db.reels.save_container(reel, seen, f"another-{reel}", NOW)
    await db.reels.save_container(reel, revision, f"good-{reel}", NOW)
    assert await db.reels.mark_commit_attempt(reel, NOW, **gate) == 1
    await db.reels.save_post(reel, f"media-{reel}", None, NOW)


async def test_a_second_new_file_is_carried_from_what_was_seen(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    first = await db.recuts.keep(reel, seen, a_recut("one"), at=NOW)
    second = await db.recuts.keep(reel, seen, a_recut("two"), at=NOW)
    row = await db.approvals.get(reel, second)

    assert row is not None
    assert (row.carried_from, row.status) == (seen, ApprovalStatus.APPROVED)
    with pytest.raises(NotApproved):
        await db.recuts.keep(reel, first, a_recut("three"), at=NOW)


async def test_a_file_that_people_would_notice_leaves_the_approval_where_it_is(
    db: Database,
) -> None:
    _, reel, seen = await an_approved_reel(db)
    before = await db.reels.get(reel)
    revision = await db.recuts.keep(reel, seen, a_recut(material=True), at=NOW)

    assert await db.approvals.get(reel, revision) is None
    assert await db.approvals.approved(reel, seen)
    assert await db.reels.get(reel) == before


async def test_the_caption_that_was_chosen_goes_with_the_new_file(db: Database) -> None:
    key, reel = await a_reel(db)
    _, chosen = await two_revisions(db, reel)
    assert await db.approvals.decide(reel, chosen, a_decision(key, chosen))
    revision = await db.recuts.keep(reel, chosen, a_recut(), at=NOW)
    before, after = await db.approvals.get(reel, chosen), await db.approvals.get(reel, revision)
    row = await db.reels.get(reel)

    assert before is not None
    assert after is not None
    assert row is not None
    assert (after.variant, after.caption) == (before.variant, before.caption)
    assert (row.variant, row.caption) == (before.variant, before.caption)


async def test_in_another_round_people_are_asked_anew_and_it_may_be_carried_anew(
    db: Database,
) -> None:
    key, reel = await a_reel(db)
    seen = await a_revision(db, reel, review_round="first")
    assert await db.approvals.decide(reel, seen, a_decision(key, seen))
    revision = await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    assert await a_revision(db, reel, review_round="second") == seen
    assert not await db.approvals.approved(reel, revision)
    with pytest.raises(NotApproved):
        await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    again = a_decision(key, seen, reviewer="bob")
    assert await db.approvals.decide(reel, seen, again)
    assert await db.recuts.keep(reel, seen, a_recut(), at=NOW) == revision
    row = await db.approvals.get(reel, revision)

    assert row is not None
    assert (row.decision_id, row.reviewed_by) == (again.id, "bob")


async def test_a_file_that_comes_before_people_again_needs_a_decision_of_its_own(
    db: Database,
) -> None:
    key, reel, seen = await an_approved_reel(db)
    await db.recuts.keep(reel, seen, a_recut(), at=NOW)
    laid = await a_revision(db, reel, "cut", review_round="later")
    row = await db.approvals.get(reel, laid)
    assert row is not None
    assert (row.status, row.carried_from, row.decision_id) == (ApprovalStatus.PENDING, None, None)
    assert await db.approvals.decide(reel, laid, a_decision(key, laid))


async def test_without_an_approval_nothing_is_carried(db: Database) -> None:
    key, reel, revision = await a_review(db)
    with pytest.raises(NotApproved):
        await db.recuts.keep(reel, revision, a_recut(), at=NOW)
    said = a_decision(key, revision, verdict=Verdict.REJECT)
    assert await db.approvals.decide(reel, revision, said)
    with pytest.raises(NotApproved):
        await db.recuts.keep(reel, revision, a_recut(), at=NOW)


async def test_a_reel_that_is_out_is_not_made_anew(db: Database) -> None:
    _, reel, revision = await a_published_reel(db)
    with pytest.raises(AlreadyPublished):
        await db.recuts.keep(reel, revision, a_recut(), at=NOW)


async def test_a_reel_that_does_not_exist_has_no_other_file(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.recuts.keep("nothing", "a" * 64, a_recut(), at=NOW)


INTO_RECUTS = """
    INSERT INTO recuts (reel_id, from_revision, revision, repair, material, seconds_before,
        seconds_after, bytes_before, bytes_after, similarity, why, made_at)
    VALUES ($1, $2, $3, 'shrink', $4::text::boolean, 20, 20, 2, 1, 1, 'by hand', now())
"""
TAKE_OVER = """
    INSERT INTO approval_queue (reel_id, account_id, day, revision, video_key, poster_key,
        video_sha256, seconds, caption, hashtags, laying, status, carried_from, decision_id,
        reviewed_by, channel, reviewed_at)
    SELECT reel_id, account_id, day, $3, video_key, poster_key, $3, seconds,
        caption{caption}, hashtags, laying + 1, 'approved', {from_}, {decision}, {by},
        channel, reviewed_at
    FROM approval_queue WHERE reel_id = $1 AND revision = $2
"""
HONEST = {"caption": "", "from_": "$2", "decision": "decision_id", "by": "reviewed_by"}
OTHER = sha256(b"another file").hexdigest()


def taken_over(**changes: str) -> str:
    return TAKE_OVER.format(**HONEST | changes)


async def test_by_hand_an_approval_is_carried_by_the_same_rule(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.pool.write(INTO_RECUTS, reel, seen, OTHER, "no")
    await db.pool.write(taken_over(), reel, seen, OTHER)
    assert await db.approvals.approved(reel, OTHER)
    assert not await db.approvals.approved(reel, seen)


async def test_no_writer_carries_an_approval_to_a_file_that_nobody_compared(
    db: Database,
) -> None:
    _, reel, seen = await an_approved_reel(db)
    with pytest.raises(NotApproved):
        await db.pool.write(taken_over(), reel, seen, OTHER)


async def test_no_writer_carries_an_approval_to_a_file_that_people_have_to_see(
    db: Database,
) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.pool.write(INTO_RECUTS, reel, seen, OTHER, "yes")
    with pytest.raises(NotApproved):
        await db.pool.write(taken_over(), reel, seen, OTHER)


@pytest.mark.parametrize(
    "change",
    [
        {"caption": " || '!'"},
        {"decision": "'another'"},
        {"by": "'mallory'"},
    ],
    ids=["caption", "decision", "person"],
)
async def test_no_writer_changes_what_was_said_on_the_way(
    db: Database, change: dict[str, str]
) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.pool.write(INTO_RECUTS, reel, seen, OTHER, "no")
    with pytest.raises(NotApproved):
        await db.pool.write(taken_over(**change), reel, seen, OTHER)


async def test_no_writer_carries_an_approval_that_was_taken_back(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.pool.write(INTO_RECUTS, reel, seen, OTHER, "no")
    await a_revision(db, reel, "take two")
    with pytest.raises(NotApproved):
        await db.pool.write(taken_over(), reel, seen, OTHER)


async def test_no_writer_makes_an_approval_of_nobody(db: Database) -> None:
    _, reel, seen = await an_approved_reel(db)
    await db.pool.write("UPDATE approval_queue SET status = 'superseded' WHERE reel_id = $1", reel)
    with pytest.raises(NotApproved):
        await db.pool.write(taken_over(from_="NULL"), reel, seen, OTHER)


async def test_no_writer_lets_one_decision_count_for_two_revisions(db: Database) -> None:
    key, reel, seen = await an_approved_reel(db)
    first = await db.approvals.get(reel, seen)
    assert first is not None
    newer = await a_revision(db, reel, "take two")
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.pool.write(
            "UPDATE approval_queue SET status = 'approved', decision_id = $3, "
            "reviewed_by = 'alice', channel = 'test', reviewed_at = now() "
            "WHERE reel_id = $1 AND revision = $2",
            reel,
            newer,
            first.decision_id,
        )
    assert key.account


@pytest.mark.parametrize(
    "change",
    ["carried_from = repeat('a', 64)", "decision_id = 'another'", "reviewed_by = 'mallory'"],
)
async def test_no_writer_changes_an_approval(db: Database, change: str) -> None:
    _, reel, _ = await an_approved_reel(db)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.pool.write(f"UPDATE approval_queue SET {change} WHERE reel_id = $1", reel)  # noqa: S608 - the cases above


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recuts SET material = false WHERE reel_id = $1",
        "DELETE FROM recuts WHERE reel_id = $1",
    ],
)
async def test_no_writer_judges_a_file_twice(db: Database, change: str) -> None:
    _, reel, seen = await an_approved_reel(db)
    revision = await db.recuts.keep(reel, seen, a_recut(material=True), at=NOW)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.pool.write(change, reel)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.pool.write(INTO_RECUTS, reel, seen, revision, "no")


async def test_nothing_is_made_anew_of_a_file_that_was_never_laid(db: Database) -> None:
    _, reel, _ = await an_approved_reel(db)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.pool.write(INTO_RECUTS, reel, OTHER, "b" * 64, "no")
