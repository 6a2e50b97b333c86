"""Slack's signature under a request (docs.slack.dev, "Verifying requests from Slack")."""

import hmac
import re
from hashlib import sha256

MAX_AGE_SECONDS = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature that Slack puts under a raw body sent at a time (Unix seconds)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, sha256).hexdigest()


def is_genuine(secret: str, body: bytes, *, timestamp: str, signature: str, now: float) -> bool:
    """Whether Slack signed this raw body in the last five minutes.

    False, never an exception, for headers that are malformed; a missing one is empty.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now - int(timestamp)) > MAX_AGE_SECONDS:
        return False
    return hmac.compare_digest(sign(secret, timestamp, body), signature)
