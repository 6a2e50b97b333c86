"""What reviewers are told."""

from enum import StrEnum

from pydantic import AwareDatetime

from schemas.account import Account, AccountDay, QuietHours
from schemas.base import Frozen
from schemas.reel import Draft


class NoticeKind(StrEnum):
    """Why a message is sent."""

    REVIEW = "review"
    REMINDER = "reminder"
    NEEDS_ATTENTION = "needs_attention"


class ReminderRequest(Frozen):
    """Asks when people may be reminded that were to be at a moment."""

    at: AwareDatetime
    quiet_hours: QuietHours
    zone: str


class Reminder(Frozen):
    """When people may be reminded."""

    at: AwareDatetime


class Notice(Frozen):
    """One message to the reviewers of an account."""

    kind: NoticeKind
    key: AccountDay
    account: Account
    draft: Draft | None = None
    detail: str = ""
