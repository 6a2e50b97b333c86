"""Variety without chance: the same seed always chooses the same."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Choices that follow from a text."""

    def __init__(self, *seed: str) -> None:
        self._seed = "\x00".join(seed)

    def number(self, label: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        digest = hashlib.sha256(f"{self._seed}\x00{label}".encode()).digest()
        return low + int.from_bytes(digest[:8], "big") % (high - low + 1)

    def pick(self, label: str, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.number(label, 0, len(options) - 1)]

    def some(self, label: str, options: Sequence[T], count: int) -> list[T]:
        """Several different ones, in an order of its own."""
        numbered = range(len(options))
        mixed = sorted(numbered, key=lambda i: self.number(f"{label}/{i}", 0, 2**60))
        return [options[i] for i in mixed[:count]]
