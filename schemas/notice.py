"""What reviewers are told."""

from enum import StrEnum

from schemas.account import Account, AccountDay
from schemas.base import Frozen
from schemas.reel import Draft


class NoticeKind(StrEnum):
    """Why a message is sent."""

    REVIEW = "review"
    REMINDER = "reminder"
    NEEDS_ATTENTION = "needs_attention"


class Notice(Frozen):
    """One message to the reviewers of an account."""

    kind: NoticeKind
    key: AccountDay
    account: Account
    draft: Draft | None = None
    detail: str = ""
