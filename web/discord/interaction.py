"""An interaction as Discord tells it, read strictly (docs.discord.com, "Receiving and Responding").

A button's custom_id names its verdict and its revision; the day is known by the revision.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from db.text import storable
from schemas.base import Frozen
from schemas.decision import Verdict

CHANNEL = "discord"

PING, PRESS, FORM = 1, 3, 5
"""The kinds of interaction that concern us."""

_CUSTOM_ID = re.compile(r"(approve|reject|edit|changes|hold):([0-9a-f]{64})")
DEEPEST = 4

_Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]


class MalformedInteraction(ValueError):
    """The body is not one that Discord sends for our buttons."""


class _User(Frozen):
    id: _Snowflake


class _Member(Frozen):
    user: _User


class _Data(Frozen):
    custom_id: str = Field(max_length=100)
    components: list[Any] = Field(default_factory=list, max_length=20)


class _Payload(Frozen):
    id: _Snowflake
    member: _Member | None = None
    user: _User | None = None
    data: _Data


@dataclass(frozen=True)
class Interaction:
    """One press of a button, or of a form's."""

    event_key: str
    """The same for every copy; another for the next press."""
    user_id: str
    is_form: bool
    verdict: Verdict
    revision: str
    fields: dict[str, str]
    """What was filled in."""


def read_document(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises MalformedInteraction."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedInteraction("not JSON") from None
    if not isinstance(document, dict):
        raise MalformedInteraction("not a JSON object")
    return document


def read_interaction(document: dict[str, Any]) -> Interaction:
    """The press in a document. Raises MalformedInteraction."""
    kind = document.get("type")
    if kind not in (PRESS, FORM):  # a set would ask for the hash of whatever was sent
        raise MalformedInteraction("neither a button nor a form")
    try:
        payload = _Payload.model_validate(document)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        raise MalformedInteraction(fields[:200]) from None
    pressed = _CUSTOM_ID.fullmatch(payload.data.custom_id)
    who = payload.member.user if payload.member else payload.user
    if pressed is None or who is None:
        raise MalformedInteraction("the button is none of ours")
    return Interaction(
        event_key=f"{CHANNEL}/{payload.id}",
        user_id=who.id,
        is_form=kind == FORM,
        verdict=Verdict(pressed[1]),
        revision=pressed[2],
        fields=dict(_filled(payload.data.components, DEEPEST)) if kind == FORM else {},
    )


def _filled(components: object, depth: int) -> Iterator[tuple[str, str]]:
    """What stands in a form's inputs, whatever they are laid out in."""
    for one in components if isinstance(components, list) and depth else ():
        if not isinstance(one, dict):
            continue
        name, values = one.get("custom_id"), one.get("values")
        value = values[0] if isinstance(values, list) and values else one.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield storable(name[:100]), storable(value[:4000])
        yield from _filled(one.get("components"), depth - 1)
        yield from _filled([one.get("component")], depth - 1)
