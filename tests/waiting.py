"""Waits for what comes in milliseconds on an idle machine, and in a minute on a crowded one."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from itertools import chain, repeat
from typing import Any

SECONDS = 90
"""How long a test waits for what must come: nobody's luck with the clock, less than its own end."""


async def until(look: Callable[[], Any], otherwise: str) -> Any:  # noqa: ANN401 - what it sees
    """Look again and again until there is something, and return it."""
    try:
        async with asyncio.timeout(SECONDS) as patience:
            for pause in chain((0.05, 0.1, 0.2), repeat(0.3)):
                seen = look()
                if isawaitable(seen):
                    seen = await seen
                if seen:
                    return seen
                await asyncio.sleep(pause)
    except TimeoutError:
        if not patience.expired():
            raise
        raise AssertionError(f"{otherwise} after {SECONDS} seconds") from None
