"""Claude, through the anthropic package with its retries off."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clients.claude_errors import SERVICE, AnswerLost, lost, refusal, unanswered
from clients.claude_prices import PRICES, Prices, Tokens
from clients.errors import Refused
from clients.transport import bearer
from schemas.failures import FailureKind

if TYPE_CHECKING:
    from anthropic.types import Message

__all__ = ["ASK_SECONDS", "SERVICE", "AnswerLost", "Claude", "Query", "Reply"]

REAL_URL = "https://api.anthropic.com"

ASK_SECONDS = 25.0
"""Below the thirty seconds that the SLA table gives the step, so that we say what happened."""

WEB_SEARCH = "web_search_20250305"
"""The tool that searches and does no more; later ones run code to filter what they find."""

SEARCH_TOKENS = 20_000
"""What the pages of one search may add to the prompt: an estimate, for reserving only."""


@dataclass(frozen=True)
class Query:
    """One call."""

    system: str
    prompt: str
    max_tokens: int
    """Of answer and thinking together; thinking is kept low."""
    schema: Mapping[str, object] | None = None
    """What the answer must follow, in the subset of structured outputs: additionalProperties
    false everywhere, no bounds. None for free text."""
    rest: str = ""
    """What stands after `prompt` and changes from call to call: never cached."""
    cached: bool = False
    """Whether system and prompt are worth keeping for five minutes."""
    searches: int = 0
    """Web searches that Claude may make; the answer is free text then."""
    so_far: tuple[Mapping[str, Any], ...] = ()
    """The blocks of a reply that paused, so that Claude goes on."""

    @property
    def characters(self) -> int:
        """All that is sent."""
        sent = json.dumps([self.schema, list(self.so_far)])
        return len(self.system) + len(self.prompt) + len(self.rest) + len(sent)


@dataclass(frozen=True)
class Reply:
    """What Claude answered. A refusal is an answer too: look at `stop_reason` first."""

    text: str
    stop_reason: str
    """`end_turn` for a whole answer, `pause_turn` for one to be sent back as it is; `refusal`,
    `max_tokens` and others for none or part of one."""
    tokens: Tokens
    request_id: str | None
    model: str
    blocks: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    """The answer's content as it came: what goes on after a pause."""
    failed_searches: tuple[str, ...] = ()
    """Error codes of web searches that failed within an answer that did not."""

    @property
    def is_free(self) -> bool:
        """Whether Claude declined before it said anything, which Anthropic does not bill."""
        return self.stop_reason == "refusal" and not self.tokens.answer


class Claude:
    """One model. Raises Refused with CONFIGURATION for a model whose price is not known."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        model: str,
        *,
        prices: Prices = PRICES,
        timeout_seconds: float = ASK_SECONDS,
    ) -> None:
        # Costs seconds of CPU, which a command line that never asks Claude need not pay.
        import anthropic  # noqa: PLC0415

        if model not in prices.models:
            raise Refused(
                SERVICE,
                FailureKind.CONFIGURATION,
                f"no price is known for the model {model!r}; known: {', '.join(prices.models)}",
            )
        bearer(SERVICE, api_key)
        self._model = model
        self._prices = prices
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

    async def ask(self, query: Query) -> Reply:
        """Ask once. Raises Retryable (AnswerLost when it may have been charged) or Refused."""
        import anthropic  # noqa: PLC0415

        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.messages.with_raw_response.create(
                    **self._request(query)
                )
                message = await response.parse()
        except anthropic.APIStatusError as error:
            raise refusal(error) from None
        except anthropic.APIConnectionError as error:
            raise lost(error) from None
        except (anthropic.AnthropicError, TimeoutError, ValueError):
            raise unanswered() from None
        return _reply(message, response.headers.get("request-id"))

    def cost_micros(self, reply: Reply) -> int:
        """Micro-dollars of a reply, by the price table."""
        if reply.is_free:
            return 0
        return self._prices.micros(self._priced(reply), reply.tokens)

    def saved_micros(self, reply: Reply) -> int:
        """What the cache saved on a reply; negative for one that only wrote it."""
        if reply.is_free:
            return 0
        uncached = self._prices.micros(self._priced(reply), reply.tokens.uncached)
        return uncached - self.cost_micros(reply)

    def most_micros(self, query: Query) -> int:
        """The most that a call can cost: for reserving before it is made.

        Counts a token for each character, and what searches may find.
        """
        sent = query.characters + query.searches * SEARCH_TOKENS
        cached = sent if query.cached else 0
        tokens = Tokens(sent - cached, query.max_tokens, cached, searches=query.searches)
        return self._prices.micros(self._model, tokens)

    def rewrites_to_pay(self, query: Query) -> float | None:
        """How many repeats of a query would pay for caching it; None when it is too short."""
        price = self._prices.models[self._model]
        if len(query.system) + len(query.prompt) < price.cache_least * CHARACTERS_PER_TOKEN:
            return None
        return float(price.rewrites_to_pay)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _priced(self, reply: Reply) -> str:
        return reply.model if reply.model in self._prices.models else self._model

    def _request(self, query: Query) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [{"role": "user", "content": _content(query)}]
        if query.so_far:
            messages.append({"role": "assistant", "content": list(query.so_far)})
        output: dict[str, Any] = {}
        if query.schema is not None:
            output["format"] = {"type": "json_schema", "schema": dict(query.schema)}
        if self._prices.models[self._model].takes_effort:
            # The default is high, and its thinking would not fit into the step's seconds.
            output["effort"] = "low"
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": query.max_tokens,
            "system": query.system,
            "messages": messages,
        }
        if output:
            request["output_config"] = output
        if query.searches:
            tool = {"type": WEB_SEARCH, "name": "web_search", "max_uses": query.searches}
            request["tools"] = [tool]
        return request


CHARACTERS_PER_TOKEN = 4
"""About, for English: only tells a prompt that is worth caching from one that can't be."""


def _content(query: Query) -> str | list[dict[str, Any]]:
    if not query.cached:
        return query.prompt + query.rest
    # The mark covers all before it: the system's words, too.
    mark = {"type": "ephemeral"}
    blocks: list[dict[str, Any]] = [{"type": "text", "text": query.prompt, "cache_control": mark}]
    if query.rest:
        blocks.append({"type": "text", "text": query.rest})
    return blocks


def _reply(message: "Message", request_id: str | None) -> Reply:
    try:
        blocks = tuple(block.to_dict(mode="json") for block in message.content)
        return Reply(
            text="".join(str(block["text"]) for block in blocks if block["type"] == "text"),
            stop_reason=str(message.stop_reason),
            tokens=_tokens(message),
            request_id=request_id,
            model=message.model,
            blocks=blocks,
            failed_searches=tuple(_failures(blocks)),
        )
    except (AttributeError, TypeError, KeyError):
        # The package hands on what is not a message: a page of a proxy, half an answer.
        raise unanswered() from None


def _tokens(message: "Message") -> Tokens:
    usage = message.usage
    tools = usage.server_tool_use
    return Tokens(
        prompt=usage.input_tokens,
        answer=usage.output_tokens,
        cache_written=usage.cache_creation_input_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
        searches=(tools.web_search_requests or 0) if tools else 0,
    )


def _failures(blocks: tuple[dict[str, Any], ...]) -> list[str]:
    results = [block["content"] for block in blocks if block["type"] == "web_search_tool_result"]
    return [str(found.get("error_code")) for found in results if isinstance(found, dict)]
