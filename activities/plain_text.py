"""What text of a language model must not hold, wherever it goes."""

import unicodedata

from activities.failures import failed
from schemas.failures import FailureKind

JOINERS = frozenset("\u200c\u200d\u200e\u200f")
"""Invisible, and needed: joined emoji, Persian spelling, the direction of single letters."""
_UNFIT = {
    "Cc": "a control character",
    "Cf": "an invisible character",
    "Co": "a character that has no meaning",
    "Cs": "half a character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unfit(text: str) -> str | None:
    """What makes a text unfit to be stored, filmed or shown, in words; None when nothing does.

    A line break is fit; so are the joiners of emoji and of scripts that need them.
    """
    for letter in text:
        if letter in _TURNS_TEXT:
            return "a character that turns the direction of text"
        kind = _UNFIT.get(unicodedata.category(letter))
        if kind and letter != "\n" and letter not in JOINERS:
            return kind
    return None


def check_fit(what: str, **fields: str | None) -> None:
    """Raise INVALID_OUTPUT, naming the field, when one is unfit."""
    for name, text in fields.items():
        if why := unfit(text or ""):
            raise invalid(what, f"{name} holds {why}")


def length(text: str) -> int:
    """Characters as the strictest of the remotes counts them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def invalid(what: str, why: str) -> Exception:
    """An answer that can't be used; another try may bring a better one."""
    return failed(FailureKind.INVALID_OUTPUT, f"Claude's {what} can't be used: {why}")
