"""Slack through an incoming webhook: tells reviewers, and carries the buttons.

A webhook of a Slack app may carry buttons; their clicks go to the app's Request URL, which
is `web/`. Its answer names no message, so what is sent here is never edited later.
Source: docs.slack.dev "Sending messages using incoming webhooks".
"""

from collections.abc import Mapping
from http import HTTPStatus

from clients.errors import ClientError, Refused, Retryable
from clients.review import Final, Posted, ReviewCard
from clients.review.slack_cards import plain_message, review_message
from clients.transport import Answered, Call, Door
from schemas.failures import FailureKind

SERVICE = "slack"

SEND_SECONDS = 10.0

_REFUSALS: Mapping[str, tuple[FailureKind, str]] = {
    "invalid_payload": (FailureKind.BAD_REQUEST, "the message was not valid"),
    "invalid_blocks": (FailureKind.BAD_REQUEST, "the message was not valid"),
    "no_text": (FailureKind.BAD_REQUEST, "the message was empty"),
    "too_many_attachments": (FailureKind.BAD_REQUEST, "the message was too large"),
    "action_prohibited": (FailureKind.PERMISSION, "an admin does not let the webhook post"),
    "posting_to_general_channel_denied": (
        FailureKind.PERMISSION,
        "an admin does not let the webhook post",
    ),
    "channel_is_archived": (FailureKind.CONFIGURATION, "the webhook's channel is archived"),
    "channel_not_found": (FailureKind.CONFIGURATION, "the webhook's channel is gone"),
    "no_service": (FailureKind.CONFIGURATION, "the webhook was removed; make a new one"),
    "no_active_hooks": (FailureKind.CONFIGURATION, "the webhook was removed; make a new one"),
    "no_team": (FailureKind.CONFIGURATION, "the webhook's workspace is gone"),
    "invalid_token": (FailureKind.CONFIGURATION, "the webhook's address is not right"),
}
"""The words of a refusal, which is plain text; HTTP 400, 403, 404 or 410."""


class SlackWebhook:
    """A ReviewChannel. `url` is a secret: whoever has it can post."""

    name = SERVICE
    keeps_cards = False

    def __init__(self, url: str) -> None:
        self._door = Door(SERVICE, url)

    async def ask(self, card: ReviewCard, posted: Posted | None) -> str:
        """Show a revision with its buttons; what was posted before stays as it is."""
        del posted
        await self._post(review_message(card))
        return ""

    async def remind(self, card: ReviewCard, posted: Posted | None) -> str:
        """Show it once more: there is no earlier message that could be named."""
        return await self.ask(card, posted)

    async def close(self, card: ReviewCard, final: Final, posted: Posted) -> str:
        """Do nothing: what a webhook sent is never edited."""
        del card, final, posted
        return ""

    async def tell(self, *, title: str, text: str) -> None:
        """Send a plain message. Raises Retryable or Refused."""
        await self._post(plain_message(title, text))

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _post(self, message: Mapping[str, object]) -> None:
        answer = await self._door.send(Call("POST", "", SEND_SECONDS, document=message))
        if answer.status != HTTPStatus.OK:
            raise _refusal(answer)


def _refusal(answer: Answered) -> ClientError:
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        kind, sentence = FailureKind.RATE_LIMITED, "too many messages; wait before the next"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        kind, sentence = FailureKind.UNAVAILABLE, "the service is in trouble for now"
    else:
        word = answer.body[:100].decode("utf-8", "replace").strip()
        kind, sentence = _REFUSALS.get(
            word, (FailureKind.CONFIGURATION, "the address does not lead to a webhook")
        )
    wait = kind in {FailureKind.RATE_LIMITED, FailureKind.UNAVAILABLE}
    return (Retryable if wait else Refused)(
        SERVICE, kind, f"answered {status}: {sentence}", retry_after=answer.retry_after
    )
