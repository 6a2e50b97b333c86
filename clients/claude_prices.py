"""What Claude costs, by model, as of the date below.

USD per million tokens is micro-dollars per token: one table serves both. Source: the
pricing page of Anthropic's platform documentation. We send no cache marks, so prices of
cached tokens are not needed; cached ones in an answer count in full.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

AS_OF = date(2026, 11, 22)


@dataclass(frozen=True)
class Price:
    """Micro-dollars per token as exact text, below and above a number of prompt tokens."""

    prompt: str
    answer: str
    long_from: int | None = None
    """Prompt tokens above which the long prices hold for the whole call."""
    long_prompt: str = "0"
    long_answer: str = "0"
    takes_effort: bool = True
    """Whether the model knows the `effort` parameter."""

    def micros(self, prompt_tokens: int, answer_tokens: int) -> int:
        """Micro-dollars of one call, rounded up."""
        is_long = self.long_from is not None and prompt_tokens > self.long_from
        prompt = Fraction(self.long_prompt if is_long else self.prompt)
        answer = Fraction(self.long_answer if is_long else self.answer)
        return math.ceil(prompt_tokens * prompt + answer_tokens * answer)


PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "claude-haiku-5-5": Price("0.10", "0.50", 100_000, "0.50", "2.50"),
        "claude-sonnet-5-5": Price("2", "10"),
        "claude-opus-5-5": Price("4", "20"),
        "claude-fable-5-1": Price("10", "50"),
        "claude-sonnet-4-6": Price("3", "15"),
        "claude-haiku-4-5": Price("1", "5", takes_effort=False),
    }
)
"""By model id. Models that Anthropic has announced the end of are left out on purpose."""
