"""Asking Claude one question: counted before it is sent, settled before it is read."""

import json
from dataclasses import dataclass
from typing import Any

from activities.failures import failed
from activities.spending import Spending
from clients.claude import AnswerLost, Claude, Query, Reply
from clients.errors import ClientError
from db.usage import UsageRow, UsageState
from schemas.account import AccountDay
from schemas.failures import FailureKind

SERVICE = "claude"

CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})


@dataclass(frozen=True)
class Question:
    """What is asked, and on whose account."""

    key: AccountDay
    reel: str
    operation: str
    """The word of the ledger: `story`, `caption`. Its tries are `story/1`, `story/2`."""
    query: Query


@dataclass(frozen=True)
class Paid:
    """A reply, and the row of the ledger that it is settled in."""

    row: str
    reply: Reply


async def ask(claude: Claude, spending: Spending, question: Question) -> dict[str, Any]:
    """Ask, and return the JSON object of the answer. Each call that may cost has its row.

    Raises REFUSED when Claude declines, TRUNCATED when the answer was cut short,
    INVALID_OUTPUT when it is no JSON object, and what `pay` raises.
    """
    return read_object((await pay(claude, spending, question)).reply)


async def pay(claude: Claude, spending: Spending, question: Question) -> Paid:
    """Ask, and settle what it cost, whatever the answer is.

    Raises OVER_BUDGET when the question would pass a limit: it is not asked; and what the
    client raises.
    """
    row = await _reserve(claude, spending, question)
    try:
        reply = await claude.ask(question.query)
    except AnswerLost:
        await spending.unknown(row)
        raise
    except ClientError as error:
        await spending.release(row, error.message)
        raise
    await spending.settle(
        row,
        claude.cost_micros(reply),
        units=_units(claude, reply),
        request_id=reply.request_id,
        outcome=reply.stop_reason,
    )
    return Paid(row.id, reply)


def read_object(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer. Raises REFUSED, TRUNCATED or INVALID_OUTPUT."""
    if reply.stop_reason == "refusal":
        raise failed(FailureKind.REFUSED, "Claude declined: change the account's theme or topics")
    if reply.stop_reason in CUT_SHORT:
        raise failed(FailureKind.TRUNCATED, f"Claude's answer was cut short ({reply.stop_reason})")
    if reply.stop_reason != "end_turn":
        raise failed(
            FailureKind.INVALID_OUTPUT, f"Claude's answer is not whole ({reply.stop_reason})"
        )
    try:
        answer = json.loads(reply.text)
    except (ValueError, RecursionError):
        raise failed(FailureKind.INVALID_OUTPUT, "Claude's answer is not valid JSON") from None
    if not isinstance(answer, dict):
        raise failed(FailureKind.INVALID_OUTPUT, "Claude's answer is not a JSON object")
    return answer


async def _reserve(claude: Claude, spending: Spending, question: Question) -> UsageRow:
    """A row for one more try. Rows that earlier tries left at the call stay counted."""
    estimate = claude.most_micros(question.query)
    number = 0
    while True:
        number += 1
        row = await spending.reserve(
            question.key,
            question.reel,
            service=SERVICE,
            operation=question.operation,
            model=claude.model,
            step=f"{question.operation}/{number}",
            estimated_micros=estimate,
        )
        if row.fresh:
            return row
        if row.state is UsageState.RESERVED:
            await spending.unknown(row)


def _units(claude: Claude, reply: Reply) -> dict[str, int]:
    """What was counted; what a call has nothing of is left out."""
    tokens = reply.tokens
    extras = {
        "cache_written_tokens": tokens.cache_written,
        "cache_read_tokens": tokens.cache_read,
        "cache_saved_micros": claude.saved_micros(reply),
        "web_searches": tokens.searches,
    }
    return {"input_tokens": tokens.prompt, "output_tokens": tokens.answer} | {
        name: count for name, count in extras.items() if count
    }
