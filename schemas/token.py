"""What is known of an account's access, apart from the tokens themselves."""

from datetime import datetime

from schemas.base import Frozen


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
