"""What Claude costs, by model, as of a date; a file of terms may say otherwise.

USD per million tokens is micro-dollars per token: one number serves both. Source: the pricing
page of Anthropic's platform documentation. What is weak in it: the price at which
claude-sonnet-5-5 reads its cache is 0.20 on one copy of the page and 0.10 on a later one (the
higher one stands here), and the least length that the 5.5 models cache is that of their
siblings.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

AS_OF = date(2026, 11, 22)


@dataclass(frozen=True)
class Tokens:
    """What one call is billed for."""

    prompt: int
    """Read anew: neither written to the cache nor read from it."""
    answer: int
    """Thinking included."""
    cache_written: int = 0
    """Kept for five minutes."""
    cache_read: int = 0
    searches: int = 0
    """Web searches that succeeded; failed ones are free."""

    @property
    def whole_prompt(self) -> int:
        """All that was read, from wherever."""
        return self.prompt + self.cache_written + self.cache_read

    @property
    def uncached(self) -> "Tokens":
        """The same call as it would have been without a cache."""
        return Tokens(self.whole_prompt, self.answer, searches=self.searches)


@dataclass(frozen=True)
class Price:
    """Micro-dollars per token as exact text, below and above a number of prompt tokens."""

    prompt: str
    answer: str
    cache_write: str
    """For five minutes: a quarter more than the prompt's price."""
    cache_read: str
    """A tenth of the prompt's price, where no better is known."""
    long_from: int | None = None
    """Prompt tokens above which the whole call costs `long_factor` times as much."""
    long_factor: int = 1
    cache_least: int = 1024
    """Tokens below which a prefix is silently not cached."""
    takes_effort: bool = True
    """Whether the model knows the `effort` parameter."""

    def micros(self, tokens: Tokens) -> int:
        """Micro-dollars of one call's tokens, rounded up."""
        is_long = self.long_from is not None and tokens.whole_prompt > self.long_from
        spent = (
            tokens.prompt * Fraction(self.prompt)
            + tokens.answer * Fraction(self.answer)
            + tokens.cache_written * Fraction(self.cache_write)
            + tokens.cache_read * Fraction(self.cache_read)
        )
        return math.ceil(spent * (self.long_factor if is_long else 1))

    @property
    def rewrites_to_pay(self) -> Fraction:
        """How many repeats of a prefix a cache mark must bring to cost nothing more.

        Written once and read `r` times, a token costs `write + r * read`; without a mark
        `(1 + r) * prompt`.
        """
        dearer = Fraction(self.cache_write) - Fraction(self.prompt)
        cheaper = Fraction(self.prompt) - Fraction(self.cache_read)
        return dearer / cheaper


@dataclass(frozen=True)
class Prices:
    """Everything that Claude charges for."""

    models: Mapping[str, Price] = field(
        default_factory=lambda: MappingProxyType(
            {
                "claude-haiku-5-5": Price("0.10", "0.50", "0.125", "0.01", 100_000, 5),
                "claude-sonnet-5-5": Price("2", "10", "2.50", "0.20"),
                "claude-opus-5-5": Price("4", "20", "5", "0.40", cache_least=512),
                "claude-fable-5-1": Price("10", "50", "12.50", "1", cache_least=512),
                "claude-sonnet-4-6": Price("3", "15", "3.75", "0.30"),
                "claude-haiku-4-5": Price(
                    "1", "5", "1.25", "0.10", cache_least=4096, takes_effort=False
                ),
            }
        )
    )
    """By model id. Models that Anthropic has announced the end of are left out on purpose."""
    search_micros: int = 10_000
    """For one web search; what it found is read as prompt tokens besides."""
    as_of: date = AS_OF

    def micros(self, model: str, tokens: Tokens) -> int:
        """Micro-dollars of one call."""
        return self.models[model].micros(tokens) + tokens.searches * self.search_micros


PRICES = Prices()


def read_prices(text: str) -> Prices:
    """The table with what a TOML file says in the place of what is written here.

        as_of = 2026-12-01
        search_micros = 10000
        ["claude-sonnet-5-5"]
        cache_read = "0.10"

    A model that is not in the table needs `prompt`, `answer`, `cache_write` and `cache_read`.
    Raises ValueError, naming the entry, for what can't be read.
    """
    said = tomllib.loads(text)
    as_of, search = said.pop("as_of", None), said.pop("search_micros", PRICES.search_micros)
    if type(as_of) is not date:
        raise ValueError("as_of must be the date on which the prices were read: 2026-12-01")
    if type(search) is not int or search < 0:
        raise ValueError("search_micros must be micro-dollars: 10000")
    models = dict(PRICES.models)
    for model, entry in said.items():
        models[model] = _price(model, entry, models.get(model))
    return Prices(MappingProxyType(models), search, as_of)


def _price(model: str, entry: Any, known: Price | None) -> Price:  # noqa: ANN401 - whatever stands there
    if not isinstance(entry, dict):
        raise ValueError(f"{model!r} is no setting: write a table of prices")  # noqa: TRY004
    try:
        price = replace(known, **entry) if known else Price(**entry)
    except TypeError:
        message = f"{model!r} needs prompt, answer, cache_write and cache_read, and nothing unknown"
        raise ValueError(message) from None
    amounts = (price.prompt, price.answer, price.cache_write, price.cache_read)
    if not all(isinstance(one, str) and _is_price(one) for one in amounts):
        raise ValueError(f'{model!r}: a price is dollars per million tokens as text: "0.20"')
    return price


def _is_price(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and Decimal(text) >= 0
    except ArithmeticError:
        return False
