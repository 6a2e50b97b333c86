"""What the forms of a Reel's page say, as a person's word."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from db.approval_row import ApprovalRow
from schemas.account import Account
from schemas.decision import Change, Edits, Verdict, sentences
from web.deciding import DecisionRequest
from web.pages.gate import Form, Refused, first

_REVISION = re.compile(r"[0-9a-f]{64}")


def read(form: Form, account: Account, shown: Sequence[ApprovalRow]) -> DecisionRequest:
    """The verdict and what goes with it. Raises Refused for what can't be read.

    Whether it makes sense is said by `Decision`, and whether it counts by the day.
    """
    revision, verdict = first(form, "revision"), first(form, "verdict")
    if not _REVISION.fullmatch(revision) or verdict not in set(Verdict):
        text = "The form names no revision and no verdict. Open the Reel again."
        raise Refused(400, "Nothing was decided", text)
    try:
        more = _more(Verdict(verdict), form, account, revision, shown)
        return DecisionRequest(
            revision=revision, verdict=Verdict(verdict), note=_text(form, "note"), **more
        )
    except ValidationError as error:
        raise Refused(422, "Nothing was changed", f"{sentences(error)}.") from None


def _more(
    verdict: Verdict, form: Form, account: Account, revision: str, shown: Sequence[ApprovalRow]
) -> dict[str, Any]:
    match verdict:
        case Verdict.EDIT:
            return {"edits": _edits(form, revision, shown)}
        case Verdict.CHANGES:
            return {"change": _change(form)}
        case Verdict.HOLD:
            return {"hold_until": _until(form, account)}
        case Verdict.APPROVE | Verdict.REJECT:
            return {}
    assert_never(verdict)


def _edits(form: Form, revision: str, shown: Sequence[ApprovalRow]) -> Edits:
    """What is other than in the revision that was edited."""
    row = next((one for one in shown if one.revision == revision), None)
    caption, tags = _text(form, "caption"), tuple(_text(form, "hashtags").split())
    cover = _text(form, "cover_seconds").replace(",", ".") or None
    if row is not None and caption == row.caption.strip():
        caption = ""
    same_tags = row is not None and tags == row.hashtags
    edits = Edits.model_validate(
        {
            "caption": caption or None,
            "hashtags": None if same_tags or "hashtags" not in form else tags,
            "cover_seconds": cover,
        }
    )
    if row is not None and edits.cover_seconds == row.picked_cover_seconds:
        return edits.model_copy(update={"cover_seconds": None})
    return edits


def _change(form: Form) -> Change | None:
    wanted = first(form, "change")
    return Change(wanted) if wanted in set(Change) else None


def _until(form: Form, account: Account) -> datetime | None:
    """The moment that a clock where the account is shows then."""
    try:
        local = datetime.fromisoformat(first(form, "hold_until"))
    except ValueError:
        return None
    return local if local.tzinfo else local.replace(tzinfo=ZoneInfo(account.zone))


def _text(form: Form, name: str) -> str:
    """A field as it was typed: browsers end lines with two characters."""
    return first(form, name).replace("\r\n", "\n").strip()
