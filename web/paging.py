"""The key of a page of the queue, as addresses carry it."""

import base64
import binascii
from datetime import datetime

from pydantic import ValidationError

from db.review_queue import Place


class BadPlace(ValueError):
    """after: this is no place in the queue; take it from `next`, or leave it out."""


def write_place(place: Place | None) -> str:
    """The place as text; empty for the beginning."""
    if place is None:
        return ""
    text = f"{place.laid_at.isoformat()} {place.reel}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(text: str | None) -> Place | None:
    """Read it back; None for the beginning. Raises BadPlace."""
    if not text:
        return None
    try:
        raw = base64.b64decode(text[:400] + "=" * (-len(text) % 4), b"-_", validate=True).decode()
        at, _, reel = raw.partition(" ")
        laid_at = datetime.fromisoformat(at)
        if laid_at.tzinfo is None or not reel.isascii() or not reel.isprintable():
            raise BadPlace
        return Place(laid_at=laid_at, reel=reel)
    except (ValueError, binascii.Error, ValidationError):
        raise BadPlace(BadPlace.__doc__) from None
