"""What Anthropic charges for a message. Prices of November 2026, in micro-dollars.

`facts` of a `message.created`: `model`, `billed`, `input_tokens`, `output_tokens` and, where they
are, `cache_creation_input_tokens`, `cache_read_input_tokens`, `web_search_requests`.
"""

from fractions import Fraction
from math import ceil
from typing import Any

TOKEN_MICROS = {
    "claude-haiku-5-5": (Fraction(1, 10), Fraction(1, 2)),
    "claude-sonnet-5-5": (Fraction(2), Fraction(10)),
    "claude-opus-5-5": (Fraction(4), Fraction(20)),
    "claude-fable-5-1": (Fraction(10), Fraction(50)),
    "claude-sonnet-4-6": (Fraction(3), Fraction(15)),
    "claude-haiku-4-5": (Fraction(1), Fraction(5)),
}
"""For one token in and one out: a dollar for a million tokens is a micro-dollar for one."""
CACHE_WRITTEN, CACHE_READ = Fraction(5, 4), Fraction(1, 10)
"""Of a token in: one written to the cache for five minutes, and one read from it."""
LONG = {"claude-haiku-5-5": (100_000, 5)}
"""Above so many tokens in, the whole call costs so many times as much."""
SEARCH_MICROS = 10_000
"""For one web search: ten dollars for a thousand."""


def message_micros(facts: dict[str, Any]) -> int:
    """What one answered message costs."""
    if not facts["billed"]:
        return 0
    read, written = TOKEN_MICROS[facts["model"]]
    spent: Fraction = read * facts["input_tokens"] + written * facts["output_tokens"]
    spent += read * CACHE_WRITTEN * facts.get("cache_creation_input_tokens", 0)
    spent += read * CACHE_READ * facts.get("cache_read_input_tokens", 0)
    if facts["model"] in LONG and whole_prompt(facts) > LONG[facts["model"]][0]:
        spent *= LONG[facts["model"]][1]
    # A bill has no fractions of a micro-dollar: what was begun is charged.
    return ceil(spent) + SEARCH_MICROS * int(facts.get("web_search_requests", 0))


def batch_micros(facts: dict[str, Any]) -> int:
    """What a batch costs: half of what its answered messages do."""
    return ceil(Fraction(sum(message_micros(one) for one in facts["messages"]), 2))


def whole_prompt(facts: dict[str, Any]) -> int:
    """All tokens in, whether read anew, written to the cache or read from it."""
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    return int(facts["input_tokens"]) + sum(int(facts.get(name, 0)) for name in cached)
