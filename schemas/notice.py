"""What reviewers are told, and how the card of a day ends."""

from enum import StrEnum

from pydantic import AwareDatetime

from schemas.account import Account, AccountDay, QuietHours
from schemas.base import Frozen
from schemas.day import Outcome
from schemas.decision import Decision
from schemas.reel import Draft


class NoticeKind(StrEnum):
    """Why a message is sent."""

    REVIEW = "review"
    REMINDER = "reminder"
    NEEDS_ATTENTION = "needs_attention"
    AUTOMATIC = "automatic"
    """A Reel was approved automatically: nobody has to answer."""
    TRUST_ENDED = "trust_ended"
    """From now on people decide again."""


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


class CardState(StrEnum):
    """Where the card of a day stands in a channel."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    """The next revision takes its place, on the same card."""
    CHANGES = "changes"
    """The same, once what was asked is made anew."""
    EXPIRED = "expired"
    PUBLISHED = "published"
    CLOSED = "closed"
    """The day ended some other way: skipped, abandoned or cancelled."""


class CardsClosing(Frozen):
    """How a review ended, or how the day did: what every card of the day is to say."""

    key: AccountDay
    reel: str
    decision: Decision | None = None
    """What ended the review; None when silence did."""
    outcome: Outcome | None = None
    """How the day ended; None while it goes on."""
    reason: str | None = None
    permalink: str | None = None
