"""How long the gameplay pool lasts."""

from collections.abc import Sequence

from schemas.account import AccountId
from schemas.base import Frozen

NEARLY_DRY_DAYS = 14
"""Fewer days than these are told: time enough to record or to license more."""

TOLD = 5
"""Accounts that are named in one sentence."""


class Supply(Frozen):
    """What the pool still holds for one account, at a Reel a day."""

    account: AccountId
    free: int
    """Windows that it has not shown in the last 90 days."""
    days: int | None
    """Until a stretch comes again; None when windows come free as fast as they are used."""

    @property
    def nearly_dry(self) -> bool:
        """Whether a person has to be told."""
        return self.days is not None and self.days < NEARLY_DRY_DAYS


def short_of(supplies: Sequence[Supply]) -> str:
    """A sentence for people: how many days the first few accounts have left."""
    left = [f"{one.account} {one.days} days" for one in supplies[:TOLD]]
    more = f" and {len(supplies) - TOLD} more accounts" if len(supplies) > TOLD else ""
    return f"gameplay not yet shown lasts {', '.join(left)}{more}"


class PoolStats(Frozen):
    """What is in the pool, in clips and seconds."""

    raw_clips: int
    raw_seconds: float
    normalised_clips: int
    normalised_seconds: float
    retired_clips: int
    retired_seconds: float
    unlicensed: int
    """Originals whose licence nobody has stated."""
    uncut: int
    """Originals whose import was interrupted."""
    windows: int
    """Taken in the last 90 days and held."""
    repeated: int
    given_back: int
