"""What may be said about a database URL."""

import re
from urllib.parse import parse_qs, urlsplit

HIDDEN = "the address in DATABASE_URL"


def place_of(dsn: str) -> str:
    """Host and port of a database URL, for messages: never the user, never the password."""
    try:
        parts = urlsplit(dsn)
    except ValueError:
        return HIDDEN
    if "@" in dsn and "@" not in parts.netloc:
        # A password with a bare slash or hash: what stands before it is a part of the secret.
        return HIDDEN
    where = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", ["localhost"])[0]
    return where if "/" in where or re.search(r":\d+$", where) else f"{where}:5432"
