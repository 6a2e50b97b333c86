import asyncio

import pytest
from temporalio.exceptions import ApplicationError

from activities.review import ReviewActivities
from clients.errors import Refused
from clients.review import Choice, ReviewChannel
from db.approval_row import ApprovalStatus
from db.database import Database
from schemas.decision import Answer, Decision, Refusal, SealedDecision, Verdict, WeighRequest, seal
from schemas.failures import FailureKind
from schemas.notice import Notice, NoticeKind
from schemas.reel import Draft, DraftRef, DraftRequest, Letter, revision_digest
from tests.factories import (
    DECISION_KEY,
    NOW,
    a_caption,
    a_composed_reel,
    a_decision,
    a_draft,
    another_caption,
)
from tests.fakes import FakeChannel
from tests.integration.activities.days import Attempt, Day, a_day, a_revision, row_of, run


def reviewing(db: Database, *channels: ReviewChannel) -> ReviewActivities:
    return ReviewActivities(
        db=db,
        channels=channels,
        decision_key=DECISION_KEY,
        public_base_url="https://reels.test/",
    )


def weighing(day: Day, revision: str | None, **changes: object) -> WeighRequest:
    facts: dict[str, object] = {
        "key": day.key,
        "reel": day.reel,
        "revision": revision,
        "reviewers": (),
        "deadline": None,
        "now": NOW,
        "sealed": None,
    }
    return WeighRequest.model_validate(facts | changes)


def two_captions(day: Day, **changes: object) -> DraftRequest:
    facts: dict[str, object] = {
        "key": day.key,
        "reel": day.reel,
        "composed": a_composed_reel(day.reel),
        "caption": a_caption(),
        "others": (another_caption(),),
    }
    return DraftRequest.model_validate(facts | changes)


def weighing_draft(day: Day, draft: Draft, decision: Decision) -> WeighRequest:
    sealed = seal(decision, DECISION_KEY)
    return weighing(day, draft.revision, revisions=draft.revisions, sealed=sealed)


async def log_of(db: Database, day: Day) -> list[tuple[bool, Refusal | None]]:
    return [(row.accepted, row.refusal) for row in await db.approvals.attempts(day.key)]


async def test_a_draft_is_named_by_its_content_and_laid_before_people(
    db: Database, day: Day
) -> None:
    composed, caption = a_composed_reel(day.reel), a_caption()
    request = DraftRequest(key=day.key, reel=day.reel, composed=composed, caption=caption)

    draft = await run(reviewing(db).save_draft, request)
    assert await run(reviewing(db).save_draft, request) == draft

    assert draft.revision == revision_digest(
        composed.video_sha256, caption.caption, caption.hashtags
    )
    assert (await row_of(db, day.reel)).revision == draft.revision
    pending = await db.approvals.get(day.reel, draft.revision)
    assert pending is not None
    assert pending.status is ApprovalStatus.PENDING


async def test_two_captions_are_two_revisions_of_one_video(db: Database, day: Day) -> None:
    draft = await run(reviewing(db).save_draft, two_captions(day))

    assert draft.caption == a_caption()
    assert [other.caption for other in draft.others] == [another_caption()]
    assert len(set(draft.revisions)) == 2
    laid = await db.approvals.newest(day.reel)
    assert [(row.variant, row.revision) for row in laid] == list(
        zip(Letter, draft.revisions, strict=True)
    )
    assert (await row_of(db, day.reel)).revision == draft.revision


async def test_two_captions_of_the_same_text_are_one(db: Database, day: Day) -> None:
    same = two_captions(day, others=(a_caption(hook_type="question", cta="Follow"),))

    draft = await run(reviewing(db).save_draft, same)

    assert draft.others == ()
    assert draft.caption.hook_type == "pov"
    assert [row.variant for row in await db.approvals.newest(day.reel)] == [Letter.A]


