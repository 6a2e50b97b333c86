"""A press on a button or in a form, sent to the app as Discord sends it: signed with Ed25519."""

import asyncio
import json
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

IN_TIME_SECONDS = 3.0
"""Discord shows the person that the interaction failed after this."""
TIMEOUT_SECONDS = 15.0
STALE_SECONDS = 301
APPLICATION, GUILD = "1000000000000000001", "1000000000000000002"


class Presser:
    """Signs interactions with the app's key, which is kept in a file."""

    def __init__(self, url: str | None, key_file: Path) -> None:
        self._url = url
        self._trust = ssl.create_default_context()
        if not key_file.exists():
            key_file.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
            key_file.chmod(0o600)
        self._key = Ed25519PrivateKey.from_private_bytes(key_file.read_bytes())

    @property
    def public_key(self) -> str:
        """What Discord shows on the app's page: hex."""
        return self._key.public_key().public_bytes_raw().hex()

    async def send(self, document: dict[str, Any], wish: dict[str, Any]) -> list[dict[str, Any]]:
        """What the app answered, once for each sending.

        Wishes: `times` sends the same bytes again, `concurrent` at once; `stale` dates it too
        far back, `timestamp` at will; `bad_signature` signs with another key.
        """
        url = str(wish.get("url") or self._url or "")
        now = int(time.time()) - (STALE_SECONDS if wish.get("stale") else 0)
        stamp, body = str(wish.get("timestamp", now)), json.dumps(document).encode()
        key = Ed25519PrivateKey.generate() if wish.get("bad_signature") else self._key
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
            "X-Signature-Timestamp": stamp,
            "X-Signature-Ed25519": key.sign(stamp.encode() + body).hex(),
        }
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=self._trust) as client:
            sendings = [_post(client, url, body, headers) for _ in range(int(wish.get("times", 1)))]
            if wish.get("concurrent"):
                return list(await asyncio.gather(*sendings))
            return [await sending for sending in sendings]


def interaction(name: str, kind: int, data: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    """What every interaction has, and what is its own."""
    user = str(wish.get("user_id", "2000000000000000001"))
    return {
        "id": name,
        "application_id": APPLICATION,
        "type": kind,
        "token": f"token-of-{name}",
        "version": 1,
        "guild_id": GUILD,
        "locale": "en-US",
        "member": {"user": {"id": user, "username": "someone"}, "roles": [], "permissions": "0"},
        "data": data,
    }


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
