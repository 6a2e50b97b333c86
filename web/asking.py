"""What a form asks of a person before a verdict, whichever chat service shows it."""

import math
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from activities.deciding import COVER_MARGIN
from db.approval_row import ApprovalRow
from schemas.account import Account
from schemas.decision import LONGEST_HOLD, Change, Verdict
from schemas.reel import CAPTION_LIMIT

REASON, CAPTION, HASHTAGS, COVER = "reason", "caption", "hashtags", "cover"
CHANGE, NOTE, UNTIL = "change", "note", "until"
"""The fields of the forms."""

NOTE_LIMIT = 2000
HASHTAGS_LIMIT = 1000
SHORT_LIMIT = 20
"""Characters of a date or a number."""

HOLD_TIME = time(9)
"""When on its day a held review goes on, by the account's clock."""

CHANGES = {
    Change.CAPTION: "A new caption",
    Change.GAMEPLAY: "Other gameplay below",
    Change.TOP_VIDEO: "A new film above, of the same story",
    Change.STORY: "A new story, and all that is made from it",
}
"""What may be made anew, for people."""

MAIN = {
    Verdict.REJECT: REASON,
    Verdict.EDIT: CAPTION,
    Verdict.CHANGES: NOTE,
    Verdict.HOLD: UNTIL,
}
"""The verdicts that ask for more, and the field below which stands what is wrong with no other."""


class Kind(StrEnum):
    """What is written into a field."""

    TEXT = "text"
    CHANGE = "change"
    """One of CHANGES."""
    DATE = "date"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Laid:
    """What lies before people, and the account that it is of."""

    row: ApprovalRow
    account: Account

    @property
    def last_cover(self) -> float:
        """Seconds: the latest picture that a cover can be of, a tenth exactly."""
        return math.floor((self.row.seconds - COVER_MARGIN) * 10) / 10

    @property
    def cover(self) -> str:
        """The cover that a person picked, in seconds; empty for the one that was chosen."""
        picked = self.row.picked_cover_seconds
        return "" if picked is None else f"{picked:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Field:
    """One question of a form."""

    name: str
    label: str
    """At most 45 characters, which Discord takes."""
    kind: Kind = Kind.TEXT
    value: str = ""
    """What stands in it at first."""
    longest: int = SHORT_LIMIT
    hint: str = ""
    """A sentence below it: at most 100 characters, which Discord takes."""
    optional: bool = False
    most: str = ""
    """The highest number of seconds."""


def fields(verdict: Verdict, laid: Laid) -> tuple[Field, ...]:
    """What is asked of a person before one of the verdicts of MAIN."""
    match verdict:
        case Verdict.EDIT:
            return _of_edit(laid)
        case Verdict.CHANGES:
            what = Field(CHANGE, "What is to be made anew?", Kind.CHANGE)
            return (what, Field(NOTE, "What is wrong with it?", longest=NOTE_LIMIT))
        case Verdict.HOLD:
            return _of_hold(laid)
        case _:
            heeded = "The next stories learn from it."
            return (Field(REASON, "Why?", longest=NOTE_LIMIT, hint=heeded),)


def _of_edit(laid: Laid) -> tuple[Field, ...]:
    row, most = laid.row, f"{laid.last_cover:.1f}"
    tags = " ".join(row.hashtags)
    return (
        Field(CAPTION, "Caption, without its hashtags", value=row.caption, longest=CAPTION_LIMIT),
        Field(HASHTAGS, "Hashtags, 10 to 15", value=tags, longest=HASHTAGS_LIMIT),
        Field(
            COVER,
            "Cover frame, in seconds",
            Kind.SECONDS,
            laid.cover,
            hint=f"Where in the video its picture lies: 0 to {most}. Empty: it stays as it is.",
            optional=True,
            most=most,
        ),
    )


def _of_hold(laid: Laid) -> tuple[Field, ...]:
    day = f"{HOLD_TIME:%H:%M} by the account's clock ({laid.account.zone})"
    hint = f"Until {day}, at most {LONGEST_HOLD.days} days ahead."
    return (
        Field(UNTIL, "Until which day?", Kind.DATE, hint=hint),
        Field(NOTE, "Why? Whoever sees the card reads it.", longest=NOTE_LIMIT, optional=True),
    )
