"""Slack through an incoming webhook: tells reviewers, and carries the buttons.

A webhook of a Slack app may carry buttons; their clicks go to the app's Request URL, which
is `web/`. Its answer names no message, so what is sent here is never edited later.
Sources: docs.slack.dev "Sending messages using incoming webhooks" and the Block Kit
reference; the limits are the ones that slack_sdk 3.47 enforces.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from clients.errors import ClientError, Refused, Retryable
from clients.review import Choice, Final, Posted, ReviewCard
from clients.transport import Answered, Call, Door
from schemas.account import AccountDay
from schemas.failures import FailureKind

SERVICE = "slack"

SEND_SECONDS = 10.0

APPROVE = "approve"
APPROVE_OTHER = "approve:B"
"""The second approving button of a card: Slack wants each action_id once in a block."""
REJECT = "reject"

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
SECTIONS_LIMIT = 10
ALT_LIMIT = 2000

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

    async def remind(self, card: ReviewCard, posted: Posted | None) -> None:
        """Show it once more: there is no earlier message that could be named."""
        await self.ask(card, posted)

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


def review_message(card: ReviewCard) -> dict[str, object]:
    """The card as Slack blocks; the captions exactly, as text that Slack does not interpret."""
    day = _day(card.account_day)
    ask = "Still waiting for review" if card.reminder else "For review"
    revisions = ", ".join(choice.revision[:8] for choice in card.choices)
    blocks: list[dict[str, object]] = [
        _header(f"{ask}: {card.account}, {day}"),
        {
            "type": "image",
            "image_url": card.poster_url,
            "alt_text": f"Poster of the Reel of {card.account} for {day}"[:ALT_LIMIT],
        },
        *(
            [_context(f"Approved before, and changed since: {card.changed}")]
            if card.changed
            else []
        ),
        *_captions(card.choices),
        _context(f"{card.seconds:.1f} seconds, revision {revisions}, {card.account}"),
        {"type": "actions", "elements": _buttons(card)},
    ]
    return _message(f"{ask}: the Reel of {card.account} for {day}", blocks)


def plain_message(title: str, text: str) -> dict[str, object]:
    """A title and text as Slack blocks, cut to what one message takes."""
    return _message(f"{title}\n{text}", [_header(title), *_sections(text or title)])


def escaped(text: str) -> str:
    """Text for fields that Slack interprets: no mention, link or command survives in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _message(fallback: str, blocks: list[dict[str, object]]) -> dict[str, object]:
    return {
        "text": escaped(_shortened(fallback, SECTION_LIMIT)),
        "blocks": blocks,
        # Slack's own crawler would fetch the links of a draft that nobody has approved.
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _captions(choices: Sequence[Choice]) -> list[dict[str, object]]:
    blocks: list[dict[str, object]] = []
    for choice in choices:
        leads = " (leads)" if choice is choices[0] else ""
        title = f"Caption {choice.letter}{leads}, hook: {choice.hook_type or 'none'}"
        blocks += [_context(title)] if len(choices) > 1 else []
        blocks += _sections(choice.caption or "(no caption)")
    return blocks


def _buttons(card: ReviewCard) -> list[dict[str, object]]:
    """Each carries the revision that it decides on; a rejection of one rejects the Reel."""
    approving = [
        _button(
            "Approve" if len(card.choices) == 1 else f"Approve {choice.letter}",
            action,
            style="primary",
            value=_value(card, choice),
        )
        for choice, action in zip(card.choices, (APPROVE, APPROVE_OTHER), strict=False)
    ]
    return [
        *approving,
        _button("Reject", REJECT, style="danger", value=_value(card, card.choices[0])),
        _button("Watch", "watch", url=card.video_url),
    ]


def _value(card: ReviewCard, choice: Choice) -> str:
    value = {"account_day": card.account_day, "revision": choice.revision}
    if len(card.choices) > 1:
        value["variant"] = choice.letter
    return json.dumps(value)


def _context(text: str) -> dict[str, object]:
    return {"type": "context", "elements": [_plain(_shortened(text, SECTION_LIMIT))]}


def _header(text: str) -> dict[str, object]:
    return {"type": "header", "text": _plain(_shortened(" ".join(text.split()), HEADER_LIMIT))}


def _sections(text: str) -> list[dict[str, object]]:
    room = SECTION_LIMIT * SECTIONS_LIMIT
    whole = _shortened(text, room)
    parts = [whole[at : at + SECTION_LIMIT] for at in range(0, len(whole), SECTION_LIMIT)]
    return [{"type": "section", "text": _plain(part)} for part in parts]


def _plain(text: str) -> dict[str, object]:
    # With emoji on, Slack would show ":smile:" in a caption as a picture.
    return {"type": "plain_text", "text": text, "emoji": False}


def _button(text: str, action: str, **rest: str) -> dict[str, object]:
    return {"type": "button", "text": _plain(text), "action_id": action, **rest}


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _day(workflow_id: str) -> str:
    try:
        return AccountDay.from_workflow_id(workflow_id).day.isoformat()
    except ValueError:
        return workflow_id


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
