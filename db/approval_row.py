"""Rows of the review's tables as the rest of the program reads them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from schemas.account import AccountDay, AccountId
from schemas.base import Frozen
from schemas.decision import Change, Refusal, Verdict
from schemas.reel import Letter, published_text
from schemas.trust import POLICY


class ApprovalStatus(StrEnum):
    """Where the review of one revision stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class ApprovalRow(Frozen):
    """A row of `approval_queue`: exactly what is decided on, and what was decided."""

    id: str
    reel_id: str
    account_id: AccountId
    day: date
    revision: str
    round: str = ""
    """The run of the day's workflow that laid it before people."""
    laying: int = 1
    """The same for the variants that were laid before people together; the newest is the
    highest."""
    variant: Letter = Letter.A
    video_key: str
    poster_key: str
    video_sha256: str
    seconds: float
    caption: str
    hashtags: tuple[str, ...]
    hook_type: str | None = None
    cta: str | None = None
    picked_cover_seconds: float | None = None
    """Where the cover lies that a person picked; None for the one that was chosen for them."""
    status: ApprovalStatus
    approvals_needed: int = 1
    """How many different people have to approve it."""
    hold_until: datetime | None = None
    """Until when a person asked that the review waits."""
    ended_by: Verdict | None = None
    """How a person sent a superseded revision back: edit or changes; `reviewed_by` says who."""
    carried_from: str | None = None
    """The revision that the decision was made on, when this one goes out under its approval."""
    decision_id: str | None = None
    reviewed_by: str | None = None
    channel: str | None = None
    notes: str | None = None
    reviewed_at: datetime | None = None
    created_at: datetime

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)

    @property
    def length(self) -> int:
        """Characters of what is published, hashtags included."""
        return len(published_text(self.caption, self.hashtags))

    @property
    def decided(self) -> bool:
        """Whether a decision on it counted."""
        return self.status in {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED}

    @property
    def automatic(self) -> bool:
        """Whether its account's policy approved it, and no person."""
        return self.status is ApprovalStatus.APPROVED and self.channel == POLICY


class AttemptRow(Frozen):
    """A row of `decision_log`: one try to decide, whether it counted or not."""

    id: int
    account_id: AccountId
    day: date
    revision: str | None = None
    decision_id: str | None = None
    verdict: Verdict | None = None
    reviewer: str | None = None
    channel: str
    note: str | None = None
    edits: dict[str, Any] | None = None
    """What an edit was to change, as in `Edits`."""
    change: Change | None = None
    hold_until: datetime | None = None
    accepted: bool
    refusal: Refusal | None = None
    at: datetime
