"""Claude, through the anthropic package with its retries off."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from clients.claude_prices import PRICES
from clients.errors import ClientError, Refused, Retryable
from clients.transport import bearer, no_address, not_reached, retry_after_seconds
from schemas.failures import FailureKind

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message, OutputConfigParam

SERVICE = "claude"

REAL_URL = "https://api.anthropic.com"

ASK_SECONDS = 25.0
"""Below the thirty seconds that the SLA table gives the step, so that we say what happened."""


@dataclass(frozen=True)
class Reply:
    """What Claude answered. A refusal is an answer too: look at `stop_reason` first."""

    text: str
    stop_reason: str
    """`end_turn` for a whole answer; `refusal`, `max_tokens` and others for none or part of one."""
    input_tokens: int
    output_tokens: int
    """Thinking included: what is billed."""
    request_id: str | None
    model: str


class AnswerLost(Retryable):
    """The request left and no answer came: the same call may work later.

    Unlike other Retryables it may have been charged.
    """


class Claude:
    """One model. Raises Refused with CONFIGURATION for a model whose price is not known."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        model: str,
        *,
        timeout_seconds: float = ASK_SECONDS,
    ) -> None:
        # Costs seconds of CPU, which a command line that never asks Claude need not pay.
        import anthropic  # noqa: PLC0415

        if model not in PRICES:
            raise Refused(
                SERVICE,
                FailureKind.CONFIGURATION,
                f"no price is known for the model {model!r}; known: {', '.join(PRICES)}",
            )
        bearer(SERVICE, api_key)
        self._model = model
        self._seconds = timeout_seconds
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or REAL_URL,
            max_retries=0,
            timeout=timeout_seconds,
            http_client=anthropic.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False),
        )

    @property
    def model(self) -> str:
        """The model that is asked, as the ledger names it."""
        return self._model

    async def ask(
        self, *, system: str, prompt: str, schema: Mapping[str, object], max_tokens: int
    ) -> Reply:
        """Ask once for text that follows a JSON schema.

        `schema` in the subset of structured outputs: additionalProperties false everywhere,
        no bounds. `max_tokens` includes thinking, which is kept low.
        Raises Retryable (AnswerLost when it may have been charged) or Refused.
        """
        import anthropic  # noqa: PLC0415

        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.messages.with_raw_response.create(
                    model=self._model,
                    max_tokens=max_tokens,
                    system=system,
                    messages=[{"role": "user", "content": prompt}],
                    output_config=self._output(schema),
                )
                message = await response.parse()
        except anthropic.APIStatusError as error:
            raise _refusal(error) from None
        except anthropic.APIConnectionError as error:
            raise _lost(error) from None
        except (anthropic.AnthropicError, TimeoutError, ValueError):
            raise _unanswered() from None
        return _reply(message, response.headers.get("request-id"))

    def cost_micros(self, reply: Reply) -> int:
        """Micro-dollars of a reply, by the price table."""
        price = PRICES.get(reply.model) or PRICES[self._model]
        return price.micros(reply.input_tokens, reply.output_tokens)

    def most_micros(self, *, characters: int, max_tokens: int) -> int:
        """The most that a call can cost: for reserving before it is made.

        Counts a token for each of the `characters` of system, prompt and schema.
        """
        return PRICES[self._model].micros(characters, max_tokens)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _output(self, schema: Mapping[str, object]) -> "OutputConfigParam":
        config: OutputConfigParam = {"format": {"type": "json_schema", "schema": dict(schema)}}
        if PRICES[self._model].takes_effort:
            # The default is high, and its thinking would not fit into the step's seconds.
            config["effort"] = "low"
        return config


def _reply(message: "Message", request_id: str | None) -> Reply:
    try:
        usage = message.usage
        return Reply(
            text="".join(block.text for block in message.content if block.type == "text"),
            stop_reason=str(message.stop_reason),
            input_tokens=usage.input_tokens
            + (usage.cache_creation_input_tokens or 0)
            + (usage.cache_read_input_tokens or 0),
            output_tokens=usage.output_tokens,
            request_id=request_id,
            model=message.model,
        )
    except (AttributeError, TypeError):
        # The package hands on what is not a message: a page of a proxy, half an answer.
        raise _unanswered() from None


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
_SPENT = "a spend limit or the credit is used up; raise it in the Anthropic console"


def _refusal(error: "anthropic.APIStatusError") -> ClientError:
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
    return (Retryable if waits else Refused)(
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


def _lost(error: "anthropic.APIConnectionError") -> ClientError:
    """Tell a request that never left from one whose answer was lost."""
    import httpx2  # noqa: PLC0415

    cause = error.__cause__
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return not_reached(SERVICE, cause)
    if isinstance(cause, httpx2.UnsupportedProtocol):
        return no_address(SERVICE)
    return _unanswered()


def _unanswered() -> AnswerLost:
    return AnswerLost(
        SERVICE, FailureKind.UNAVAILABLE, "gave no answer that can be read; it may be charged"
    )