async def test_saving_a_draft_again_undoes_no_choice(db: Database, day: Day) -> None:
    review = reviewing(db)
    draft = await run(review.save_draft, two_captions(day))
    chosen = draft.revisions[1]
    assert await db.approvals.decide(day.reel, chosen, a_decision(day.key, chosen))

    assert await run(review.save_draft, two_captions(day)) == draft

    row = await row_of(db, day.reel)
    assert (row.revision, row.variant) == (chosen, Letter.B)
    assert await db.approvals.approved(day.reel, chosen)


async def test_reviewers_see_the_exact_text_and_the_addresses_of_the_revision(
    db: Database, day: Day
) -> None:
    channel, draft = FakeChannel(), a_draft("b" * 64)
    notice = Notice(kind=NoticeKind.REMINDER, key=day.key, account=day.account, draft=draft)

    await run(reviewing(db, channel).notify, notice)

    card = channel.cards[0]
    assert card.account_day == day.key.workflow_id
    assert card.choices == (Choice("A", draft.revision, draft.caption.text, "pov"),)
    assert card.poster_url == f"https://reels.test/reels/{'b' * 64}/poster.png"
    assert card.video_url == f"https://reels.test/reels/{'b' * 64}/video.mp4"
    assert card.reminder


async def test_reviewers_see_both_captions_by_letter_and_hook(db: Database, day: Day) -> None:
    channel, review = FakeChannel(), reviewing(db)
    draft = await run(review.save_draft, two_captions(day))
    notice = Notice(kind=NoticeKind.REVIEW, key=day.key, account=day.account, draft=draft)

    await run(reviewing(db, channel).notify, notice)

    assert channel.cards[0].choices == (
        Choice("A", draft.revisions[0], a_caption().text, "pov"),
        Choice("B", draft.revisions[1], another_caption().text, "question"),
    )


async def test_a_parked_day_says_what_to_type(db: Database, day: Day) -> None:
    channel = FakeChannel()
    notice = Notice(
        kind=NoticeKind.NEEDS_ATTENTION, key=day.key, account=day.account, detail="story failed"
    )

    await run(reviewing(db, channel).notify, notice)

    title, text = channel.told[0]
    assert day.key.account in title
    assert "story failed" in text
    assert f"starter.py resolve {day.key.account} {day.key.day} retry|skip|abort" in text


async def test_a_broken_channel_fails_the_step_after_all_were_tried(db: Database, day: Day) -> None:
    gone = Refused("slack", FailureKind.CONFIGURATION, "the webhook was removed")
    broken, whole = FakeChannel("slack", gone), FakeChannel("discord")
    notice = Notice(kind=NoticeKind.REVIEW, key=day.key, account=day.account, draft=a_draft())

    with pytest.raises(Refused):
        await run(reviewing(db, broken, whole).notify, notice)
    assert len(whole.cards) == 1


@pytest.mark.parametrize(
    ("names", "shown", "told"),
    [((), (1, 1), (1, 1)), (("discord",), (0, 1), (0, 1)), (("email",), (0, 0), (1, 1))],
)
async def test_an_account_s_people_are_reached_through_its_channels(
    db: Database, names: tuple[str, ...], shown: tuple[int, ...], told: tuple[int, ...]
) -> None:
    day = await a_day(db, review={"channels": names})
    both = FakeChannel("slack"), FakeChannel("discord")
    draft = a_draft(await a_revision(db, day))
    facts = {"key": day.key, "account": day.account, "draft": draft, "detail": "story failed"}
    kinds = NoticeKind.REVIEW, NoticeKind.NEEDS_ATTENTION
    for kind in kinds:
        notice = Notice.model_validate({"kind": kind, **facts})
        await run(reviewing(db, *both).notify, notice)

    assert tuple(len(channel.cards) for channel in both) == shown
    assert tuple(len(channel.told) for channel in both) == told


