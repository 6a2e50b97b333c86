"""A time limit that holds even for work that is slow to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_abandoned: set[asyncio.Task[Any]] = set()
"""The loop itself keeps no hold of a task."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Raises TimeoutError at the time, and what the work raises.

    The work is cancelled then, but not waited for: asyncpg needs ten seconds to give up on a
    server that takes the connection and says nothing.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            _abandoned.add(task)
            task.add_done_callback(_forget)
            task.cancel()


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that it is no "exception was never retrieved"
