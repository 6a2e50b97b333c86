"""Two captions of one video before the reviewer: the first valid decision on either wins."""

import asyncio

import asyncpg
import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from db.failures import AlreadyPublished, NotApproved
from schemas.account import AccountDay
from schemas.decision import Verdict
from schemas.reel import Caption, Letter
from tests.factories import (
    NOW,
    a_caption,
    a_composed_reel,
    a_decision,
    another_caption,
    two_variants,
)
from tests.integration.db.rows import a_reel, a_revision, two_revisions

CAPTIONS = {Letter.A: a_caption(), Letter.B: another_caption()}

Two = tuple[AccountDay, str, dict[Letter, str]]


async def two_captions(db: Database) -> Two:
    key, reel = await a_reel(db)
    first, second = await two_revisions(db, reel)
    return key, reel, {Letter.A: first, Letter.B: second}


async def statuses(db: Database, reel: str) -> dict[Letter, ApprovalStatus]:
    return {row.variant: row.status for row in await db.approvals.newest(reel)}


async def words_of(db: Database, reel: str) -> tuple[object, ...]:
    """What the Reel would publish."""
    row = await db.reels.get(reel)
    assert row is not None
    return row.revision, row.variant, row.caption, row.hashtags, row.hook_type, row.cta


def the_words(letter: Letter, revision: str) -> tuple[object, ...]:
    caption: Caption = CAPTIONS[letter]
    return (
        *(revision, letter, caption.caption, caption.hashtags),
        *(caption.hook_type, caption.cta),
    )


async def test_both_captions_lie_before_people_and_the_leading_one_is_the_reels(
    db: Database,
) -> None:
    key, reel, revisions = await two_captions(db)

    rows = [row for row in await db.approvals.pending() if row.key == key]
    assert {row.variant: row.revision for row in rows} == revisions
    assert [(row.caption, row.hook_type) for row in rows] == [
        (caption.caption, caption.hook_type) for caption in CAPTIONS.values()
    ]
    assert len({row.video_sha256 for row in rows}) == 1
    assert await words_of(db, reel) == the_words(Letter.A, revisions[Letter.A])


@pytest.mark.parametrize("letter", Letter)
async def test_the_approved_caption_is_the_one_that_the_reel_publishes(
    db: Database, letter: Letter
) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[letter])

    assert await db.approvals.decide(reel, said.revision, said)
    assert await db.approvals.decide(reel, said.revision, said)

    (other,) = set(Letter) - {letter}
    assert await statuses(db, reel) == {
        letter: ApprovalStatus.APPROVED,
        other: ApprovalStatus.SUPERSEDED,
    }
    assert await words_of(db, reel) == the_words(letter, said.revision)
    late = a_decision(key, revisions[other])
    assert not await db.approvals.decide(reel, late.revision, late)


@pytest.mark.parametrize("letter", Letter)
async def test_to_reject_one_caption_is_to_reject_the_reel(db: Database, letter: Letter) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[letter], verdict=Verdict.REJECT)
    assert await db.approvals.decide(reel, said.revision, said)

    (other,) = set(Letter) - {letter}
    assert await statuses(db, reel) == {
        letter: ApprovalStatus.REJECTED,
        other: ApprovalStatus.SUPERSEDED,
    }
    late = a_decision(key, revisions[other])
    assert not await db.approvals.decide(reel, late.revision, late)
    assert not [row for row in await db.approvals.pending() if row.key == key]


async def test_of_twenty_approvals_over_both_captions_one_wins(db: Database) -> None:
    for letters in ([Letter.A, Letter.B] * 10, [Letter.B, Letter.A] * 10):
        key, reel, revisions = await two_captions(db)
        said = [a_decision(key, revisions[letter]) for letter in letters]

        won = await asyncio.gather(*(db.approvals.decide(reel, one.revision, one) for one in said))

        assert sum(won) == 1
        letter = letters[won.index(True)]
        assert (await statuses(db, reel))[letter] is ApprovalStatus.APPROVED
        assert await words_of(db, reel) == the_words(letter, revisions[letter])


async def test_an_approval_a_rejection_and_the_deadline_at_once_have_one_winner(
    db: Database,
) -> None:
    for _ in range(10):
        key, reel, revisions = await two_captions(db)
        approval = a_decision(key, revisions[Letter.B])
        rejection = a_decision(key, revisions[Letter.A], verdict=Verdict.REJECT)

        ended = await asyncio.gather(
            db.approvals.decide(reel, approval.revision, approval),
            db.approvals.decide(reel, rejection.revision, rejection),
            db.approvals.expire(reel, revisions[Letter.A]),
        )

        assert sum(ended) == 1
        assert await db.approvals.approved(reel, revisions[Letter.B]) == ended[0]


