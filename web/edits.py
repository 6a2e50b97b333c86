"""What a person wrote into a form, held against the rules while that person still looks."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from activities.captions import fault_of
from db.accounts import Accounts
from db.approval_row import ApprovalRow, ApprovalStatus
from db.approvals import Approvals
from db.reels import Reels
from schemas.account import AccountDay
from schemas.decision import Edits
from schemas.editing import edited
from schemas.reel import Caption


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

    async def open(self, key: AccountDay, revision: str) -> ApprovalRow:
        """The revision, while it may be decided on. Raises NotOpen, and DatabaseError."""
        reel = await self.reels.by_day(key)
        row = await self.approvals.get(reel.id, revision) if reel else None
        if row is not None and row.status is ApprovalStatus.PENDING:
            return row
        why = f": it is {row.status.value}" if row else ""
        by = f" by {row.reviewed_by}" if row and row.reviewed_by else ""
        raise NotOpen(
            f"This revision of {key.account} of {key.day} is not up for review any more{why}{by}. "
            "Nothing was decided; look at the newest one."
        )

    async def edits(self, row: ApprovalRow, caption: str, hashtags: str) -> Edits:
        """What is other than before. Raises Amiss for what can't be published.

        The day weighs it once more; here the person can still mend it.
        """
        before = Caption(
            caption=row.caption,
            hashtags=row.hashtags,
            hook_type=row.hook_type or "statement",
            cta=row.cta,
        )
        text, tags = caption.strip(), tuple(hashtags.replace(",", " ").split())
        try:
            edits = Edits(
                caption=None if text == row.caption.strip() else text,
                hashtags=None if tags == row.hashtags else tags,
            )
            after = edited(before, edits)
        except ValidationError as error:
            raise Amiss(**_by_field(error)) from None
        if not edits.any:
            raise Amiss(caption="nothing is other than before: change it, or approve the Reel")
        account = await self.accounts.get(row.account_id)
        if account is not None and (why := fault_of(after, account)):
            raise Amiss(caption=why)
        return edits


def _by_field(error: ValidationError) -> dict[str, str]:
    """The first thing that is wrong with each field."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0]) if one["loc"] else "caption"
        said = str(one.get("ctx", {}).get("error") or one["msg"])
        found.setdefault(name if name in {"caption", "hashtags"} else "caption", said)
    return found
