"""Asking Claude one question: counted before it is sent, settled before it is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from activities.failures import failed
from activities.spending import Spending
from activities.words import Words
from clients.claude import AnswerLost, Claude, Reply
from clients.errors import ClientError
from db.usage import UsageRow, UsageState
from schemas.account import AccountDay
from schemas.failures import FailureKind

SERVICE = "claude"


@dataclass(frozen=True)
class Question:
    """What is asked, and on whose account."""

    key: AccountDay
    reel: str
    operation: str
    """The word of the ledger: `story` or `caption`. Its tries are `story/1`, `story/2`."""
    words: Words
    schema: Mapping[str, object]
    max_tokens: int
    """Of answer and thinking together."""


async def ask(claude: Claude, spending: Spending, question: Question) -> dict[str, object]:
    """Ask, and return the JSON object of the answer. Each call that may cost has its row.

    Raises REFUSED when Claude declines, INVALID_OUTPUT when the answer was cut short or is no
    JSON object, OVER_BUDGET when the question would pass a limit: it is not asked; and what
    the client raises.
    """
    usage = spending.db.usage
    row = await _reserve(claude, spending, question)
    try:
        reply = await claude.ask(
            system=question.words.system,
            prompt=question.words.prompt,
            schema=question.schema,
            max_tokens=question.max_tokens,
        )
    except AnswerLost:
        await usage.unknown(row.id)
        raise
    except ClientError as error:
        await usage.release(row.id, error.message)
        raise
    await usage.settle(
        row.id,
        claude.cost_micros(reply),
        units={"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
        request_id=reply.request_id,
        outcome=reply.stop_reason,
    )
    return _object(reply)


async def _reserve(claude: Claude, spending: Spending, question: Question) -> UsageRow:
    """A row for one more try. Rows that earlier tries left at the call stay counted."""
    text = question.words.system + question.words.prompt + json.dumps(question.schema)
    estimate = claude.most_micros(characters=len(text), max_tokens=question.max_tokens)
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
            await spending.db.usage.unknown(row.id)


def _object(reply: Reply) -> dict[str, object]:
    if reply.stop_reason == "refusal":
        raise failed(FailureKind.REFUSED, "Claude declined: change the account's theme or topics")
    if reply.stop_reason != "end_turn":
        raise failed(
            FailureKind.INVALID_OUTPUT, f"Claude's answer was cut short ({reply.stop_reason})"
        )
    try:
        answer = json.loads(reply.text)
    except ValueError:
        raise failed(FailureKind.INVALID_OUTPUT, "Claude's answer is not valid JSON") from None
    if not isinstance(answer, dict):
        raise failed(FailureKind.INVALID_OUTPUT, "Claude's answer is not a JSON object")
    return answer
