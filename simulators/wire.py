"""Answers that break off: what HTTP libraries never do on purpose.

The server puts `cut` into each request's state (see `server.py`). Without it, when the app is
called in-process, a severed connection is a ConnectionResetError to the caller.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

PIECES = 20


class Severed(Response):
    """No answer at all: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Reset the connection."""
        await sever(scope)


async def sever(scope: Scope, *, flush: bool = False) -> None:
    """End the connection: with a reset at once, or after the written bytes have left."""
    cut = scope.get("state", {}).get("cut")
    if cut is None:
        raise ConnectionResetError("the simulator cut the connection")
    cut(flush=flush)
    # The server learns of it in its next turns; until then it would still answer with a 500.
    for _ in range(3):
        await asyncio.sleep(0)


class Truncated(Response):
    """The headers and half of another answer's body, then the end of the connection."""

    def __init__(self, whole: Response) -> None:
        super().__init__(status_code=whole.status_code)
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half and cut."""
        messages = [message async for message in _messages(self._whole, scope, receive)]
        start, body = messages[0], b"".join(m.get("body", b"") for m in messages[1:])
        await send(start)
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        await sever(scope, flush=True)


class Dripping(Response):
    """Another answer, its body in small pieces over some seconds."""

    def __init__(self, whole: Response, seconds: float) -> None:
        super().__init__(status_code=whole.status_code)
        self._whole, self._seconds = whole, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece."""
        messages = [message async for message in _messages(self._whole, scope, receive)]
        start, body = messages[0], b"".join(m.get("body", b"") for m in messages[1:])
        await send(start)
        size = max(1, -(-len(body) // PIECES))
        for begin in range(0, len(body), size):
            piece = body[begin : begin + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(self._seconds / PIECES)
        await send({"type": "http.response.body", "body": b""})


async def _messages(answer: Response, scope: Scope, receive: Receive) -> AsyncIterator[Message]:
    """What an answer would send."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    plain = {**scope, "extensions": {}}
    await answer(plain, receive, keep)
    for message in kept:
        yield message
