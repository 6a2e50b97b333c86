"""What a person said in a form, whichever door it came through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from schemas.account import AccountDay
from schemas.decision import Change, Decision, Edits, Verdict
from web.deadline import within
from web.edits import Amiss, Drafts
from web.taking import LOOK_SECONDS, left

REASON, CAPTION, HASHTAGS, CHANGE, NOTE = "reason", "caption", "hashtags", "change", "note"
"""The fields of the forms."""

NOTE_LIMIT = 2000
HASHTAGS_LIMIT = 1000

CHANGES = {
    Change.CAPTION: "A new caption",
    Change.GAMEPLAY: "Other gameplay below",
    Change.TOP_VIDEO: "A new film above, of the same story",
    Change.STORY: "A new story, and all that is made from it",
}
"""What may be made anew, for people."""


@dataclass(frozen=True)
class Said:
    """One press of a button or of a form's button, on one revision."""

    channel: str
    event_key: str
    """The same for every copy of what was said; other words are another event."""
    user_id: str
    verdict: Verdict
    key: AccountDay
    revision: str
    fields: Mapping[str, str]
    at: datetime

    def decision(self, reviewer: str, edits: Edits) -> Decision:
        """What the reviewer decided; equal, id included, for every copy.

        Raises Amiss when a field lacks what the verdict needs.
        """
        note, change = self.fields.get(NOTE, ""), self.fields.get(CHANGE, "")
        field = NOTE
        if self.verdict is Verdict.REJECT:
            note, field = self.fields.get(REASON, ""), REASON
        if self.verdict is Verdict.CHANGES and change not in set(Change):
            raise Amiss(**{CHANGE: "say what is to be made anew"})
        if self.verdict in {Verdict.REJECT, Verdict.CHANGES} and not note.strip():
            raise Amiss(**{field: "say in a few words what is wrong"})
        return Decision(
            id=sha256(self.event_key.encode()).hexdigest()[:32],
            key=self.key,
            revision=self.revision,
            verdict=self.verdict,
            reviewer=reviewer,
            channel=self.channel,
            note=note[:NOTE_LIMIT],
            decided_at=self.at,
            edits=edits,
            change=Change(change) if self.verdict is Verdict.CHANGES else None,
        )


async def edits_of(said: Said, drafts: Drafts, ends: float) -> Edits:
    """What was edited; nothing with other verdicts.

    Raises Amiss, NotOpen for a revision that is not up for review any more, DatabaseError and
    TimeoutError.
    """
    if said.verdict is not Verdict.EDIT:
        return Edits()
    look = min(LOOK_SECONDS, left(ends))
    laid = await within(look, drafts.open(said.key, said.revision))
    caption, hashtags = said.fields.get(CAPTION, ""), said.fields.get(HASHTAGS, "")
    return await within(look, drafts.edits(laid, caption, hashtags))
