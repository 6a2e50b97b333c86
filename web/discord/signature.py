"""Discord's signature under a request (docs.discord.com, "Interactions Overview").

Discord names no age after which a request is stale; the five minutes are Slack's.
"""

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_AGE_SECONDS = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


def is_genuine(key: bytes, body: bytes, *, timestamp: str, signature: str, now: float) -> bool:
    """Whether the app of this public key was sent this raw body in the last five minutes.

    False, never an exception, for headers that are malformed; a missing one is empty.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now - int(timestamp)) > MAX_AGE_SECONDS:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(
            bytes.fromhex(signature), timestamp.encode() + body
        )
    except InvalidSignature:
        return False
    return True
