"""A person's wish that something of a Reel is made once more."""

from schemas.base import Frozen


class Anew(Frozen):
    """Which request it is, and what is wrong with what there is."""

    id: str
    """Of the decision: what is made for it is made, and paid for, once."""
    note: str
    """In the person's words: data for a prompt, never instruction."""
