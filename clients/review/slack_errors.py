"""What Slack's Web API refuses, in words: `error` of an answer that is not ok.

Source: docs.slack.dev, the pages of chat.postMessage, chat.update, conversations.history and
views.open.
"""

from collections.abc import Mapping
from http import HTTPStatus

from clients.errors import ClientError, Refused, Retryable
from clients.transport import Answered
from schemas.failures import FailureKind

SERVICE = "slack"

_TOKEN = "the bot token is not valid any more: install the app anew, and set SLACK_BOT_TOKEN"  # noqa: S105 - words
_CHANNEL = "the channel is not there for the app: set SLACK_CHANNEL, and invite the app to it"
_LOAD = "the service is in trouble for now"
_MESSAGE = "the message was not valid"
_NOT_ALLOWED = "an admin of the workspace does not let the app post there"

REFUSALS: Mapping[str, tuple[FailureKind, str]] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        (FailureKind.AUTHENTICATION, _TOKEN),
    ),
    **dict.fromkeys(
        ("channel_not_found", "not_in_channel", "is_archived", "channel_type_not_supported"),
        (FailureKind.CONFIGURATION, _CHANNEL),
    ),
    **dict.fromkeys(
        ("invalid_blocks", "invalid_blocks_format", "invalid_arguments", "invalid_form_data"),
        (FailureKind.BAD_REQUEST, _MESSAGE),
    ),
    "msg_too_long": (FailureKind.BAD_REQUEST, "the message was too long"),
    "msg_blocks_too_long": (FailureKind.BAD_REQUEST, "the message was too long"),
    "no_text": (FailureKind.BAD_REQUEST, "the message was empty"),
    "metadata_too_large": (FailureKind.BAD_REQUEST, "the message was too long"),
    "missing_scope": (
        FailureKind.PERMISSION,
        "the app lacks a scope: give it chat:write and channels:history, and install it anew",
    ),
    **dict.fromkeys(
        ("restricted_action", "restricted_action_read_only_channel", "access_denied"),
        (FailureKind.PERMISSION, _NOT_ALLOWED),
    ),
    "restricted_action_thread_only_channel": (FailureKind.PERMISSION, _NOT_ALLOWED),
    "ekm_access_denied": (FailureKind.PERMISSION, _NOT_ALLOWED),
    "message_not_found": (FailureKind.NOT_FOUND, "the message is gone"),
    "thread_not_found": (FailureKind.NOT_FOUND, "the message is gone"),
    "cant_update_message": (FailureKind.PERMISSION, "the message can't be edited by the app"),
    "edit_window_closed": (FailureKind.PERMISSION, "the message can't be edited any more"),
    **dict.fromkeys(
        ("expired_trigger_id", "trigger_expired"),
        (FailureKind.BAD_REQUEST, "the click was too long ago to open a form"),
    ),
    **dict.fromkeys(
        ("exchanged_trigger_id", "trigger_exchanged", "invalid_trigger_id"),
        (FailureKind.BAD_REQUEST, "the click has opened a form already"),
    ),
    "view_too_large": (FailureKind.BAD_REQUEST, "the form was too large"),
}

_LATER = {
    "ratelimited": FailureKind.RATE_LIMITED,
    "rate_limited": FailureKind.RATE_LIMITED,
    "message_limit_exceeded": FailureKind.RATE_LIMITED,
    **dict.fromkeys(
        ("internal_error", "fatal_error", "request_timeout", "service_unavailable"),
        FailureKind.UNAVAILABLE,
    ),
    "team_added_to_org": FailureKind.UNAVAILABLE,
}

CARD_IS_GONE = frozenset({"message_not_found", "thread_not_found"})
CARD_IS_FIXED = frozenset({"cant_update_message", "edit_window_closed"})


class Said(Refused):
    """A refusal that names itself: `word` is Slack's."""

    def __init__(self, word: str, kind: FailureKind, message: str) -> None:
        super().__init__(SERVICE, kind, message)
        self.word = word


def failure_of(answer: Answered) -> ClientError:
    """What an answer that is not ok means."""
    word = str(answer.document.get("error", ""))[:60]
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _later(FailureKind.RATE_LIMITED, answer)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _later(FailureKind.UNAVAILABLE, answer)
    if word in _LATER:
        return _later(_LATER[word], answer)
    if word in REFUSALS:
        kind, sentence = REFUSALS[word]
        return Said(word, kind, sentence)
    if word and word.replace("_", "").isalnum() and word.isascii():
        return Said(word, FailureKind.BAD_REQUEST, f"answered {word}")
    message = f"answered {answer.status}: SLACK_BASE_URL does not lead to Slack's API"
    return Refused(SERVICE, FailureKind.CONFIGURATION, message)


def _later(kind: FailureKind, answer: Answered) -> Retryable:
    limited = kind is FailureKind.RATE_LIMITED
    sentence = "too many messages; wait before the next" if limited else _LOAD
    return Retryable(SERVICE, kind, sentence, retry_after=answer.retry_after)