async def test_silence_expires_both(db: Database) -> None:
    key, reel, revisions = await two_captions(db)

    for _ in range(2):
        assert await db.approvals.expire(reel, revisions[Letter.A])

    assert set((await statuses(db, reel)).values()) == {ApprovalStatus.EXPIRED}
    for revision in revisions.values():
        assert not await db.approvals.decide(reel, revision, a_decision(key, revision))


async def test_an_old_draft_that_expires_leaves_the_new_one_in_review(db: Database) -> None:
    key, reel, old = await two_captions(db)
    await two_revisions(db, reel, "take two")

    assert not await db.approvals.expire(reel, old[Letter.A])
    assert set((await statuses(db, reel)).values()) == {ApprovalStatus.PENDING}
    for revision in old.values():
        assert not await db.approvals.decide(reel, revision, a_decision(key, revision))


async def test_laying_them_again_in_the_round_undoes_no_choice(db: Database) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[Letter.B])
    assert await db.approvals.decide(reel, said.revision, said)
    before = await db.approvals.newest(reel)

    await two_revisions(db, reel)

    assert await db.approvals.newest(reel) == before
    assert await words_of(db, reel) == the_words(Letter.B, revisions[Letter.B])


async def test_another_round_asks_anew_about_both_and_the_leading_one_leads(db: Database) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[Letter.B])
    assert await db.approvals.decide(reel, said.revision, said)

    await two_revisions(db, reel, review_round="run-2")

    assert set((await statuses(db, reel)).values()) == {ApprovalStatus.PENDING}
    assert not await db.approvals.approved(reel, revisions[Letter.B])
    assert await words_of(db, reel) == the_words(Letter.A, revisions[Letter.A])


async def test_letters_may_change_places_in_another_round(db: Database) -> None:
    _, reel = await a_reel(db)
    composed = a_composed_reel()
    first, second = two_variants(composed)
    await db.approvals.lay(reel, composed, (first, second), review_round="run-1")
    await db.approvals.lay(reel, composed, (second, first), review_round="run-2")

    laid = {row.variant: row.revision for row in await db.approvals.newest(reel)}
    assert laid == {Letter.A: second.revision, Letter.B: first.revision}


DECIDED = "decision_id = 'x', reviewed_by = 'x', channel = 'x', reviewed_at = now()"


async def test_no_writer_has_both_captions_decided(db: Database) -> None:
    for words in ("approved", "rejected"):
        key, reel, revisions = await two_captions(db)
        said = a_decision(key, revisions[Letter.B])
        assert await db.approvals.decide(reel, said.revision, said)
        back = "UPDATE approval_queue SET status = 'pending' WHERE reel_id = $1 AND variant = 'A'"
        await db.pool.write(back, reel)
        change = (
            f"UPDATE approval_queue SET status = '{words}', {DECIDED} "  # noqa: S608 - a test's own words
            "WHERE reel_id = $1 AND variant = 'A'"
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            await db.pool.write(change, reel)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generated_reels SET caption = 'other words' WHERE id = $1",
        "UPDATE generated_reels SET hashtags = '{}' WHERE id = $1",
        "UPDATE generated_reels SET video_sha256 = repeat('0', 64) WHERE id = $1",
        """UPDATE generated_reels SET revision = (SELECT revision FROM approval_queue
            WHERE reel_id = $1 AND variant = 'A') WHERE id = $1""",
    ],
)
async def test_no_writer_posts_other_words_than_the_approved_ones(
    db: Database, change: str
) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[Letter.B])
    assert await db.approvals.decide(reel, said.revision, said)
    await db.pool.write(change, reel)

    with pytest.raises(NotApproved):
        await db.reels.save_container(reel, said.revision, f"container-of-{reel}", NOW)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generated_reels SET variant = 'A' WHERE id = $1",
        "UPDATE generated_reels SET caption = 'other words' WHERE id = $1",
    ],
)
async def test_no_writer_changes_what_ran(db: Database, change: str) -> None:
    key, reel, revisions = await two_captions(db)
    said = a_decision(key, revisions[Letter.B])
    container = f"container-of-{reel}"
    assert await db.approvals.decide(reel, said.revision, said)
    await db.reels.save_container(reel, said.revision, container, NOW)
    await db.reels.mark_commit_attempt(reel, NOW, revision=said.revision, container_id=container)
    await db.reels.save_post(reel, f"media-of-{reel}", None, NOW)

    with pytest.raises(AlreadyPublished):
        await db.pool.write(change, reel)
    assert await words_of(db, reel) == the_words(Letter.B, revisions[Letter.B])


async def test_a_reel_is_found_by_either_revision_also_after_the_choice(db: Database) -> None:
    key, reel = await a_reel(db)
    old = await a_revision(db, reel, f"old take of {reel}")
    revisions = await two_revisions(db, reel, f"new take of {reel}")
    assert await db.approvals.decide(reel, revisions[1], a_decision(key, revisions[1]))

    for revision in revisions:
        row = await db.reels.by_revision(revision)
        assert row is not None
        assert row.id == reel
    assert await db.reels.by_revision(old) is None
