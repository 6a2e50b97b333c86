"""The rules by which a decision counts, apart from who came first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from schemas.account import AccountDay
from schemas.decision import Decision, Refusal, SealBroken, Verdict, WeighRequest, unseal
from schemas.trust import AUTOMATIC, POLICY

SHORT = 12
"""Digits of a digest that people are shown, as in `starter.py show`."""

_DONE = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.EDIT: "edited",
    Verdict.CHANGES: "changes asked",
    Verdict.HOLD: "held",
}


@dataclass(frozen=True)
class Objection:
    """Why a decision does not count, and the sentence for whoever sent it."""

    refusal: Refusal
    message: str


def open_decision(request: WeighRequest, key: bytes) -> Decision | Objection:
    """The decision in the envelope, or why it can't be one of a door."""
    if request.sealed is None:
        return Objection(
            Refusal.MALFORMED, "the signal holds no sealed decision: use starter.py or Slack"
        )
    try:
        return unseal(request.sealed, key)
    except SealBroken as error:
        return Objection(Refusal.BAD_SEAL, str(error))
    except ValidationError:
        return Objection(
            Refusal.MALFORMED, "the seal is good, but the decision can't be read: update the door"
        )


def objection(request: WeighRequest, decision: Decision) -> Objection | None:
    """Why a sealed decision does not count here and now; None when it may win."""
    for rule in (_same_day, _first, _in_review, _current, _known_reviewer, _in_time):
        if broken := rule(request, decision):
            return broken
    return None


def _same_day(request: WeighRequest, decision: Decision) -> Objection | None:
    if decision.key == request.key:
        return None
    return Objection(Refusal.WRONG_DAY, f"the decision is for {_day(decision.key)}")


def _first(request: WeighRequest, decision: Decision) -> Objection | None:
    won = request.already
    if won is None or decision.revision not in {won.revision, *request.open_revisions}:
        return None
    message = decided_by(won.reviewer, won.verdict, won.decided_at)
    return Objection(Refusal.ALREADY_DECIDED, message)


def _in_review(request: WeighRequest, _decision: Decision) -> Objection | None:
    if request.revision is not None:
        return None
    return Objection(Refusal.NOT_IN_REVIEW, f"{_day(request.key)} is not in review")


def _current(request: WeighRequest, decision: Decision) -> Objection | None:
    if request.revision is None or decision.revision in request.open_revisions:
        return None
    return stale(decision.revision, request.revision)


def _known_reviewer(request: WeighRequest, decision: Decision) -> Objection | None:
    named, through = decision.reviewer.casefold() == AUTOMATIC, decision.channel == POLICY
    if named or through:
        if named and through and decision.verdict is Verdict.APPROVE:
            return None
        return Objection(Refusal.UNKNOWN_REVIEWER, f"{AUTOMATIC} is no person: say who you are")
    if not request.reviewers or decision.reviewer in request.reviewers:
        return None
    message = (
        f"{decision.reviewer} does not review {request.key.account}: "
        f"its reviewers are {', '.join(request.reviewers)}"
    )
    return Objection(Refusal.UNKNOWN_REVIEWER, message)


def _in_time(request: WeighRequest, _decision: Decision) -> Objection | None:
    if request.deadline is not None and request.now >= request.deadline:
        return Objection(Refusal.EXPIRED, f"the review ended at {moment(request.deadline)}")
    return Objection(Refusal.EXPIRED, "the review has ended") if request.closed else None


def stale(revision: str, current: str) -> Objection:
    """For a decision on other bytes or another caption than the current ones."""
    return Objection(
        Refusal.STALE_REVISION,
        f"the decision is on revision {revision[:SHORT]}, the current one is {current[:SHORT]}: "
        "look at it and decide again",
    )


def decided_by(reviewer: str, verdict: Verdict, at: datetime) -> str:
    """The sentence for whoever comes second."""
    return f"already decided by {reviewer}: {_DONE[verdict]} at {moment(at)}"


def _day(key: AccountDay) -> str:
    return f"{key.account} on {key.day}"


def moment(at: datetime) -> str:
    """A time, for people."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
