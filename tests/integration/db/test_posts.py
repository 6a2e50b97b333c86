import asyncio

import asyncpg
import pytest

from db.database import Database
from db.failures import (
    AlreadyPublished,
    NotApproved,
    PostConflict,
    Refused,
    StaleContainer,
    UnknownReel,
)
from schemas.decision import Verdict
from tests.factories import NOW, a_decision
from tests.integration.db.rows import (
    a_published_reel,
    a_ready_container,
    a_reel,
    a_review,
    a_revision,
    an_approved_reel,
)


async def test_a_container_of_an_undecided_revision_is_refused(db: Database) -> None:
    _, reel, revision = await a_review(db)
    with pytest.raises(NotApproved):
        await db.reels.save_container(reel, revision, "c-undecided", NOW)


async def test_a_container_of_a_rejected_revision_is_refused(db: Database) -> None:
    key, reel, revision = await a_review(db)
    said = a_decision(key, revision, verdict=Verdict.REJECT)
    assert await db.approvals.decide(reel, revision, said)
    with pytest.raises(NotApproved):
        await db.reels.save_container(reel, revision, "c-rejected", NOW)


async def test_a_container_of_an_older_revision_is_refused(db: Database) -> None:
    _, reel, revision = await an_approved_reel(db)
    await a_revision(db, reel, "take two")
    with pytest.raises(NotApproved):
        await db.reels.save_container(reel, revision, "c-older", NOW)


async def test_saving_the_same_container_again_changes_nothing(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    before = await db.reels.get(reel)
    await db.reels.save_container(reel, revision, container, NOW)
    assert await db.reels.get(reel) == before


async def test_a_commit_is_written_down_before_it_is_made(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    gate = {"revision": revision, "container_id": container}
    assert await db.reels.mark_commit_attempt(reel, NOW, **gate) == 1
    assert await db.reels.mark_commit_attempt(reel, NOW, **gate) == 2
    row = await db.reels.get(reel)
    assert row is not None
    assert (row.commit_attempts, row.commit_attempted_at, row.published_at) == (2, NOW, None)


async def test_nothing_is_committed_once_the_approval_is_gone(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    await a_revision(db, reel, "take two")
    with pytest.raises(NotApproved):
        await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)


async def test_an_approval_taken_back_by_hand_stops_the_commit(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    await db.pool.write("UPDATE approval_queue SET status = 'superseded' WHERE reel_id = $1", reel)
    with pytest.raises(NotApproved):
        await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
    row = await db.reels.get(reel)
    assert row is not None
    assert row.commit_attempts == 0


async def test_a_container_that_was_replaced_is_not_committed(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    await db.reels.save_container(reel, revision, f"{container}-2", NOW)
    with pytest.raises(StaleContainer):
        await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)


async def test_a_published_reel_is_not_committed_again(db: Database) -> None:
    _, reel, revision = await a_published_reel(db)
    row = await db.reels.get(reel)
    assert row is not None
    assert row.container_id is not None
    with pytest.raises(AlreadyPublished):
        await db.reels.mark_commit_attempt(
            reel, NOW, revision=revision, container_id=row.container_id
        )
    with pytest.raises(AlreadyPublished):
        await db.reels.save_container(reel, revision, "another", NOW)


async def test_a_post_whose_id_is_unknown_counts_as_published(db: Database) -> None:
    reel, revision, container = await a_ready_container(db)
    await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
    await db.reels.save_post(reel, None, None, NOW)
    with pytest.raises(AlreadyPublished):
        await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
    await db.reels.save_post(reel, f"late-{reel}", "https://instagram.example/p/1", NOW)
    row = await db.reels.get(reel)
    assert row is not None
    assert (row.media_id, row.permalink) == (f"late-{reel}", "https://instagram.example/p/1")


async def test_a_second_post_of_a_reel_is_an_alarm(db: Database) -> None:
    _, reel, _ = await a_published_reel(db)
    before = await db.reels.get(reel)
    with pytest.raises(PostConflict):
        await db.reels.save_post(reel, "another", None, NOW)
    assert await db.reels.get(reel) == before


async def test_one_post_is_never_recorded_for_two_reels(db: Database) -> None:
    _, first, _ = await a_published_reel(db)
    reel, _, _ = await a_ready_container(db)
    with pytest.raises(PostConflict):
        await db.reels.save_post(reel, f"media-of-{first}", None, NOW)


async def test_one_container_is_never_recorded_for_two_reels(db: Database) -> None:
    _, _, container = await a_ready_container(db)
    _, reel, revision = await an_approved_reel(db)
    with pytest.raises(PostConflict):
        await db.reels.save_container(reel, revision, container, NOW)


async def test_a_post_without_an_approval_is_refused(db: Database) -> None:
    _, reel, _ = await a_review(db)
    with pytest.raises(NotApproved):
        await db.reels.save_post(reel, f"media-{reel}", None, NOW)


async def test_a_reel_that_does_not_exist_is_named(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.reels.save_post("nothing", "media", None, NOW)
    with pytest.raises(UnknownReel):
        await db.reels.mark_commit_attempt("nothing", NOW, revision="", container_id="")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generated_reels SET published_at = now() WHERE id = $1",
        "UPDATE generated_reels SET commit_attempts = 1 WHERE id = $1",
        """UPDATE generated_reels SET outcome = 'published', stage = 'closed',
            closed_at = now(), published_at = now() WHERE id = $1""",
        """UPDATE generated_reels SET container_id = 'x', container_revision = revision
            WHERE id = $1""",
    ],
)
async def test_no_writer_gets_around_the_approval(db: Database, change: str) -> None:
    _, reel = await a_reel(db)
    await a_revision(db, reel)
    with pytest.raises(NotApproved):
        await db.pool.write(change, reel)


async def test_no_row_begins_as_a_post(db: Database) -> None:
    key, _ = await a_reel(db)
    with pytest.raises(NotApproved):
        await db.pool.write(
            "INSERT INTO generated_reels (account_id, day, claim, requested_by, published_at) "
            "VALUES ($1, $2, 'run-9', 'test', now())",
            key.account,
            key.day.replace(day=1),
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generated_reels SET published_at = NULL, media_id = NULL WHERE id = $1",
        "UPDATE generated_reels SET media_id = 'another' WHERE id = $1",
        "UPDATE generated_reels SET commit_attempts = commit_attempts + 1 WHERE id = $1",
    ],
)
async def test_no_writer_takes_a_post_back(db: Database, change: str) -> None:
    _, reel, _ = await a_published_reel(db)
    with pytest.raises(AlreadyPublished):
        await db.pool.write(change, reel)


async def test_a_commit_and_a_new_revision_at_once_never_both_win(db: Database) -> None:
    for _ in range(10):
        reel, revision, container = await a_ready_container(db)
        newer = a_revision(db, reel, "take two")
        commit = db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
        committed, _ = await asyncio.gather(commit, newer, return_exceptions=True)
        if isinstance(committed, BaseException):
            assert isinstance(committed, Refused)
        await a_revision(db, reel, "take two")
        with pytest.raises(NotApproved):
            await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)


async def test_a_day_has_one_row_for_every_writer(db: Database) -> None:
    key, _ = await a_reel(db)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.pool.write(
            "INSERT INTO generated_reels (account_id, day, claim, requested_by) "
            "VALUES ($1, $2, 'run-9', 'test')",
            key.account,
            key.day,
        )
