"""The digest: one letter a person and day with the Reels that wait for that person."""

from datetime import date
from enum import StrEnum

from schemas.base import Frozen


class DigestRun(Frozen):
    """Nothing has to be said: every digest that is due is sent."""


class Digest(Frozen):
    """One person's digest of one day."""

    person: str
    """The name that the person's decisions carry."""
    day: date
    """On the person's own calendar."""


class DigestPlan(Frozen):
    """The digests that are due."""

    digests: tuple[Digest, ...]


class DigestOutcome(StrEnum):
    """What became of a digest."""

    SENT = "sent"
    EMPTY = "empty"
    """Nothing waited for the person."""
    REFUSED = "refused"
    """The mail server does not take it, and never will."""
    UNKNOWN = "unknown"
    """It was handed over, and the answer was lost: it is not sent again."""
    LEFT_OUT = "left out"
    """The person gets none any more, or the day is over."""
    FAILED = "failed"
    """It was certainly not sent, and is tried again while the day lasts."""


class DigestResult(Frozen):
    """How it went with one digest."""

    digest: Digest
    outcome: DigestOutcome
    reels: int = 0
    detail: str = ""
    """Why it was not sent."""


class DigestResults(Frozen):
    """How it went with all that were due."""

    digests: tuple[DigestResult, ...]
