"""Slack as an app with a bot token: one card a day, brought up to date as the day goes on.

Sources: docs.slack.dev, chat.postMessage, chat.update, conversations.history, views.open, and
"Message metadata". A message has no idempotency key there: one whose answer got lost is looked
for by its metadata before another is posted.
"""

from collections.abc import Mapping
from http import HTTPStatus

from clients.errors import Refused
from clients.review import Final, Posted, ReviewCard
from clients.review.slack_blocks import escaped
from clients.review.slack_cards import (
    MARK,
    again_text,
    app_message,
    closed_message,
    news_text,
    plain_message,
    reminder_text,
)
from clients.review.slack_errors import CARD_IS_FIXED, CARD_IS_GONE, SERVICE, Said, failure_of
from clients.transport import Call, Door, bearer

CALL_SECONDS = 10.0

LOOKED_THROUGH = "200"
"""Messages of a channel that are read to find a card again: the newest ones."""
CLOCKS_APART = 600.0
"""Seconds that Slack's clock and the database's may differ by."""


class SlackApi:
    """Slack's Web API, one method a call. Raises Retryable, or Refused in words of ours."""

    def __init__(self, token: str, base_url: str) -> None:
        self._door = Door(SERVICE, base_url)
        self._token = token

    async def call(
        self, method: str, document: Mapping[str, object], *, seconds: float = CALL_SECONDS
    ) -> dict[str, object]:
        """Send a method that writes, and return its answer."""
        return await self._send(
            Call(
                "POST",
                f"/{method}",
                seconds,
                headers=bearer(SERVICE, self._token),
                document=document,
            )
        )

    async def read(self, method: str, query: Mapping[str, str]) -> dict[str, object]:
        """Send a method that reads."""
        headers = bearer(SERVICE, self._token)
        return await self._send(Call("GET", f"/{method}", CALL_SECONDS, headers, query=query))

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _send(self, call: Call) -> dict[str, object]:
        answer = await self._door.send(call)
        if answer.status != HTTPStatus.OK or answer.document.get("ok") is not True:
            raise failure_of(answer)
        return answer.document


class SlackApp:
    """A ReviewChannel that keeps its cards. A reference is `channel id/timestamp`."""

    name = SERVICE
    keeps_cards = True

    def __init__(self, api: SlackApi, channel: str) -> None:
        self._api = api
        self._channel = channel

    async def ask(self, card: ReviewCard, posted: Posted | None) -> str:
        """Show a revision on the day's card; where one stood before, say what is new below it."""
        there = await self._find(card, posted)
        try:
            kept = bool(there) and await self._updated(there, app_message(card))
        except Said as said:
            if said.word not in CARD_IS_FIXED:
                raise
            kept = False
        if not kept:
            return await self._post_instead(card, posted)
        if posted and posted.reference:
            # An edited message rings no bell.
            text = news_text(card) if posted.has(card) else again_text(card)
            await self._reply(there, text)
        return there

    async def remind(self, card: ReviewCard, posted: Posted | None) -> str:
        """Say under the card, and in the channel, that it still waits."""
        there = await self._find(card, posted)
        try:
            if there:
                await self._reply(there, reminder_text(card))
                return there
        except Said as said:
            if said.word not in CARD_IS_GONE:
                raise
        return await self._post_instead(card, posted)

    async def close(self, card: ReviewCard, final: Final, posted: Posted) -> str:
        """Take the buttons off the card; one that can't be edited is told so in its thread."""
        there = await self._find(card, posted)
        if not there:
            return ""
        try:
            return there if await self._updated(there, closed_message(card, final)) else ""
        except Said as said:
            if said.word not in CARD_IS_FIXED:
                raise
            await self._reply(there, escaped(final.sentence))
            return there

    async def tell(self, *, title: str, text: str) -> None:
        """Send a plain message. Raises Retryable or Refused."""
        await self._post(plain_message(title, text))

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._api.aclose()

    async def _post(self, message: Mapping[str, object]) -> str:
        answer = await self._api.call("chat.postMessage", {"channel": self._channel, **message})
        return f"{answer.get('channel')}/{answer.get('ts')}"

    async def _post_instead(self, card: ReviewCard, posted: Posted | None) -> str:
        """Post the card in the place of one that is gone, unless the answer to that was lost."""
        if posted and posted.reference:
            there = await self._sought(card, posted)
            is_another = there not in {"", posted.reference}
            if is_another and await self._updated(there, app_message(card)):
                return there
        return await self._post(app_message(card))

    async def _updated(self, reference: str, message: Mapping[str, object]) -> bool:
        """False when the message is gone."""
        channel, _, stamp = reference.partition("/")
        try:
            await self._api.call("chat.update", {"channel": channel, "ts": stamp, **message})
        except Said as said:
            if said.word in CARD_IS_GONE:
                return False
            raise
        return True

    async def _reply(self, reference: str, text: str) -> None:
        """A line in the card's thread that the channel sees too."""
        channel, _, stamp = reference.partition("/")
        reply = {"channel": channel, "thread_ts": stamp, "reply_broadcast": True, "text": text}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        await self._api.call("chat.postMessage", {**reply, **quiet})

    async def _find(self, card: ReviewCard, posted: Posted | None) -> str:
        """Where the card is; one whose answer got lost is looked for. Empty: nowhere."""
        if posted is None or posted.reference:
            return posted.reference if posted else ""
        return await self._sought(card, posted)

    async def _sought(self, card: ReviewCard, posted: Posted) -> str:
        """The newest card of the day that stands in the channel. Empty: none."""
        query = {
            "channel": self._channel,
            "oldest": f"{posted.since.timestamp() - CLOCKS_APART:.6f}",
            "limit": LOOKED_THROUGH,
            "include_all_metadata": "true",
        }
        try:
            answer = await self._api.read("conversations.history", query)
        except Refused:
            # Without the right to read, or for a channel by its name: rather two than none.
            return ""
        listed = answer.get("messages")
        for message in listed if isinstance(listed, list) else ():
            if isinstance(message, dict) and _is_of(message, card):
                return f"{self._channel}/{message.get('ts')}"
        return ""


def _is_of(message: Mapping[str, object], card: ReviewCard) -> bool:
    """Whether a listed message is the day's card; Slack may add to what it was marked with."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != MARK:
        return False
    payload = metadata.get("event_payload")
    return isinstance(payload, dict) and payload.get("account_day") == card.account_day
