"""The forms behind the buttons Reject, Edit, Changes and Hold (docs.slack.dev, "Modals")."""

import json
from collections.abc import Mapping
from typing import assert_never

from clients.review.slack_blocks import Block, context, plain, sections
from schemas.account import AccountDay
from schemas.decision import Verdict
from web.asking import CHANGES, Field, Kind, Laid, fields

TEXT = "text"
"""The action_id of every input; which one it is says its block_id."""


def form(verdict: Verdict, laid: Laid) -> Block:
    """What is asked of a person before that verdict, about one revision."""
    row = laid.row
    facts = {"account_day": row.key.workflow_id, "revision": row.revision}
    about = context(f"{row.account_id}, {row.day}, revision {row.revision[:8]}")
    return {
        "type": "modal",
        "callback_id": verdict.value,
        "private_metadata": json.dumps(facts),
        "title": plain(verdict.value.capitalize()),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "blocks": [about, *map(_input, fields(verdict, laid))],
    }


def said_instead(sentence: str, title: str = "Nothing was decided") -> Block:
    """An answer that puts a sentence in the place of a form; a title has 24 characters at most."""
    view = {
        "type": "modal",
        "title": plain(title),
        "close": plain("Close"),
        "blocks": sections(sentence),
    }
    return {"response_action": "update", "view": view}


def amiss(errors: Mapping[str, str]) -> Block:
    """An answer that leaves a form open, with a sentence under each field that is wrong."""
    return {"response_action": "errors", "errors": dict(errors)}


def day_and_revision(metadata: str) -> tuple[AccountDay, str]:
    """What a form is about. Raises ValueError and KeyError for what is not one of ours."""
    facts = json.loads(metadata)
    key = AccountDay.from_workflow_id(facts["account_day"])
    if key.workflow_id != facts["account_day"]:
        raise ValueError("not an account-day")
    return key, str(facts["revision"])


def _input(field: Field) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label),
        "element": {"action_id": TEXT, **_element(field)},
        "optional": field.optional,
    }
    return block | ({"hint": plain(field.hint)} if field.hint else {})


def _element(field: Field) -> Block:
    value, initial = field.value[: field.longest], "initial_value"
    element: Block
    match field.kind:
        case Kind.TEXT:
            element = {"type": "plain_text_input", "multiline": True, "max_length": field.longest}
        case Kind.CHANGE:
            options = [{"text": plain(said), "value": what.value} for what, said in CHANGES.items()]
            element = {"type": "radio_buttons", "options": options}
        case Kind.DATE:
            element, initial = {"type": "datepicker"}, "initial_date"
        case Kind.SECONDS:
            element = {"type": "number_input", "is_decimal_allowed": True}
            element |= {"min_value": "0", "max_value": field.most}
        case _:
            assert_never(field.kind)
    return element | ({initial: value} if value else {})
