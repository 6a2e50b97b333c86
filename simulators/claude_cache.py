"""The prompt cache: a marked prefix is written once and read for a while after each use.

Sources: Anthropic's prompt caching page. It lives in memory only: a restart loses it, which the
real one may do, too.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

LEAST_TOKENS = {
    "claude-haiku-5-5": 1024,
    "claude-sonnet-5-5": 1024,
    "claude-opus-5-5": 512,
    "claude-fable-5-1": 512,
    "claude-sonnet-4-6": 1024,
    "claude-haiku-4-5": 4096,
}
"""Shorter prefixes are silently not cached. Those of the 5.5 models are not documented: their
siblings' stand here."""
LIVES = {"5m": 300, "1h": 3600}
MOST_MARKS = 4
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Read:
    """How the tokens of one prompt are counted."""

    fresh: int
    written: int
    from_cache: int
    lives: str = "5m"


class Cache:
    """Which prefixes are kept until when, by the simulated clock."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def read(self, body: dict[str, Any], now: float) -> Read:
        """Count the prompt of a request, and keep its marked prefix."""
        whole = tokens(_text(body, None))
        marked = _last_mark(body)
        if marked is None:
            return Read(whole, 0, 0)
        text = _text(body, marked[0])
        kept = tokens(text)
        if kept < LEAST_TOKENS[body["model"]]:
            return Read(whole, 0, 0)
        name = hashlib.sha256(f"{body['model']}\0{text}".encode()).hexdigest()
        is_there = self._until.get(name, 0) > now
        self._until[name] = now + LIVES[marked[1]]
        if is_there:
            return Read(whole - kept, 0, kept)
        return Read(whole - kept, kept, 0, marked[1])


def blocks_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every block of a prompt in its order: the system's first, then the messages'."""
    parts = [body.get("system") or [], *(message["content"] for message in body["messages"])]
    blocks: list[dict[str, Any]] = []
    for part in parts:
        blocks += part if isinstance(part, list) else [{"type": "text", "text": part}]
    return [block for block in blocks if isinstance(block, dict)]


def tokens(text: str) -> int:
    """About as many as a tokenizer would count."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _text(body: dict[str, Any], last: int | None) -> str:
    """The words of the first `last` blocks, or all; what is no text counts as its JSON."""
    blocks = blocks_of(body) if last is None else blocks_of(body)[: last + 1]
    texts = (
        str(block["text"]) if block.get("type") == "text" else json.dumps(block) for block in blocks
    )
    return "\n".join(text for text in texts if text)


def _last_mark(body: dict[str, Any]) -> tuple[int, str] | None:
    """Where the last mark stands, and how long it keeps what is before it."""
    marks = [
        (number, str(block["cache_control"].get("ttl", "5m")))
        for number, block in enumerate(blocks_of(body))
        if isinstance(block.get("cache_control"), dict)
    ]
    return marks[-1] if marks else None