async def test_a_card_without_a_draft_is_our_own_mistake(db: Database, day: Day) -> None:
    notice = Notice(kind=NoticeKind.REVIEW, key=day.key, account=day.account)

    with pytest.raises(ApplicationError) as refusal:
        await run(reviewing(db).notify, notice)
    assert refusal.value.type == "bad_request"


async def test_the_first_valid_decision_wins_and_is_logged_once(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    decision = a_decision(day.key, revision)
    request = weighing(day, revision, sealed=seal(decision, DECISION_KEY))

    answer = await run(reviewing(db).weigh_decision, request)

    assert answer == Answer(accepted=True, decision=decision)
    assert await db.approvals.approved(day.reel, revision)
    assert await log_of(db, day) == [(True, None)]


async def test_the_decision_that_won_is_accepted_again(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    decision = a_decision(day.key, revision)
    request = weighing(day, revision, sealed=seal(decision, DECISION_KEY))
    review = reviewing(db)

    unheard = await run(review.weigh_decision, request)
    repeated = await run(review.weigh_decision, request)
    replayed = request.model_copy(update={"already": decision, "closed": True})
    known = await run(review.weigh_decision, replayed)

    assert unheard == repeated == known
    assert await log_of(db, day) == [(True, None)]


async def test_the_database_says_who_came_first(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    first = a_decision(day.key, revision, reviewer="bob", verdict=Verdict.REJECT)
    second = a_decision(day.key, revision, reviewer="alice")
    review = reviewing(db)

    for decision in (first, second):
        request = weighing(day, revision, sealed=seal(decision, DECISION_KEY))
        answer = await run(review.weigh_decision, request)

    assert answer.refusal is Refusal.ALREADY_DECIDED
    assert answer.message == "already decided by bob: rejected at 2026-11-23 09:00 UTC"
    assert not await db.approvals.approved(day.reel, revision)
    assert await log_of(db, day) == [(True, None), (False, Refusal.ALREADY_DECIDED)]


async def test_of_twenty_at_once_one_wins(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    review = reviewing(db)

    answers = await asyncio.gather(
        *(
            run(
                review.weigh_decision,
                weighing(
                    day,
                    revision,
                    sealed=seal(
                        a_decision(day.key, revision, reviewer=f"reviewer-{number}"), DECISION_KEY
                    ),
                ),
            )
            for number in range(20)
        )
    )

    winner = next(answer for answer in answers if answer.accepted)
    losers = [answer for answer in answers if not answer.accepted]
    assert len(losers) == 19
    assert winner.decision is not None
    expected = f"already decided by {winner.decision.reviewer}"
    assert all(answer.message.startswith(expected) for answer in losers)
    assert len(await log_of(db, day)) == 20


async def test_of_twenty_approvals_over_both_captions_one_wins_and_its_text_is_the_reels(
    db: Database, day: Day
) -> None:
    review = reviewing(db)
    draft = await run(review.save_draft, two_captions(day))
    said = [
        a_decision(day.key, draft.revisions[number % 2], reviewer=f"reviewer-{number}")
        for number in range(20)
    ]

    answers = await asyncio.gather(
        *(run(review.weigh_decision, weighing_draft(day, draft, decision)) for decision in said)
    )

    (won,) = [answer.decision for answer in answers if answer.accepted]
    lost = [answer for answer in answers if not answer.accepted]
    assert won is not None
    assert {answer.refusal for answer in lost} == {Refusal.ALREADY_DECIDED}
    assert all(f"already decided by {won.reviewer}:" in answer.message for answer in lost)
    row = await row_of(db, day.reel)
    chosen = {one.revision: one.caption for one in draft.variants}[won.revision]
    assert (row.revision, row.caption, row.hook_type) == (
        won.revision,
        chosen.caption,
        chosen.hook_type,
    )


async def test_rejecting_one_caption_closes_the_other(db: Database, day: Day) -> None:
    review = reviewing(db)
    draft = await run(review.save_draft, two_captions(day))
    rejection = a_decision(day.key, draft.revisions[1], verdict=Verdict.REJECT, reviewer="bob")
    late = a_decision(day.key, draft.revisions[0])

    assert (await run(review.weigh_decision, weighing_draft(day, draft, rejection))).accepted
    answer = await run(review.weigh_decision, weighing_draft(day, draft, late))

    assert answer.refusal is Refusal.ALREADY_DECIDED
    assert answer.message.startswith("already decided by bob: rejected")
    assert not await db.approvals.approved(day.reel, late.revision)


async def test_silence_closes_both_captions(db: Database, day: Day) -> None:
    review = reviewing(db)
    draft = await run(review.save_draft, two_captions(day))
    await run(review.expire_review, DraftRef(key=day.key, reel=day.reel, revision=draft.revision))

    for revision in draft.revisions:
        late = weighing_draft(day, draft, a_decision(day.key, revision))
        assert (await run(review.weigh_decision, late)).refusal is Refusal.EXPIRED


async def test_a_raw_signal_is_refused_recorded_and_changes_nothing(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    review = reviewing(db)
    forged = SealedDecision(body='{"verdict": "approve"}', seal="ab" * 32)

    for number, sealed in enumerate((None, forged)):
        attempt = Attempt(activity_id=str(number))
        answer = await attempt.run(review.weigh_decision, weighing(day, revision, sealed=sealed))
        assert not answer.accepted
    repeated = Attempt(activity_id="1")
    await repeated.run(review.weigh_decision, weighing(day, revision, sealed=forged))

    assert await log_of(db, day) == [(False, Refusal.MALFORMED), (False, Refusal.BAD_SEAL)]
    pending = await db.approvals.get(day.reel, revision)
    assert pending is not None
    assert pending.status is ApprovalStatus.PENDING


async def test_a_refused_decision_is_logged_once_over_attempts(db: Database, day: Day) -> None:
    revision = await a_revision(db, day)
    decision = a_decision(day.key, "f" * 64)
    request = weighing(day, revision, sealed=seal(decision, DECISION_KEY))

    for _ in range(2):
        answer = await run(reviewing(db).weigh_decision, request)
        assert answer.refusal is Refusal.STALE_REVISION

    assert await log_of(db, day) == [(False, Refusal.STALE_REVISION)]


async def test_a_decision_before_the_first_draft_is_not_in_review(db: Database, day: Day) -> None:
    sealed = seal(a_decision(day.key), DECISION_KEY)

    answer = await run(reviewing(db).weigh_decision, weighing(day, None, reel="", sealed=sealed))

    assert answer.refusal is Refusal.NOT_IN_REVIEW


async def test_a_replaced_revision_can_t_be_approved_any_more(db: Database, day: Day) -> None:
    old = await a_revision(db, day)
    await a_revision(db, day, "take two")
    sealed = seal(a_decision(day.key, old), DECISION_KEY)

    answer = await run(reviewing(db).weigh_decision, weighing(day, old, sealed=sealed))

    assert answer.refusal is Refusal.STALE_REVISION


async def test_a_revision_that_was_never_queued_is_not_in_review(db: Database, day: Day) -> None:
    sealed = seal(a_decision(day.key), DECISION_KEY)

    answer = await run(reviewing(db).weigh_decision, weighing(day, "a" * 64, sealed=sealed))

    assert answer.refusal is Refusal.NOT_IN_REVIEW


async def test_after_the_review_expired_no_decision_counts(db: Database) -> None:
    day = await a_day(db)
    revision = await a_revision(db, day)
    review = reviewing(db)
    ref = DraftRef(key=day.key, reel=day.reel, revision=revision)
    sealed = seal(a_decision(day.key, revision), DECISION_KEY)

    for _ in range(2):
        await run(review.expire_review, ref)
    answer = await run(review.weigh_decision, weighing(day, revision, sealed=sealed))

    assert answer.refusal is Refusal.EXPIRED
    assert not await db.approvals.approved(day.reel, revision)
