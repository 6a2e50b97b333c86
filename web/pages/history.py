"""What happened to a Reel before people, as lines in the order of time, the newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from db.approval_row import ApprovalRow, AttemptRow
from db.reel_row import ReelRow
from schemas.base import Frozen
from schemas.decision import Edits, Verdict
from schemas.editing import edit_words
from schemas.trust import POLICY

_DID = {
    Verdict.APPROVE: "approved it",
    Verdict.REJECT: "rejected it",
    Verdict.EDIT: "edited it",
    Verdict.CHANGES: "asked for changes",
    Verdict.HOLD: "held it back",
}
_SHORT = 8


class Line(Frozen):
    """One thing that happened."""

    at: datetime
    text: str
    detail: str = ""
    kind: str = ""


def of(
    reel: ReelRow, laid: Sequence[ApprovalRow], attempts: Sequence[AttemptRow]
) -> tuple[Line, ...]:
    """Every revision that was shown, and every try to decide, whether it counted or not."""
    lines = [*_laid(laid), *map(_tried, attempts)]
    if reel.published_at is not None:
        lines.append(Line(at=reel.published_at, text="It went out.", kind="good"))
    lines.append(Line(at=reel.created_at, text=f"The day began, asked for by {reel.requested_by}."))
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _laid(laid: Sequence[ApprovalRow]) -> list[Line]:
    layings = [tuple(rows) for _, rows in groupby(laid, key=lambda row: row.laying)]
    older: list[tuple[ApprovalRow, ...]] = [*layings[1:], ()]
    return [_shown(now, before) for now, before in zip(layings, older, strict=True)]


def _shown(now: Sequence[ApprovalRow], before: Sequence[ApprovalRow]) -> Line:
    lead = now[0]
    captions = "captions " + " and ".join(row.variant for row in now)
    what = (
        _changed(lead, before[0]) if before else f"with {captions if len(now) > 1 else 'a caption'}"
    )
    revisions = ", ".join(row.revision[:_SHORT] for row in now)
    return Line(
        at=lead.created_at, text=f"Laid before you, {what}.", detail=f"Revision {revisions}"
    )


def _changed(now: ApprovalRow, before: ApprovalRow) -> str:
    changes = {
        "a new video": now.video_sha256 != before.video_sha256,
        "another caption": now.caption != before.caption,
        "other hashtags": now.hashtags != before.hashtags,
        "another cover": now.picked_cover_seconds != before.picked_cover_seconds,
    }
    found = [what for what, changed in changes.items() if changed]
    return f"with {' and '.join(found)}" if found else "once more as it was"


def _tried(attempt: AttemptRow) -> Line:
    if attempt.accepted and attempt.channel == POLICY:
        text = "It was approved automatically."
        return Line(at=attempt.at, text=text, detail=attempt.note or "", kind="good")
    who = attempt.reviewer or "Somebody"
    did = _DID[attempt.verdict] if attempt.verdict else "sent something"
    through = f" ({attempt.channel})"
    if attempt.accepted:
        detail = " · ".join(part for part in (_wanted(attempt), attempt.note) if part)
        kind = "good" if attempt.verdict is Verdict.APPROVE else ""
        kind = "bad" if attempt.verdict is Verdict.REJECT else kind
        return Line(at=attempt.at, text=f"{who} {did}{through}.", detail=detail, kind=kind)
    reason = attempt.refusal.value.replace("_", " ") if attempt.refusal else "refused"
    return Line(at=attempt.at, text=f"{who} {did}{through}, and it did not count: {reason}.")


def _wanted(attempt: AttemptRow) -> str:
    """What was edited, is to be made anew, or until when it was held."""
    if attempt.edits:
        return edit_words(Edits.model_validate(attempt.edits))
    if attempt.hold_until:
        return f"until {attempt.hold_until.astimezone(UTC):%-d %B, %H:%M} UTC"
    return attempt.change.replace("_", " ") if attempt.change else ""
