"""What a person said in a form, whichever door it came through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pydantic import ValidationError

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.decision import Change, Decision, Edits, Verdict, sentences
from web.asking import CAPTION, CHANGE, HASHTAGS, MAIN, NOTE, NOTE_LIMIT, REASON
from web.edits import Amiss, Drafts, edits_in, hold_in
from web.taking import look


class More(Frozen):
    """What a form adds to a verdict, as a decision takes it."""

    edits: Edits = Edits()
    hold_until: datetime | None = None


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

    def decision(self, reviewer: str, more: More) -> Decision:
        """What the reviewer decided; equal, id included, for every copy.

        Raises Amiss when a field lacks what the verdict needs, or holds what nobody can keep.
        """
        note, change = self.fields.get(NOTE, ""), self.fields.get(CHANGE, "")
        field = NOTE
        if self.verdict is Verdict.REJECT:
            note, field = self.fields.get(REASON, ""), REASON
        if self.verdict is Verdict.CHANGES and change not in set(Change):
            raise Amiss(**{CHANGE: "say what is to be made anew"})
        if self.verdict in {Verdict.REJECT, Verdict.CHANGES} and not note.strip():
            raise Amiss(**{field: "say in a few words what is wrong"})
        try:
            return Decision(
                id=sha256(self.event_key.encode()).hexdigest()[:32],
                key=self.key,
                revision=self.revision,
                verdict=self.verdict,
                reviewer=reviewer,
                channel=self.channel,
                note=note[:NOTE_LIMIT],
                decided_at=self.at,
                edits=more.edits,
                change=Change(change) if self.verdict is Verdict.CHANGES else None,
                hold_until=more.hold_until,
            )
        except ValidationError as error:
            raise Amiss(**{MAIN.get(self.verdict, NOTE): sentences(error)}) from None

    def attempt(self) -> Decision | None:
        """What somebody said who is not let in, for the log; None where it makes no decision."""
        caption, tags = self.fields.get(CAPTION), tuple(self.fields.get(HASHTAGS, "").split())
        try:
            edits = Edits(caption=caption, hashtags=tags or None) if caption or tags else Edits()
            return self.decision(self.user_id, More(edits=edits))
        except (Amiss, ValidationError):
            return None


async def more_of(said: Said, drafts: Drafts, ends: float) -> More:
    """What was edited, or until when the review is held; nothing with other verdicts.

    Raises Amiss, NotOpen for a revision that is not up for review any more, DatabaseError and
    TimeoutError.
    """
    if said.verdict not in {Verdict.EDIT, Verdict.HOLD}:
        return More()
    laid = await look(drafts.open(said.key, said.revision), ends)
    if said.verdict is Verdict.EDIT:
        return More(edits=edits_in(laid, said.fields))
    return More(hold_until=hold_in(laid, said.fields, said.at))
