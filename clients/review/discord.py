"""Discord as an app with a bot token: one card a day, edited as the day goes on.

Sources: docs.discord.com, "Message" (create, edit, get messages; `nonce` with `enforce_nonce`
makes a posting repeatable for some minutes), "Opcodes and Status Codes", and "API Reference",
which names the form of the user agent and lets Cloudflare block every other one.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus

from clients.errors import ClientError, Refused, Retryable
from clients.review import Final, Posted, ReviewCard
from clients.review.discord_cards import (
    Document,
    again_text,
    card_message,
    closed_message,
    is_of,
    news_text,
    plain_message,
    reminder_text,
)
from clients.transport import Answered, Call, Door, authorization
from schemas.failures import FailureKind

SERVICE = "discord"
CALL_SECONDS = 10.0
LOOKED_THROUGH = "100"
"""Messages of a channel that are read to find a card again: the newest ones."""

UNKNOWN_MESSAGE = 10008
_CODES: Mapping[int, tuple[FailureKind, str]] = {
    10003: (FailureKind.CONFIGURATION, "there is no such channel: set DISCORD_CHANNEL_ID"),
    UNKNOWN_MESSAGE: (FailureKind.NOT_FOUND, "the message is gone"),
    40333: (FailureKind.PERMISSION, "Discord lets nothing from this address in: ask its support"),
    50001: (FailureKind.PERMISSION, "the app does not see the channel: let it in"),
    50005: (FailureKind.PERMISSION, "the message is not the app's own"),
    50013: (FailureKind.PERMISSION, "the app may not post there: let it send messages and embeds"),
    50035: (FailureKind.BAD_REQUEST, "the message was not valid"),
}
_STATUSES: Mapping[int, tuple[FailureKind, str]] = {
    400: (FailureKind.BAD_REQUEST, "the message was not valid"),
    401: (FailureKind.AUTHENTICATION, "the token is not valid: set DISCORD_BOT_TOKEN"),
    403: (FailureKind.PERMISSION, "the app may not do that in the channel"),
}


class _Gone(Refused):
    """The message is not there any more."""


class DiscordApp:
    """A ReviewChannel that keeps its cards. A reference is the message's id."""

    name = SERVICE
    keeps_cards = True

    def __init__(self, token: str, base_url: str, channel: str, home: str) -> None:
        """Post in one channel; `home` is where this installation is reached."""
        self._door = Door(SERVICE, base_url)
        self._agent = f"DiscordBot ({home}, 1)"
        self._token = token
        self._messages = f"/channels/{channel}/messages"

    async def ask(self, card: ReviewCard, posted: Posted | None) -> str:
        """Show a revision on the day's card; where one stood before, say in a reply what is new."""
        there = await self._find(card, posted)
        if not there or not await self._edited(there, card_message(card)):
            return await self._post(card_message(card) | _once(card, posted))
        if posted and posted.reference:
            # An edited message rings no bell.
            text = news_text(card) if posted.has(card) else again_text(card)
            await self._post(_reply(there, text))
        return there

    async def remind(self, card: ReviewCard, posted: Posted | None) -> str:
        """Reply to the card that it still waits; one that is gone is shown anew."""
        there = await self._find(card, posted)
        if not there or not await self._edited(there, card_message(card)):
            return await self._post(card_message(card) | _once(card, posted))
        await self._post(_reply(there, reminder_text(card)))
        return there

    async def close(self, card: ReviewCard, final: Final, posted: Posted) -> str:
        """Take the buttons off the card and say how it ended; empty when it is gone."""
        there = await self._find(card, posted)
        return there if there and await self._edited(there, closed_message(card, final)) else ""

    async def tell(self, *, title: str, text: str) -> None:
        """Send a plain message. Raises Retryable or Refused."""
        await self._post(plain_message(title, text))

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _post(self, message: Document) -> str:
        answer = await self._send(Call("POST", self._messages, CALL_SECONDS, document=message))
        return str(answer.document.get("id", ""))

    async def _edited(self, message: str, document: Document) -> bool:
        """False when the message is gone."""
        path = f"{self._messages}/{message}"
        try:
            await self._send(Call("PATCH", path, CALL_SECONDS, document=document))
        except _Gone:
            return False
        return True

    async def _find(self, card: ReviewCard, posted: Posted | None) -> str:
        """Where the card is; one whose answer got lost is looked for. Empty: nowhere."""
        if posted is None or posted.reference:
            return posted.reference if posted else ""
        query = {"limit": LOOKED_THROUGH}
        try:
            answer = await self._send(Call("GET", self._messages, CALL_SECONDS, query=query))
            listed = json.loads(answer.body)
        except (Refused, ValueError):
            # Without the right to read the history: rather two cards than none.
            return ""
        for message in listed if isinstance(listed, list) else ():
            if is_of(message, card):
                return str(message.get("id", ""))
        return ""

    async def _send(self, call: Call) -> Answered:
        headers = authorization(SERVICE, "Bot", self._token) | {"user-agent": self._agent}
        with_token = Call(
            call.method,
            call.path,
            call.seconds,
            headers=headers,
            query=call.query,
            document=call.document,
        )
        answer = await self._door.send(with_token)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise _failure(answer)
        return answer


def _once(card: ReviewCard, posted: Posted | None) -> Document:
    """What keeps a posting single for some minutes, in the place of a card that is gone, too."""
    instead_of = posted.reference if posted else ""
    words = f"{card.account_day}/{card.choices[0].revision}/{instead_of}"
    return {"nonce": sha256(words.encode()).hexdigest()[:25], "enforce_nonce": True}


def _reply(message: str, text: str) -> Document:
    reference = {"message_id": message, "fail_if_not_exists": False}
    return {
        "content": text,
        "message_reference": reference,
        "allowed_mentions": {"parse": []},
    }


def _failure(answer: Answered) -> ClientError:
    status, code = answer.status, answer.document.get("code")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.document.get("retry_after")
        seconds = float(wait) if isinstance(wait, int | float) else answer.retry_after
        sentence = "too many messages; wait before the next"
        return Retryable(SERVICE, FailureKind.RATE_LIMITED, sentence, retry_after=seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = "the service is in trouble for now"
        return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence, retry_after=answer.retry_after)
    if isinstance(code, int) and code in _CODES:
        kind, sentence = _CODES[code]
        return (_Gone if code == UNKNOWN_MESSAGE else Refused)(SERVICE, kind, sentence)
    nowhere = "DISCORD_BASE_URL does not lead to Discord's API"
    kind, sentence = _STATUSES.get(status, (FailureKind.CONFIGURATION, nowhere))
    return Refused(SERVICE, kind, f"answered {status}: {sentence}")
