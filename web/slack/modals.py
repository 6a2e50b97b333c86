"""The forms behind the buttons Reject, Edit and Changes (docs.slack.dev, "Modals")."""

import json
from collections.abc import Mapping

from clients.review.slack_blocks import Block, context, plain, sections
from db.approval_row import ApprovalRow
from schemas.account import AccountDay
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

TEXT = "text"
"""The action_id of every input; which one it is says its block_id."""


def form(verdict: Verdict, laid: ApprovalRow) -> Block:
    """What is asked of a person before that verdict, about one revision."""
    blocks: Mapping[Verdict, list[Block]] = {
        Verdict.REJECT: [_long(REASON, "Why? The next stories learn from it.", NOTE_LIMIT)],
        Verdict.EDIT: [
            _long(CAPTION, "Caption, without its hashtags", CAPTION_LIMIT, laid.caption),
            _long(HASHTAGS, "Hashtags, 10 to 15", HASHTAGS_LIMIT, " ".join(laid.hashtags)),
        ],
        Verdict.CHANGES: [_choice(), _long(NOTE, "What is wrong with it?", NOTE_LIMIT)],
    }
    facts = {"account_day": laid.key.workflow_id, "revision": laid.revision}
    about = context(f"{laid.account_id}, {laid.day}, revision {laid.revision[:8]}")
    return {
        "type": "modal",
        "callback_id": verdict.value,
        "private_metadata": json.dumps(facts),
        "title": plain(verdict.value.capitalize()),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "blocks": [about, *blocks[verdict]],
    }


def said_instead(sentence: str) -> Block:
    """An answer that puts a sentence in the place of a form."""
    view = {
        "type": "modal",
        "title": plain("Nothing was decided"),
        "close": plain("Close"),
        "blocks": sections(sentence),
    }
    return {"response_action": "update", "view": view}


def amiss(errors: Mapping[str, str]) -> Block:
    """An answer that leaves a form open, with a sentence under each field that is wrong."""
    return {"response_action": "errors", "errors": dict(errors)}


def first_field(verdict: Verdict) -> str:
    """The field that says what is wrong with none in particular."""
    return {Verdict.EDIT: CAPTION, Verdict.CHANGES: NOTE}.get(verdict, REASON)


def day_and_revision(metadata: str) -> tuple[AccountDay, str]:
    """What a form is about. Raises ValueError and KeyError for what is not one of ours."""
    facts = json.loads(metadata)
    key = AccountDay.from_workflow_id(facts["account_day"])
    if key.workflow_id != facts["account_day"]:
        raise ValueError("not an account-day")
    return key, str(facts["revision"])


def _long(name: str, label: str, longest: int, text: str = "") -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": True,
        "max_length": longest,
    }
    if text:
        element["initial_value"] = text[:longest]
    return {"type": "input", "block_id": name, "label": plain(label), "element": element}


def _choice() -> Block:
    options = [{"text": plain(text), "value": change.value} for change, text in CHANGES.items()]
    element = {"type": "radio_buttons", "action_id": TEXT, "options": options}
    return {
        "type": "input",
        "block_id": CHANGE,
        "label": plain("What is to be made anew?"),
        "element": element,
    }
