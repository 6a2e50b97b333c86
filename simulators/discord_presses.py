"""A press on a button or in a form, sent to the app as Discord sends it: signed with Ed25519."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulators.pressing import Courier, stamp

APPLICATION, GUILD = "1000000000000000001", "1000000000000000002"
USER = "2000000000000000001"
"""Who presses, unless another is wished."""


class Presser:
    """Signs interactions with the app's key: 32 bytes in hex, in a file that is made if need be."""

    def __init__(self, url: str | None, key_file: Path) -> None:
        self._url = url
        self._courier = Courier()
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
        key = bytes.fromhex(key_file.read_text().strip())
        self._key = Ed25519PrivateKey.from_private_bytes(key)

    @property
    def public_key(self) -> str:
        """What Discord shows on the app's page: hex."""
        return self._key.public_key().public_bytes_raw().hex()

    async def send(self, document: dict[str, Any], wish: dict[str, Any]) -> list[dict[str, Any]]:
        """What the app answered, once for each sending.

        Wishes: those of `pressing`; `bad_signature` signs with another key.
        """
        url = str(wish.get("url") or self._url or "")
        at, body = stamp(wish), json.dumps(document).encode()
        key = Ed25519PrivateKey.generate() if wish.get("bad_signature") else self._key
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
            "X-Signature-Timestamp": at,
            "X-Signature-Ed25519": key.sign(at.encode() + body).hex(),
        }
        return await self._courier.bring(url, body, headers, wish)


def interaction(name: str, kind: int, data: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    """What every interaction has, and what is its own."""
    user = str(wish.get("user_id", USER))
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
