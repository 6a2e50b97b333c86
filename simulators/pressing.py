"""What a person pressed in a chat, taken to the app: the same bytes, as often as is wished."""

import asyncio
import ssl
import time
from typing import Any

import httpx

IN_TIME_SECONDS = 3.0
"""Slack and Discord show the person an error after this."""
TIMEOUT_SECONDS = 15.0
STALE_SECONDS = 301


def stamp(wish: dict[str, Any]) -> str:
    """When a press is said to have been sent; `stale` dates it too far back, `timestamp` at will.

    Real time, whatever the simulators' clock says: the app has no other.
    """
    now = int(time.time()) - (STALE_SECONDS if wish.get("stale") else 0)
    return str(wish.get("timestamp", now))


class Courier:
    """Brings signed bytes to the app."""

    def __init__(self) -> None:
        self._trust = ssl.create_default_context()

    async def bring(
        self, url: str, body: bytes, headers: dict[str, str], wish: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """What the app answered, once for each sending: status, body, milliseconds, in_time.

        Wishes: `times` sends the same bytes again (a replay), `concurrent` at once.
        """
        times = int(wish.get("times", 1))
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=self._trust) as client:
            sendings = [_post(client, url, body, headers) for _ in range(times)]
            if wish.get("concurrent"):
                return list(await asyncio.gather(*sendings))
            return [await sending for sending in sendings]


async def _post(
    client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]
) -> dict[str, Any]:
    begun = time.monotonic()
    try:
        answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as failure:
        status, text = 0, f"{type(failure).__name__}: {failure}"
    else:
        status, text = answer.status_code, answer.text
    seconds = time.monotonic() - begun
    return {
        "status": status,
        "body": text,
        "milliseconds": round(seconds * 1000, 1),
        "in_time": seconds <= IN_TIME_SECONDS,
    }
