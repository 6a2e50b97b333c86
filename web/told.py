"""What a person is told in a chat of what became of a decision: no more than is known."""

from schemas.decision import Decision, Verdict
from schemas.reel import Letter
from web.taking import Taken

_PAST = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.EDIT: "edited",
    Verdict.CHANGES: "asked for changes of",
    Verdict.HOLD: "held",
}
_NOUNS = {
    Verdict.APPROVE: "approval",
    Verdict.REJECT: "rejection",
    Verdict.EDIT: "edit",
    Verdict.CHANGES: "request for changes",
    Verdict.HOLD: "hold",
}
_SHOWN = "the card shows what became of it."


def told(decision: Decision, taken: Taken, caption: Letter | None = None) -> str:
    """A sentence for whoever decided; `caption` is what the card calls an approved one of two."""
    who, answer = decision.reviewer, taken.answer
    what = f"{decision.key.account} of {decision.key.day} (revision {decision.revision[:8]})"
    if caption is not None and decision.verdict is Verdict.APPROVE:
        what = f"caption {caption} of {what}"
    if taken.before:
        return f"That was sent before, and counts once: {_SHOWN}"
    if answer is None:
        return f"{who}'s {_NOUNS[decision.verdict]} of {what} is on its way: {_SHOWN}"
    if not answer.accepted:
        return f"{what}: {answer.message.rstrip('.')}. Nothing was decided."
    if answer.message:
        return f"{what}: {answer.message.rstrip('.')}."
    return f"{who} {_PAST[decision.verdict]} {what}."


def ended(taken: Taken) -> bool:
    """Whether the decision is known to have ended the review of its revision."""
    return taken.answer is not None and taken.answer.accepted and taken.answer.final
