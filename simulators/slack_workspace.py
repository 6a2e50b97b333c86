"""What a Slack workspace holds: messages, open modals, and the triggers that open them."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from simulators.ledger import Entry

REVIEW_CHANNEL = "C0REVIEW"
TEAM = "T0TEAM"
TRIGGER_SECONDS = 3.0
"""A modal has to be opened so soon after the click."""
BURST, PER_SECOND = 20, 1.0
"""Messages that a channel takes at once, and then in each second (docs.slack.dev, "Rate limits":
about one a second, with short bursts)."""


class Workspace:
    """The state that follows from the ledger; triggers and pace live only in memory."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.views: dict[str, dict[str, Any]] = {}
        """Open modals by their id."""
        self._triggers: dict[str, tuple[float, str, bool]] = {}
        self._pace: dict[str, tuple[float, float]] = {}

    def apply(self, entry: Entry) -> None:
        """Let a line of the ledger take effect."""
        effects: dict[str, Callable[[Entry], None]] = {
            "message.posted": self._posted,
            "message.changed": self._changed,
            "message.updated": self._updated,
            "view.opened": self._opened,
            "view.updated": self._opened,
            "view.closed": self._closed,
        }
        apply = effects.get(entry.effect)
        if apply is not None and entry.service == "slack":
            apply(entry)

    def message(self, channel: str, stamp: str) -> dict[str, Any] | None:
        """The message at a time in a channel."""
        found = (one for one in self.messages if (one["channel"], one["ts"]) == (channel, stamp))
        return next(found, None)

    def new_trigger(self, user: str, now: float) -> str:
        """What a click lets the app open a modal with, once and soon."""
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = (now, user, False)
        return trigger

    def use_trigger(self, trigger: str, now: float) -> str:
        """Use a trigger up, and say why it can't be; empty when it can."""
        made, user, used = self._triggers.get(trigger, (0.0, "", False))
        if not user:
            return "invalid_trigger_id"
        if now - made > TRIGGER_SECONDS:
            return "expired_trigger_id"
        if used:
            return "exchanged_trigger_id"
        self._triggers[trigger] = (made, user, True)
        return ""

    def too_fast(self, channel: str, now: float) -> bool:
        """Count one more message to a channel, and say whether it is one too many."""
        left, since = self._pace.get(channel, (float(BURST), now))
        left = min(float(BURST), left + max(now - since, 0.0) * PER_SECOND)
        self._pace[channel] = (left - 1 if left >= 1 else left, now)
        return left < 1

    def _posted(self, entry: Entry) -> None:
        self.messages.append(
            {
                "index": len(self.messages),
                "ts": entry.ids["message"],
                "channel": entry.ids.get("channel", REVIEW_CHANNEL),
                "team": entry.ids["team"],
                "by": entry.op,
                **entry.facts["message"],
            }
        )

    def _changed(self, entry: Entry) -> None:
        for message in self.messages:
            if message["ts"] == entry.ids["message"]:
                message["replies" if entry.facts["added"] else "replaced"] = entry.facts["body"]

    def _updated(self, entry: Entry) -> None:
        message = self.message(entry.ids["channel"], entry.ids["message"])
        if message is None:
            return
        earlier = {key: message.get(key) for key in ("text", "blocks")}
        message.setdefault("history", []).append(earlier)
        message.pop("replaced", None)
        message.update(entry.facts["message"])

    def _opened(self, entry: Entry) -> None:
        self.views[entry.ids["view"]] = entry.facts["view"]

    def _closed(self, entry: Entry) -> None:
        self.views.pop(entry.ids["view"], None)


def new_stamp(now: float) -> str:
    """A time that no other message of the workspace has."""
    digits = hashlib.sha256(secrets.token_bytes(8)).digest()
    return f"{int(now)}.{int.from_bytes(digits[:4], 'big') % 10**6:06d}"
