"""How Claude's error answers are sorted by what the caller should do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from clients.errors import ClientError, Refused, Retryable
from clients.transport import no_address, not_reached, retry_after_seconds
from schemas.failures import FailureKind

if TYPE_CHECKING:
    import anthropic

SERVICE = "claude"


class AnswerLost(Retryable):
    """The request left and no answer to it came: the same call may work later.

    Unlike other Retryables it may have been charged.
    """


_STATUSES: Mapping[int, tuple[FailureKind, str]] = {
    400: (FailureKind.BAD_REQUEST, "the request was not valid"),
    401: (FailureKind.AUTHENTICATION, "the API key was not accepted"),
    402: (FailureKind.CREDIT_EXHAUSTED, "billing is not in order"),
    403: (FailureKind.PERMISSION, "the API key may not use this model"),
    404: (FailureKind.CONFIGURATION, "there is no such model or endpoint"),
    408: (FailureKind.UNAVAILABLE, "the request took too long"),
    409: (FailureKind.UNAVAILABLE, "the request met another one"),
    413: (FailureKind.BAD_REQUEST, "the request is too large"),
    429: (FailureKind.RATE_LIMITED, "too many requests or tokens; wait before the next"),
    529: (FailureKind.UNAVAILABLE, "the service is overloaded"),
}
_BROKE_OFF = frozenset({500, 502, 504})
"""Claude, or a proxy before it, may have been at work: no page says that these are free."""
_SPENT = "a spend limit or the credit is used up; raise it in the Anthropic console"


def refusal(error: "anthropic.APIStatusError") -> ClientError:
    """Sort an error answer: see "Errors" in Anthropic's API documentation."""
    status = error.status_code
    headers = error.response.headers
    wait = _wait_seconds(headers)
    kind, sentence = _STATUSES.get(status, (FailureKind.BAD_REQUEST, "the request was refused"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _STATUSES:
        kind, sentence = FailureKind.UNAVAILABLE, "the service is in trouble"
    elif status < HTTPStatus.BAD_REQUEST:
        kind, sentence = FailureKind.CONFIGURATION, "the base URL does not lead to the API"
    if _is_spent(error, wait):
        kind, sentence = FailureKind.CREDIT_EXHAUSTED, _SPENT
    waits = kind in {FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED}
    error_kind = AnswerLost if status in _BROKE_OFF else Retryable if waits else Refused
    return error_kind(
        SERVICE,
        kind,
        f"answered {status}: {sentence}",
        retry_after=wait if waits else None,
        request_id=error.request_id,
    )


def _is_spent(error: "anthropic.APIStatusError", wait: float | None) -> bool:
    """Whether money has run out: such a 429 has no Retry-After and goes on for days."""
    if (error.error_code or "").endswith("spend_limit_reached"):
        return True
    if error.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return wait is None
    # A 400 has no code for it; the words only choose which sentence a person reads.
    words = (error.api_message or "").casefold()
    return error.status_code == HTTPStatus.BAD_REQUEST and (
        "usage limit" in words or "credit balance" in words
    )


def _wait_seconds(headers: Mapping[str, str]) -> float | None:
    exact = headers.get("retry-after-ms", "")
    if exact.isascii() and exact.isdigit():
        return float(exact[:12]) / 1000
    return retry_after_seconds(headers.get("retry-after"), datetime.now(UTC))


def lost(error: "anthropic.APIConnectionError") -> ClientError:
    """Tell a request that never left from one whose answer was lost."""
    import httpx2  # noqa: PLC0415

    cause = error.__cause__
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return not_reached(SERVICE, cause)
    if isinstance(cause, httpx2.UnsupportedProtocol):
        return no_address(SERVICE)
    return unanswered()


def unanswered() -> AnswerLost:
    """What is raised when no answer can be read."""
    return AnswerLost(
        SERVICE, FailureKind.UNAVAILABLE, "gave no answer that can be read; it may be charged"
    )
