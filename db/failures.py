"""What the database can answer instead of rows, grouped by what the caller should do.

DatabaseError
├── DatabaseDown           not reached, or the connection broke: the same call may work later
├── NotMigrated            the schema is older than the code: a person runs `admin.py migrate`
└── Refused                an invariant said no, and nothing was written
    ├── AccountExists, UnknownAccount, PersonExists, UnknownReel
    ├── NotApproved        no approval of exactly this revision
    ├── NotTrusted         an automatic approval that was not earned, or was taken back
    ├── AccountIsPaused    nothing of the account goes out for now
    ├── StaleContainer     the container is not the one that the row holds
    ├── AlreadyPublished   the Reel is out
    ├── PostConflict       another post is recorded
    ├── NotPublished       the day cannot end as published
    ├── UsageConflict      the row of the ledger stands elsewhere
    └── OverLimit          the call would pass a limit of what may be spent
TokenUnreadable            a sealed token does not open with the keys at hand
"""

from schemas.failures import FailureKind


class DatabaseError(Exception):
    """The database did not do what was asked; `kind` names it for a workflow."""

    kind = FailureKind.BAD_REQUEST


class DatabaseDown(DatabaseError):
    """The database was not reached, or the connection broke before the answer.

    Every write of this layer may be repeated, so the caller may simply try again.
    """

    kind = FailureKind.UNAVAILABLE

    def __init__(self, place: str, reason: str) -> None:
        """`place` is host:port, never the whole URL: that holds the password."""
        super().__init__(f"the database at {place} {reason}")
        self.place = place
        self.reason = reason


class NotMigrated(DatabaseError):
    """The database lacks tables or columns that this code needs."""

    kind = FailureKind.CONFIGURATION

    def __init__(self, place: str) -> None:
        """`place` is host:port."""
        super().__init__(f"the database at {place} is not migrated: run `python admin.py migrate`")
        self.place = place


class Refused(DatabaseError):
    """An invariant of the schema said no; nothing was written."""


class AccountExists(Refused):
    """The account id, or the Instagram user behind it, is there already."""


class UnknownAccount(Refused):
    """There is no such account."""


class PersonExists(Refused):
    """Another person has the e-mail address or the user id already."""


class UnknownReel(Refused):
    """There is no such Reel."""


class NotApproved(Refused):
    """No person has approved exactly this revision, so it is not published."""

    kind = FailureKind.NOT_APPROVED


class NotTrusted(Refused):
    """The account has not earned automatic approval of this, or does not allow it any more."""

    kind = FailureKind.NOT_APPROVED


class AccountIsPaused(Refused):
    """The account is paused: nothing of it is published before it is resumed."""

    kind = FailureKind.ACCOUNT_PAUSED


class StaleContainer(Refused):
    """The container is not the one that the Reel holds now: it is not published."""

    kind = FailureKind.CONTAINER_GONE


class AlreadyPublished(Refused):
    """The Reel is out: nothing about it is changed or published again."""


class PostConflict(Refused):
    """Another post is recorded for the Reel, or the post for another Reel."""


class NotPublished(Refused):
    """A day without a post cannot end as published."""


class UsageConflict(Refused):
    """The row of the ledger is in a state that this step does not follow."""


class OverLimit(Refused):
    """A call that may cost `cost_micros` would pass a limit; nothing was reserved."""

    kind = FailureKind.OVER_BUDGET

    def __init__(self, name: str, limit_micros: int, spent_micros: int, cost_micros: int) -> None:
        """`name` is one of `LimitName`; `spent_micros` counts what is reserved, too."""
        super().__init__(f"the limit {name} does not cover the call")
        self.name = name
        self.limit_micros = limit_micros
        self.spent_micros = spent_micros
        self.cost_micros = cost_micros


class TokenUnreadable(Exception):
    """A sealed token does not open: another account's, a lost key, or damage."""

    kind = FailureKind.CONFIGURATION
