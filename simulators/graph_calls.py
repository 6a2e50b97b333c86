"""What the Graph API makes of a request: its parameters, its token, the fields that it asks for.

Sources: Meta's Graph API overview and changelog. Parameters come as query, form or JSON body, and
the token as one of them or in `Authorization`, as `Bearer` or `OAuth`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from simulators.calls import Call
from simulators.graph_errors import NO_TOKEN, graph_error, invalid
from simulators.instagram_tokens import Token

OLDEST_VERSION, NEWEST_VERSION = 21, 26
"""Meta sends calls to a dead version on to the oldest that lives; these refuse them, so that a
dead version is noticed."""
Params = dict[str, str]
Wanted = dict[str, "Wanted"]


class Refused(Exception):
    """A call that the platform refuses: its answer, and what it was about."""

    def __init__(self, answer: Response, ids: dict[str, str] | None = None) -> None:
        super().__init__(answer.status_code)
        self.answer = answer
        self.ids = ids or {}


@dataclass(frozen=True)
class Ask:
    """One call as the Graph API understands it."""

    call: Call
    params: Params
    """Without the token."""
    text: str
    """The token's own string: never kept, never recorded."""
    token: Token
    flavour: str

    def at(self, name: str) -> str:
        """A part of the path."""
        return self.call.at(name)

    def get(self, name: str, default: str = "") -> str:
        """A parameter."""
        return self.params.get(name, default)

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number, of at least 0. Raises Refused."""
        return whole(self.params, name, default)

    def chosen(self, known: dict[str, Any], default: str = "id") -> dict[str, Any]:
        """Those of the known fields that `fields` asks for."""
        return choose(known, wanted(self.get("fields") or default))


def parameters(call: Call) -> Params:
    """All that was sent, wherever. Raises Refused for a version that isn't alive."""
    version = call.request.path_params.get("version")
    if version is not None and not OLDEST_VERSION <= version <= NEWEST_VERSION:
        raise Refused(graph_error(2500, None, f"Unknown path components: /v{version}"))
    return {**dict(call.request.query_params), **call.form, **_json_params(call)}


def token_of(call: Call, params: Params) -> str:
    """The token, which leaves the parameters. Raises Refused."""
    scheme, _, sent = call.request.headers.get("authorization", "").partition(" ")
    header = sent.strip() if scheme.lower() in {"bearer", "oauth"} else ""
    token = header or params.get("access_token", "")
    params.pop("access_token", None)
    if not token:
        raise Refused(graph_error(NO_TOKEN))
    return token


def whole(params: Params, name: str, default: int) -> int:
    """A parameter that is a whole number, of at least 0. Raises Refused."""
    sent = params.get(name)
    if sent is None:
        return default
    if not re.fullmatch(r"\d{1,15}", sent.strip()):
        raise Refused(invalid(f"Param {name} must be an integer of at least 0"))
    return int(sent)


def flag(sent: str | None) -> bool | None:
    """A parameter that is true or false, None when it wasn't sent."""
    return None if sent is None else sent.strip().lower() in {"true", "1"}


def structure(params: Params, name: str, kind: type) -> Any:  # noqa: ANN401 - JSON
    """A parameter that is JSON of a kind, None when it wasn't sent. Raises Refused."""
    sent = params.get(name)
    if sent is None:
        return None
    try:
        found = json.loads(sent)
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise Refused(invalid(f"Param {name} must be a JSON {kind.__name__}"))
    return found


def words(sent: str) -> list[str]:
    """A list of words: with commas, or as JSON."""
    try:
        found = json.loads(sent)
    except ValueError:
        found = None
    if isinstance(found, list):
        return [str(word) for word in found]
    return [word for word in sent.replace(" ", "").split(",") if word]


def wanted(fields: str) -> Wanted:
    """`a,b{c,d}` as `{"a": {}, "b": {"c": {}, "d": {}}}`."""
    root: Wanted = {}
    stack = [root]
    last = ""
    for piece in re.findall(r"[{}]|[^{},\s]+", fields):
        if piece == "{":
            stack.append(stack[-1].setdefault(last, {}))
        elif piece == "}":
            stack = stack[:-1] or [root]
        else:
            last = piece
            stack[-1].setdefault(piece, {})
    return root


def choose(known: dict[str, Any], asked: Wanted) -> dict[str, Any]:
    """The id, and those of the known fields that are asked for."""
    shown = {}
    for name, value in known.items():
        if name != "id" and name not in asked:
            continue
        inner = asked.get(name)
        shown[name] = choose(value, inner) if inner and isinstance(value, dict) else value
    return shown


def _json_params(call: Call) -> Params:
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        body = call.json
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(invalid("The request body is not a JSON object"))
    return {key: _text(value) for key, value in body.items() if value is not None}


def _text(value: object) -> str:
    """A JSON value as it would stand in a form."""
    return value if isinstance(value, str) else json.dumps(value)
