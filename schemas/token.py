"""What is known of an account's access, apart from the tokens themselves."""

from datetime import datetime, timedelta

from schemas.base import Frozen

YOUNGEST = timedelta(hours=24)
"""Instagram renews no token that is younger."""

WARN_DAYS = (14, 7, 2)
"""Days before its end at which a token that was not renewed is told of."""


class TokenFacts(Frozen):
    """Of the token that is renewed: the Instagram user's, or Facebook Login's user token."""

    issued_at: datetime | None = None
    """UTC; None when nobody knows."""
    expires_at: datetime | None = None
    """UTC; None: never."""
    scopes: tuple[str, ...] = ()
    """What it may do, by the platform's names; empty when nobody asked."""
    checked_at: datetime | None = None
    """When the platform last confirmed all this; None: never."""

    def is_due(self, set_at: datetime, now: datetime) -> bool:
        """Whether it is to be renewed: at half of its life, and never within its first day.

        Of one whose issue nobody knows the end is a guess, and the latest possible: it is
        renewed as soon as it is a day old for certain, and its end is known from then on.
        """
        if self.expires_at is None or now - (self.issued_at or set_at) < YOUNGEST:
            return False
        if self.issued_at is None:
            return True
        return now >= self.issued_at + (self.expires_at - self.issued_at) / 2

    def days_left(self, now: datetime) -> int | None:
        """Whole days until its end, below 0 when it has ended; None without an end."""
        return None if self.expires_at is None else (self.expires_at - now).days

    def warning(self, now: datetime) -> int | None:
        """The smallest of WARN_DAYS that is reached, None while none is."""
        if self.expires_at is None:
            return None
        left = self.expires_at - now
        return min((days for days in WARN_DAYS if left <= timedelta(days=days)), default=None)

    def left(self, now: datetime) -> str:
        """How long it still lives, for a person."""
        days = self.days_left(now)
        if days is None:
            return "no end"
        if days < 0:
            return "ended"
        return f"{days} days" if self.issued_at else f"at most {days} days"
