"""A click on a button of a message, sent to the app as Slack sends it."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simulators.pressing import Courier, stamp


class NoSuchButton(Exception):
    """No message has the button that is to be clicked."""


@dataclass(frozen=True)
class Click:
    """One click: on what, by whom, and how honest the delivery is."""

    message: dict[str, Any]
    action: dict[str, Any]
    wish: dict[str, Any]
    response_url: str
    trigger: str
    """What opens a modal, once and soon."""

    @property
    def user(self) -> str:
        """The Slack id of the person."""
        return user_of(self.wish)

    def payload(self, now: float) -> dict[str, Any]:
        """The `block_actions` interaction."""
        message, user = self.message, self.user
        team = {"id": str(self.wish.get("team_id", message["team"])), "domain": "reels"}
        shown = {key: message[key] for key in ("text", "blocks", "ts") if key in message}
        pressed = {
            key: value
            for key, value in self.action.items()
            if key in {"type", "action_id", "block_id", "text", "value", "style"}
        }
        if "value" in self.wish:
            pressed["value"] = self.wish["value"]
        channel = {"id": message["channel"], "name": "review"}
        name = str(self.wish.get("user_name", user.lower()))
        return {
            "type": "block_actions",
            "user": {"id": user, "username": name, "name": name, "team_id": team["id"]},
            "api_app_id": "A0REELS",
            "token": "legacy",
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": channel["id"],
                "is_ephemeral": False,
            },
            "trigger_id": self.trigger,
            "team": team,
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": channel,
            "message": {"type": "message", "bot_id": "B0REELS", **shown},
            "state": {"values": {}},
            "response_url": self.response_url,
            "actions": [{**pressed, "action_ts": str(self.wish.get("action_ts", f"{now:.6f}"))}],
        }


@dataclass(frozen=True)
class Submission:
    """One press of a modal's submit button, with what stands in its inputs."""

    view: dict[str, Any]
    values: dict[str, Any]
    wish: dict[str, Any]

    @property
    def user(self) -> str:
        """The Slack id of the person."""
        return user_of(self.wish)

    def payload(self, now: float) -> dict[str, Any]:
        """The `view_submission` interaction."""
        del now
        team = str(self.wish.get("team_id", self.view["team_id"]))
        return {
            "type": "view_submission",
            "team": {"id": team, "domain": "reels"},
            "user": {"id": self.user, "username": self.user.lower(), "team_id": team},
            "api_app_id": self.view["app_id"],
            "token": "legacy",
            "trigger_id": "",
            "view": {**self.view, "state": {"values": self.values}},
            "response_urls": [],
            "is_enterprise_install": False,
            "enterprise": None,
        }


def user_of(wish: dict[str, Any]) -> str:
    """Who is meant to press."""
    return str(wish.get("user_id", "U0REVIEWER"))


class Clicker:
    """Signs interactions and has them brought to the app."""

    def __init__(self, url: str | None, secret_file: Path | None) -> None:
        self._url = url
        self._secret_file = secret_file
        self._courier = Courier()

    async def send(self, click: Click | Submission) -> list[dict[str, Any]]:
        """What the app answered, once for each sending: status, body, milliseconds, in_time.

        Wishes: those of `pressing`; `bad_signature` signs with another key.
        """
        wish = click.wish
        url = str(wish.get("url") or self._url or "")
        if not url:
            raise NoSuchButton("no interactions URL: start with --slack-interactions-url")
        at = stamp(wish)
        body = urlencode({"payload": json.dumps(click.payload(time.time()))}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": self._signature(at, body, false=bool(wish.get("bad_signature"))),
        }
        return await self._courier.bring(url, body, headers, wish)

    def _signature(self, at: str, body: bytes, *, false: bool) -> str:
        if self._secret_file is None:
            raise NoSuchButton("no signing secret: start with --slack-signing-secret-file")
        secret = self._secret_file.read_text().strip().encode()
        key = secret + b"-not" if false else secret
        base = b"v0:" + at.encode() + b":" + body
        return f"v0={hmac.new(key, base, hashlib.sha256).hexdigest()}"
