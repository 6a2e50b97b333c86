"""Requests at a chat service's door as the service sends them, and every way to falsify one."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.account import AccountDay
from tests.integration.web.slack_app import SIGNING_SECRET, form, press
from web.slack.signature import sign

KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TEAM = "T0TEAM"
HEADERS = dict[str, str] | list[tuple[bytes, bytes]]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Knock:
    """A request at a door, honest as it is."""

    path: str
    body: bytes
    headers: tuple[str, str]
    """The names of the headers with the time and the signature."""
    signed: Callable[[int, bytes], str]
    signed_by_another_app: Callable[[int, bytes], str]
    at: int

    def honest(self) -> HEADERS:
        return self.dated(self.at)

    def dated(self, at: int) -> HEADERS:
        return dict(zip(self.headers, (str(at), self.signed(at, self.body)), strict=True))

    def with_signature(self, signature: bytes) -> HEADERS:
        time_header, signature_header = (name.encode() for name in self.headers)
        return [(time_header, str(self.at).encode()), (signature_header, signature)]

    def with_body(self, body: bytes) -> HEADERS:
        return dict(zip(self.headers, (str(self.at), self.signed(self.at, body)), strict=True))


def slack(key: AccountDay, revision: str, user: str, team: str = TEAM) -> Knock:
    who = {"user": {"id": user, "team_id": team}, "team": {"id": team}}
    return _slack(press(key, revision) | who)


def slack_form(key: AccountDay, revision: str, user: str, team: str = TEAM) -> Knock:
    facts = {"account_day": key.workflow_id, "revision": revision}
    reason = {"type": "plain_text_input", "value": "too dark to see"}
    view = {
        "id": f"V{next(_numbers)}",
        "callback_id": "reject",
        "private_metadata": json.dumps(facts),
        "state": {"values": {"reason": {"text": reason}}},
    }
    who = {"user": {"id": user, "team_id": team}, "team": {"id": team}}
    return _slack({"type": "view_submission", "view": view, **who})


def discord(key: AccountDay, revision: str, user: str) -> Knock:
    del key
    return _discord(3, {"custom_id": f"approve:{revision}", "component_type": 2}, user)


def discord_form(key: AccountDay, revision: str, user: str) -> Knock:
    del key
    reason = {"type": 4, "id": 2, "custom_id": "reason", "value": "too dark to see"}
    filled = [{"type": 18, "id": 1, "component": reason}]
    return _discord(5, {"custom_id": f"reject:{revision}", "components": filled}, user)


def _slack(payload: object) -> Knock:
    return Knock(
        "/slack/interactions",
        form(payload),
        ("x-slack-request-timestamp", "x-slack-signature"),
        lambda at, body: sign(SIGNING_SECRET, str(at), body),
        lambda at, body: sign(SIGNING_SECRET[::-1], str(at), body),
        int(time.time()),
    )


def _discord(kind: int, data: dict[str, object], user: str) -> Knock:
    name = str(time.time_ns() + next(_numbers))
    document = {"id": name, "type": kind, "member": {"user": {"id": user}}, "data": data}
    return Knock(
        "/discord/interactions",
        json.dumps(document).encode(),
        ("x-signature-timestamp", "x-signature-ed25519"),
        lambda at, body: KEY.sign(str(at).encode() + body).hex(),
        lambda at, body: OTHER_KEY.sign(str(at).encode() + body).hex(),
        int(time.time()),
    )


def _signed(one: Knock) -> bytes:
    return one.signed(one.at, one.body).encode()


DISHONEST: dict[str, Callable[[Knock], tuple[bytes, HEADERS]]] = {
    "unsigned": lambda one: (one.body, {}),
    "forged": lambda one: (one.body, one.with_signature(b"v0=" + b"0" * 64)),
    "forged for Discord": lambda one: (one.body, one.with_signature(b"0" * 128)),
    "of another app": lambda one: (
        one.body,
        one.with_signature(one.signed_by_another_app(one.at, one.body).encode()),
    ),
    "tampered": lambda one: (one.body.replace(b"e", b"E"), one.honest()),
    "tampered at its end": lambda one: (one.body + b" ", one.honest()),
    "stale by 301 s": lambda one: (one.body, one.dated(one.at - 301)),
    "of the future": lambda one: (one.body, one.dated(one.at + 310)),
    "of another time": lambda one: (
        one.body,
        one.with_signature(one.signed(one.at - 1, one.body).encode()),
    ),
    "garbage": lambda one: (one.body, one.with_signature(b"garbage \x80\x90")),
    "no UTF-8": lambda one: (one.body, one.with_signature(b"v0=\xff\xfe\xfd")),
    "empty": lambda one: (one.body, one.with_signature(b"")),
    "in capitals": lambda one: (one.body, one.with_signature(_signed(one).upper())),
    "twice": lambda one: (one.body, one.with_signature(_signed(one) * 2)),
    "without a time": lambda one: (one.body, [(one.headers[1].encode(), _signed(one))]),
    "with words for a time": lambda one: (
        one.body,
        [(one.headers[0].encode(), b"soon"), (one.headers[1].encode(), _signed(one))],
    ),
    "with a time that is no UTF-8": lambda one: (
        one.body,
        [(one.headers[0].encode(), b"\xff\xfe"), (one.headers[1].encode(), _signed(one))],
    ),
}
