"""What the JSON API answers."""

from datetime import date, datetime

from db.approval_row import ApprovalStatus
from db.review_queue import Waiting, WaitingCount
from schemas.account import AccountId
from schemas.base import Frozen
from schemas.day import Outcome, Stage
from schemas.reel import Letter


class QueueAnswer(Frozen):
    """What waits for a person, oldest first."""

    total: int
    """Of all accounts and pages."""
    accounts: tuple[WaitingCount, ...]
    items: tuple[Waiting, ...]
    next: str | None
    """Give it as `after` for the next page; null on the last one."""


class CaptionAnswer(Frozen):
    """One caption that lies, or last lay, before people."""

    variant: Letter
    revision: str
    caption: str
    hashtags: tuple[str, ...]
    hook_type: str | None
    status: ApprovalStatus
    reviewed_by: str | None
    reviewed_at: datetime | None


class ReelAnswer(Frozen):
    """One Reel and where it stands."""

    account_id: AccountId
    day: date
    stage: Stage
    since: datetime
    outcome: Outcome | None
    reason: str | None
    permalink: str | None
    captions: tuple[CaptionAnswer, ...]


class Fault(Frozen):
    """Why a request changed nothing, and how to mend it."""

    error: str
