"""Housekeeping: what is done once a day for all accounts together."""

from enum import StrEnum

from schemas.account import AccountId
from schemas.base import Frozen


class HousekeepingInput(Frozen):
    """Nothing has to be said: everything that is due is done."""


class RenewalPlan(Frozen):
    """The accounts whose token is due."""

    accounts: tuple[AccountId, ...]


class RenewalRequest(Frozen):
    """Asks for a younger token for one account."""

    account: AccountId


class RenewalOutcome(StrEnum):
    """What became of one account's token."""

    RENEWED = "renewed"
    UNCHANGED = "unchanged"
    """It was not due any more: a person, or an earlier try, was faster."""
    PAUSED = "paused"
    """The platform refused it for good, and the account waits for a person."""
    FAILED = "failed"
    """It goes on with the old one, and is tried again tomorrow."""


class Renewal(Frozen):
    """How it went with one account."""

    account: AccountId
    outcome: RenewalOutcome
    detail: str = ""


class Renewals(Frozen):
    """How it went with all that were due."""

    accounts: tuple[Renewal, ...]

    def of(self, outcome: RenewalOutcome) -> tuple[Renewal, ...]:
        """Those that came out like this."""
        return tuple(one for one in self.accounts if one.outcome is outcome)


class Told(Frozen):
    """Who or what a message was about; empty when there was nothing to tell."""

    names: tuple[str, ...] = ()


class HousekeepingResult(Frozen):
    """What a day's housekeeping did."""

    renewals: Renewals
    warned: Told | None = None
    """Accounts whose access ends soon, or was lost untold; None when that step failed."""
    reminded: Told | None = None
    """Secrets that are to be changed; None when that step failed."""
