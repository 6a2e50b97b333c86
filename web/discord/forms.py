"""The forms behind the buttons Reject, Edit, Changes and Hold, and the sentences after them.

Source: docs.discord.com, "Using Modals" and "Component Reference".
"""

from collections.abc import Mapping
from types import MappingProxyType

from clients.review.discord_cards import CONTENT_LIMIT, Document, escaped, quoted
from schemas.decision import Verdict
from web.asking import CHANGES, Field, Kind, Laid, fields

MESSAGE, MODAL = 4, 9
"""Kinds of answer: a message, a form."""
EPHEMERAL = 64
"""The flag of a message for one person's eyes."""
SELECT, TEXT_INPUT, LABEL = 3, 4, 18
SHORT, PARAGRAPH = 1, 2
TITLE_LIMIT = 45
LONG_WORDS = 10
"""Characters from which on nobody likes to write a text twice."""

NOTHING: Mapping[str, str] = MappingProxyType({})


def whisper(text: str, written: Mapping[str, str] = NOTHING) -> Document:
    """An answer for one person's eyes; what was written comes back, for its form is closed."""
    data = {
        "content": escaped(text)[:CONTENT_LIMIT],
        "flags": EPHEMERAL,
        "allowed_mentions": {"parse": []},
    }
    texts = [(name, said) for name, said in written.items() if len(said) >= LONG_WORDS]
    embeds = [quoted(f"What you wrote: {name}", said) for name, said in texts[:2]]
    return {"type": MESSAGE, "data": data | ({"embeds": embeds} if embeds else {})}


def form(verdict: Verdict, laid: Laid) -> Document:
    """What is asked of a person before that verdict, about one revision."""
    title = f"{verdict.value.capitalize()}: {laid.row.account_id}, {laid.row.day}"
    data = {
        "custom_id": f"{verdict.value}:{laid.row.revision}",
        "title": title if len(title) <= TITLE_LIMIT else verdict.value.capitalize(),
        "components": [_label(one) for one in fields(verdict, laid)],
    }
    return {"type": MODAL, "data": data}


def _label(field: Field) -> Document:
    component = {"custom_id": field.name, "required": not field.optional, **_component(field)}
    label: Document = {"type": LABEL, "label": field.label, "component": component}
    return label | ({"description": field.hint} if field.hint else {})


def _component(field: Field) -> Document:
    if field.kind is Kind.CHANGE:
        options = [{"label": text, "value": change.value} for change, text in CHANGES.items()]
        return {"type": SELECT, "options": options}
    text: Document = {
        "type": TEXT_INPUT,
        "style": PARAGRAPH if field.kind is Kind.TEXT else SHORT,
        "max_length": field.longest,
    }
    if field.kind is Kind.DATE:
        text["placeholder"] = "year-month-day"
    value = field.value[: field.longest]
    return text | ({"value": value} if value else {})
