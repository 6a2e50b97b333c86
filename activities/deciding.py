"""What a decision that breaks no rule of the desk does: the database says who is first."""

from collections.abc import Sequence
from typing import assert_never

from pydantic import ValidationError

from activities.captions import fault_of
from activities.weighing import Objection, decided_by, moment
from db.approval_row import ApprovalRow, ApprovalStatus
from db.database import Database
from db.failures import NotTrusted
from schemas.decision import (
    MOST_CHANGES,
    Answer,
    Decision,
    Edits,
    Refusal,
    Verdict,
    WeighRequest,
    sentences,
)
from schemas.editing import edited
from schemas.reel import Caption, revision_digest

_VERDICTS = {ApprovalStatus.APPROVED: Verdict.APPROVE, ApprovalStatus.REJECTED: Verdict.REJECT}
COVER_MARGIN = 0.1
"""Seconds before the end of a Reel that a cover lies at least: there is a picture for certain."""
HASHTAGS = (10, 15)
"""How few and how many stand below a caption."""


async def decide(db: Database, request: WeighRequest, decision: Decision) -> Answer | Objection:
    """Let a decision count, if it can be done and is the first. Again: the same answer."""
    if objection := await _may_decide(db, decision):
        return objection
    match decision.verdict:
        case Verdict.APPROVE:
            return await _approve(db, request, decision)
        case Verdict.REJECT:
            return await _first(db, request, decision, Answer(accepted=True, decision=decision))
        case Verdict.EDIT:
            return await _edit(db, request, decision)
        case Verdict.HOLD:
            return await _hold(db, request, decision)
        case Verdict.CHANGES:
            return await _change(db, request, decision)
    assert_never(decision.verdict)


async def _may_decide(db: Database, decision: Decision) -> Objection | None:
    """Whoever is not among the people of the workspace is known to a door alone, and decides."""
    person = await db.people.get(decision.reviewer)
    if person is None or person.decides:
        return None
    why = "is disabled" if person.disabled_at else f"is a {person.role}"
    return Objection(Refusal.UNKNOWN_REVIEWER, f"{decision.reviewer} {why}, and decides nothing")


async def _first(
    db: Database, request: WeighRequest, decision: Decision, answer: Answer
) -> Answer | Objection:
    try:
        if await db.approvals.decide(request.reel, decision.revision, decision):
            return answer
    except NotTrusted as error:
        return Objection(Refusal.NOT_TAKEN, str(error))
    return lost_to(await db.approvals.newest(request.reel), decision.revision)


async def _approve(db: Database, request: WeighRequest, decision: Decision) -> Answer | Objection:
    """One of two approvals is kept and told; the second one, of another person, lets it out."""
    final = Answer(accepted=True, decision=decision)
    row = await db.approvals.get(request.reel, decision.revision)
    if row is None or row.approvals_needed == 1:
        return await _first(db, request, decision, final)
    given = await db.given.give(request.reel, decision)
    if len(given) >= row.approvals_needed:
        return await _first(db, request, decision, final)
    if given:
        message = f"approved by {decision.reviewer}; another person has to approve it, too"
        return Answer(accepted=True, decision=decision, message=message, final=False)
    if row.status is ApprovalStatus.PENDING:
        message = f"{decision.reviewer} has approved it already: another person has to"
        return Objection(Refusal.ALREADY_DECIDED, message)
    return lost_to(await db.approvals.newest(request.reel), decision.revision)


async def _edit(db: Database, request: WeighRequest, decision: Decision) -> Answer | Objection:
    row = await db.approvals.get(request.reel, decision.revision)
    account = await db.accounts.get(request.key.account)
    if row is None or account is None:
        return Objection(Refusal.NOT_IN_REVIEW, "the revision is not in the approval queue")
    try:
        caption = edited(_caption_of(row), decision.edits)
    except ValidationError as error:
        return _bad(_too_few_or_many(decision.edits) or sentences(error))
    if why := fault_of(caption, account) or _bad_cover(decision.edits, row):
        return _bad(why)
    cover = decision.edits.cover_seconds
    cover = row.picked_cover_seconds if cover is None else cover
    digest = revision_digest(row.video_sha256, caption.caption, caption.hashtags, cover)
    if digest == row.revision:
        return _bad("it changes nothing: to take the Reel as it is, approve it")
    answer = Answer(accepted=True, decision=decision, caption=caption)
    return await _first(db, request, decision, answer)


async def _hold(db: Database, request: WeighRequest, decision: Decision) -> Answer | Objection:
    until = decision.hold_until
    if until is None or until <= request.now:
        return Objection(Refusal.NOT_TAKEN, "hold_until: that time is over; name a later one")
    if not await db.approvals.hold(request.reel, decision):
        return lost_to(await db.approvals.newest(request.reel), decision.revision)
    words = f"held until {moment(until)} by {decision.reviewer}"
    message = f"{words}: {decision.note}" if decision.note else words
    return Answer(accepted=True, decision=decision, message=message, final=False)


async def _change(db: Database, request: WeighRequest, decision: Decision) -> Answer | Objection:
    if request.changes_made >= MOST_CHANGES:
        message = (
            f"something was made anew {MOST_CHANGES} times already, and each time costs: "
            "edit the Reel, approve it or reject it"
        )
        return Objection(Refusal.NOT_TAKEN, message)
    return await _first(db, request, decision, Answer(accepted=True, decision=decision))


def _caption_of(row: ApprovalRow) -> Caption:
    return Caption(
        caption=row.caption,
        hashtags=row.hashtags,
        hook_type=row.hook_type or "statement",
        cta=row.cta,
    )


def _too_few_or_many(edits: Edits) -> str | None:
    tags, (least, most) = edits.hashtags, HASHTAGS
    if tags is None or least <= len(tags) <= most:
        return None
    return f"hashtags: there are {len(tags)}; write {least} to {most}"


def _bad_cover(edits: Edits, row: ApprovalRow) -> str | None:
    last = row.seconds - COVER_MARGIN
    if edits.cover_seconds is None or edits.cover_seconds <= last:
        return None
    return f"cover_seconds: the video has {row.seconds:.1f} s; name one from 0 to {last:.1f}"


def _bad(why: str) -> Objection:
    return Objection(
        Refusal.NOT_TAKEN, f"the edit is not taken: {why}. The review goes on as it was"
    )


def lost_to(laid: Sequence[ApprovalRow], revision: str) -> Objection:
    """Why a decision on a revision did not count, from what lies before people."""
    if not laid:
        return Objection(Refusal.NOT_IN_REVIEW, "the revision is not in the approval queue")
    row = next((one for one in laid if one.revision == revision), None)
    if row is None:
        return Objection(Refusal.STALE_REVISION, "a newer revision has taken this one's place")
    for won in laid:
        verdict = won.ended_by or _VERDICTS.get(won.status)
        if verdict is not None and won.reviewed_by and won.reviewed_at:
            message = decided_by(won.reviewed_by, verdict, won.reviewed_at)
            return Objection(Refusal.ALREADY_DECIDED, message)
    if row.status is ApprovalStatus.PENDING:
        message = "this decision counted in an earlier review of the day: look and decide again"
        return Objection(Refusal.ALREADY_DECIDED, message)
    if row.status is ApprovalStatus.EXPIRED:
        return Objection(Refusal.EXPIRED, "the review has ended")
    return Objection(Refusal.STALE_REVISION, "its approval was taken back")
