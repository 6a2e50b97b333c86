"""What a person wrote into a form, held against the rules while that person still looks."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from activities.captions import fault_of
from db.accounts import Accounts
from db.approval_row import ApprovalRow, ApprovalStatus
from db.approvals import Approvals
from db.reels import Reels
from schemas.account import AccountDay
from schemas.decision import LONGEST_HOLD, Edits
from schemas.editing import edited
from schemas.reel import Caption
from web.asking import CAPTION, COVER, HASHTAGS, HOLD_TIME, UNTIL, Laid

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


class Amiss(Exception):
    """Something in a form is wrong: a sentence by the name of its field."""

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(f"{name}: {said}" for name, said in fields.items()))
        self.fields: Mapping[str, str] = fields


class NotOpen(Exception):
    """The revision is not up for review any more; the message is a sentence."""


@dataclass(frozen=True)
class Drafts:
    """What lies before people, for the forms of a door."""

    accounts: Accounts
    reels: Reels
    approvals: Approvals

    async def day_of(self, revision: str) -> AccountDay:
        """The day whose people a revision was laid before. Raises NotOpen, and DatabaseError."""
        key = await self.approvals.day_of(revision)
        if key is None:
            raise NotOpen("This revision is not known here: nothing was decided.")
        return key

    async def open(self, key: AccountDay, revision: str) -> Laid:
        """The revision, while it may be decided on. Raises NotOpen, and DatabaseError."""
        reel, account = await asyncio.gather(self.reels.by_day(key), self.accounts.get(key.account))
        row = await self.approvals.get(reel.id, revision) if reel else None
        if row is not None and account is not None and row.status is ApprovalStatus.PENDING:
            return Laid(row, account)
        why = f": it is {row.status.value}" if row else ""
        by = f" by {row.reviewed_by}" if row and row.reviewed_by else ""
        raise NotOpen(
            f"This revision of {key.account} of {key.day} is not up for review any more{why}{by}. "
            "Nothing was decided; look at the newest one."
        )


def edits_in(laid: Laid, written: Mapping[str, str]) -> Edits:
    """What is other than before. Raises Amiss for what can't be published.

    The day weighs it once more; here the person can still mend it.
    """
    row = laid.row
    text = written.get(CAPTION, "").strip()
    tags = tuple(written.get(HASHTAGS, "").replace(",", " ").split())
    try:
        edits = Edits(
            caption=None if text == row.caption.strip() else text,
            hashtags=None if tags == row.hashtags else tags,
            cover_seconds=_cover(laid, written.get(COVER, "")),
        )
        after = edited(_caption_of(row), edits)
    except ValidationError as error:
        raise Amiss(**_by_field(error)) from None
    if not edits.any:
        raise Amiss(caption="nothing is other than before: change it, or approve the Reel")
    if why := fault_of(after, laid.account):
        raise Amiss(caption=why)
    return edits


def hold_in(laid: Laid, written: Mapping[str, str], now: datetime) -> datetime:
    """Until when the review is to wait: a morning where the account is. Raises Amiss."""
    text, zone = written.get(UNTIL, "").strip(), laid.account.zone
    like = (now.astimezone(ZoneInfo(zone)) + timedelta(days=1)).date()
    try:
        day = date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        said = f"write a date as year-month-day, like {like}"
        raise Amiss(**{UNTIL: said}) from None
    until = datetime.combine(day, HOLD_TIME, ZoneInfo(zone))
    # Far from any possible moment a comparison across zones would overflow.
    near = abs(day - now.date()) <= LONGEST_HOLD + timedelta(days=2)
    if not near or not now < until <= now + LONGEST_HOLD:
        said = f"{day}, {HOLD_TIME:%H:%M} in {zone} is not within the next {LONGEST_HOLD.days} days"
        raise Amiss(**{UNTIL: f"{said}; name a later day, like {like}"})
    return until


def _cover(laid: Laid, written: str) -> float | None:
    """Where the cover is to lie; None where it stays. Raises Amiss."""
    text, last = written.strip().replace(",", "."), laid.last_cover
    if text in {"", laid.cover}:
        return None
    if not _NUMBER.fullmatch(text) or float(text) > last:
        said = f"the video has {laid.row.seconds:.1f} s: write a number from 0 to {last:.1f}"
        raise Amiss(**{COVER: said})
    return float(text)


def _caption_of(row: ApprovalRow) -> Caption:
    return Caption(
        caption=row.caption,
        hashtags=row.hashtags,
        hook_type=row.hook_type or "statement",
        cta=row.cta,
    )


def _by_field(error: ValidationError) -> dict[str, str]:
    """The first thing that is wrong with each field."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0]) if one["loc"] else CAPTION
        said = str(one.get("ctx", {}).get("error") or one["msg"])
        found.setdefault(name if name in {CAPTION, HASHTAGS} else CAPTION, said)
    return found
