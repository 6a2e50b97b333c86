"""The forms behind the buttons Reject, Edit and Changes (docs.discord.com, "Using Modals")."""

from clients.review.discord_cards import Document
from db.approval_row import ApprovalRow
from schemas.decision import Verdict
from schemas.reel import CAPTION_LIMIT
from web.said import (
    CAPTION,
    CHANGE,
    CHANGES,
    HASHTAGS,
    HASHTAGS_LIMIT,
    NOTE,
    NOTE_LIMIT,
    REASON,
)

MESSAGE, MODAL = 4, 9
"""Kinds of answer: a message, a form."""
EPHEMERAL = 64
"""The flag of a message for one person's eyes."""
SELECT, TEXT_INPUT, LABEL = 3, 4, 18
PARAGRAPH = 2


def whisper(text: str) -> Document:
    """An answer for one person's eyes."""
    data = {"content": text[:2000], "flags": EPHEMERAL, "allowed_mentions": {"parse": []}}
    return {"type": MESSAGE, "data": data}


def form(verdict: Verdict, laid: ApprovalRow) -> Document:
    """What is asked of a person before that verdict, about one revision."""
    inputs = {
        Verdict.REJECT: [_long(REASON, "Why?", NOTE_LIMIT)],
        Verdict.EDIT: [
            _long(CAPTION, "Caption, without its hashtags", CAPTION_LIMIT, laid.caption),
            _long(HASHTAGS, "Hashtags, 10 to 15", HASHTAGS_LIMIT, " ".join(laid.hashtags)),
        ],
        Verdict.CHANGES: [_choice(), _long(NOTE, "What is wrong with it?", NOTE_LIMIT)],
    }
    title = f"{verdict.value.capitalize()}: {laid.account_id}, {laid.day}"
    data = {
        "custom_id": f"{verdict.value}:{laid.revision}",
        "title": title if len(title) <= 45 else verdict.value.capitalize(),  # noqa: PLR2004 - the limit
        "components": inputs[verdict],
    }
    return {"type": MODAL, "data": data}


def _long(name: str, label: str, longest: int, text: str = "") -> Document:
    component: Document = {
        "type": TEXT_INPUT,
        "custom_id": name,
        "style": PARAGRAPH,
        "max_length": longest,
        "required": True,
    }
    if text:
        component["value"] = text[:longest]
    return {"type": LABEL, "label": label, "component": component}


def _choice() -> Document:
    options = [{"label": text, "value": change.value} for change, text in CHANGES.items()]
    component = {"type": SELECT, "custom_id": CHANGE, "options": options, "required": True}
    return {"type": LABEL, "label": "What is to be made anew?", "component": component}
