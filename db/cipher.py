"""Seals access tokens at rest: AES-256-GCM, bound to account and purpose, with a key ring.

Layout: version 1 (one byte), length of the key id (one byte), key id, nonce (12 bytes),
ciphertext with its tag. The account and what the token is for stand in the associated data, so
that one that was copied into another row, or into another column, does not open. The source
document's own layout binds nothing: only when it is sealed anew is it held to its place.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.failures import TokenUnreadable

__all__ = ["Purpose", "TokenCipher", "TokenUnreadable"]

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
"""NIST SP 800-38D: the length that needs no hashing."""


class Purpose(StrEnum):
    """What a token is for; the column that it stands in."""

    PUBLISHING = "ig_token"
    """An Instagram user's token, or a Facebook Page's."""
    READING = "reading_token"
    """Facebook Login's user token: it reads, and it is what is renewed."""
    CONNECT_LINK = "connect_link"
    """No token: what stands in the link that connects an account."""
    CONNECT_STATE = "connect_state"
    """No token: what a browser keeps on its way to the consent page and back."""


@dataclass(frozen=True)
class TokenCipher:
    """A ring of keys by id: the primary one seals, all of them open."""

    keys: Mapping[str, bytes] = field(repr=False)
    primary: str

    def __post_init__(self) -> None:
        """Raise ValueError for a ring that cannot seal."""
        if self.primary not in self.keys:
            raise ValueError(f"the primary key {self.primary!r} is not in the ring")
        for name, key in self.keys.items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {name!r} has {len(key)} bytes: it must have {KEY_BYTES}")
            if not 0 < len(name.encode()) <= 255:  # noqa: PLR2004 - its length is one byte
                raise ValueError(f"the key id {name!r} must have 1 to 255 bytes")

    @property
    def mark(self) -> bytes:
        """What everything that the primary key sealed begins with, and nothing else does."""
        name = self.primary.encode()
        return bytes([VERSION, len(name)]) + name

    def seal(self, account: str, token: str, purpose: Purpose = Purpose.PUBLISHING) -> bytes:
        """Seal an account's token with the primary key."""
        nonce, context = os.urandom(NONCE_BYTES), _context(account, purpose)
        sealed = AESGCM(self.keys[self.primary]).encrypt(nonce, token.encode(), context)
        return self.mark + nonce + sealed

    def open(self, account: str, sealed: bytes, purpose: Purpose = Purpose.PUBLISHING) -> str:
        """Open an account's token, in today's layout or the source document's (5.4).

        Raises TokenUnreadable, which names the account and never the token.
        """
        if sealed.startswith(b"{"):
            return self._open_old(account, sealed)
        name, rest = _split(account, sealed)
        if name not in self.keys:
            raise TokenUnreadable(
                f"the token of {account!r} was sealed with the key {name!r}, which is not in "
                f"TOKEN_KEYS_DIR: put the key back, or set the token anew"
            )
        try:
            token = AESGCM(self.keys[name]).decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], _context(account, purpose)
            )
        except (InvalidTag, ValueError):
            raise _damaged(account) from None
        return token.decode()

    def key_of(self, account: str, sealed: bytes) -> str | None:
        """Id of the key that sealed a token, None for the old layout, which carries none."""
        return None if sealed.startswith(b"{") else _split(account, sealed)[0]

    def _open_old(self, account: str, sealed: bytes) -> str:
        # {encrypted, iv, authTag} in hex, a 16-byte nonce, no key id: each key is tried.
        try:
            parts = json.loads(sealed)
            nonce = bytes.fromhex(parts["iv"])
            text = bytes.fromhex(parts["encrypted"]) + bytes.fromhex(parts["authTag"])
        except (ValueError, KeyError, TypeError):
            raise _damaged(account) from None
        for key in self.keys.values():
            try:
                return AESGCM(key).decrypt(nonce, text, None).decode()
            except (InvalidTag, ValueError):
                continue
        raise _damaged(account)


def _split(account: str, sealed: bytes) -> tuple[str, bytes]:
    if len(sealed) < 2 or sealed[0] != VERSION:  # noqa: PLR2004 - version and length
        raise _damaged(account)
    end = 2 + sealed[1]
    try:
        return sealed[2:end].decode(), sealed[end:]
    except UnicodeDecodeError:
        raise _damaged(account) from None


def _context(account: str, purpose: Purpose) -> bytes:
    return f"reels:{purpose.value}:v1:{account}".encode()


def _damaged(account: str) -> TokenUnreadable:
    return TokenUnreadable(
        f"the token of {account!r} does not open: it is damaged, or of another account or "
        f"column; set it anew"
    )
