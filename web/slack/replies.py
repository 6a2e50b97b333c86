"""What is said in Slack after a click, through the click's own `response_url`.

Source: docs.slack.dev, "Handling user interaction": at most 5 uses in 30 minutes.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog

from clients.errors import ClientError
from clients.review.slack_blocks import escaped
from clients.transport import Call, Door

SLACK_ORIGINS = frozenset({"https://hooks.slack.com", "https://hooks.slack-gov.com"})

REPLY_SECONDS = 5.0

_log = structlog.get_logger("web.slack")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; empty when it has none, or a user in it."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}"


@dataclass(frozen=True)
class Replies:
    """Answers into Slack, best effort: the decision has been taken, whatever comes of them."""

    origins: frozenset[str] = SLACK_ORIGINS
    """Where a reply may be sent; nothing else is ever called."""

    async def replace_card(self, response_url: str | None, text: str) -> None:
        """Put a sentence where the card with its buttons was."""
        await self._post(response_url, {"replace_original": True, "text": escaped(text)})

    async def whisper(self, response_url: str | None, text: str) -> None:
        """Say something that only the person who clicked sees; the card stays."""
        await self._post(response_url, ephemeral(text) | {"replace_original": False})

    async def _post(self, response_url: str | None, message: dict[str, object]) -> None:
        if response_url is None:
            return
        if origin_of(response_url) not in self.origins:
            _log.warning("slack.reply.refused", reason="the address is not one of Slack")
            return
        door = Door("slack", response_url)
        try:
            answer = await door.send(Call("POST", "", REPLY_SECONDS, document=message))
        except ClientError as error:
            _log.warning("slack.reply.failed", reason=error.message)
        else:
            if answer.status != HTTPStatus.OK:
                _log.warning("slack.reply.failed", reason=f"Slack answered {answer.status}")
        finally:
            await door.aclose()


def ephemeral(text: str) -> dict[str, object]:
    """A message for one person's eyes."""
    return {"response_type": "ephemeral", "text": escaped(text)}
