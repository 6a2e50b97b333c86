"""Where a Reel stands, in a person's words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from db.approval_row import ApprovalRow, ApprovalStatus
from db.reel_row import ReelRow
from schemas.account import Account, Silence
from schemas.base import Frozen
from schemas.day import Outcome, Stage
from schemas.decision import Verdict

_MAKING = {
    Stage.OPENING: "It is about to begin.",
    Stage.WRITING: "Its story is being written.",
    Stage.FILMING: "It is being filmed.",
    Stage.COMPOSING: "It is being put together.",
}

_ENDS = {
    Outcome.PUBLISHED: ("good", "Published"),
    Outcome.REJECTED: ("bad", "Rejected"),
    Outcome.EXPIRED: ("bad", "Expired"),
    Outcome.SKIPPED: ("quiet", "Skipped"),
    Outcome.ABANDONED: ("bad", "Given up"),
    Outcome.CANCELLED: ("quiet", "Cancelled"),
}


class State(Frozen):
    """A headline, a sentence, and how they are coloured."""

    kind: str
    """open, good, bad or quiet."""
    title: str
    text: str = ""
    link: str | None = None


def state_of(
    reel: ReelRow, account: Account, shown: Sequence[ApprovalRow], given: Sequence[str] = ()
) -> State:
    """Where the Reel stands; `given` has who approved where one approval is not enough."""
    decided = next((row for row in shown if row.decided), None)
    if reel.outcome is not None:
        return _ended(reel, reel.outcome, decided)
    if reel.stage is Stage.NEEDS_ATTENTION:
        return State(kind="bad", title="Needs attention.", text=reel.waiting_for or "")
    if decided is not None:
        return _decided(reel, decided)
    if any(row.status is ApprovalStatus.PENDING for row in shown):
        return _open(reel, account, shown, given)
    ended = next((row for row in shown if row.ended_by), None)
    if ended is not None:
        did = "edited" if ended.ended_by is Verdict.EDIT else "asked for changes"
        text = f"{ended.reviewed_by} {did}. It comes back as a new revision."
        return State(kind="quiet", title="Being made anew.", text=text)
    text = _MAKING.get(reel.stage, reel.waiting_for or "")
    return State(kind="quiet", title="In the making.", text=text)


def called_back(by: str) -> State:
    """For a Reel that was approved automatically, until its day lays it before people."""
    text = f"{by} wants people to decide. It comes back here within minutes."
    return State(kind="open", title="Called back.", text=text)


def _decided(reel: ReelRow, row: ApprovalRow) -> State:
    """A decision that the day has yet to act on."""
    if row.automatic:
        text = _awaited(reel) or f"{row.notes}; it is on its way out"
        text = f"{text[:1].upper()}{text[1:]}. The page of the accounts can stop that."
        return State(kind="good", title="Approved automatically.", text=text)
    if row.status is ApprovalStatus.APPROVED:
        text = f"{_who(row)} {_awaited(reel) or 'It is on its way out.'}"
        return State(kind="good", title="Approved.", text=text)
    reason = f" “{row.notes}”" if row.notes else ""
    return State(kind="bad", title="Rejected.", text=f"{_who(row)}{reason}")


def _awaited(reel: ReelRow) -> str | None:
    """What an approved Reel waits for; None until its day has heard of the approval."""
    return reel.waiting_for if reel.stage is Stage.PUBLISHING else None


def _open(
    reel: ReelRow, account: Account, shown: Sequence[ApprovalRow], given: Sequence[str]
) -> State:
    held = max((row.hold_until for row in shown if row.hold_until), default=None)
    title, text = "Waits for you.", _until(reel, account)
    if held is not None and held > datetime.now(UTC):
        local = held.astimezone(ZoneInfo(account.zone))
        text = f"Until {local:%-d %B, %H:%M} ({account.zone}). You may decide before."
        title = "Held."
    needed = max(row.approvals_needed for row in shown)
    if given:
        text = f"Approved by {', '.join(given)}; another person has to approve it, too. {text}"
    elif needed > 1:
        text = f"{needed} people have to approve it. {text}"
    return State(kind="open", title=title, text=text)


def _ended(reel: ReelRow, outcome: Outcome, decided: ApprovalRow | None) -> State:
    kind, title = _ENDS[outcome]
    said = _who(decided) if decided else ""
    automatic = decided is not None and decided.automatic
    reason = f"“{reel.reason}”" if reel.reason and not automatic else ""
    text = " ".join(part for part in (said, reason) if part)
    return State(kind=kind, title=f"{title}.", text=text, link=reel.permalink)


def _who(row: ApprovalRow) -> str:
    if row.automatic:
        return f"Approved automatically: {row.notes}."
    verb = "approved" if row.status is ApprovalStatus.APPROVED else "rejected"
    at = row.reviewed_at or row.created_at
    caption = f" caption {row.variant}" if row.status is ApprovalStatus.APPROVED else " it"
    return f"{row.reviewed_by} {verb}{caption} on {at.astimezone(UTC):%-d %B at %H:%M} UTC."


def _until(reel: ReelRow, account: Account) -> str:
    if account.review.silence is Silence.HOLD:
        return "It waits as long as it takes."
    ends = reel.stage_at + timedelta(hours=account.review.expiry_hours)
    if ends <= datetime.now(UTC):
        return "Its time is up: it expires any moment."
    return (
        f"Nothing goes out unless somebody approves it by {ends.astimezone(UTC):%-d %B, %H:%M} UTC."
    )
