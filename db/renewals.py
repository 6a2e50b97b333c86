"""Where each account's access stands, and the one place that replaces a token by its renewal."""

from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from db.pool import Pool
from db.tokens import NewTokens
from schemas.account import AccountId, Login
from schemas.failures import FailureKind
from schemas.token import TokenFacts


@dataclass(frozen=True)
class Standing:
    """One account's access."""

    account: AccountId
    login: Login
    user_id: str
    publishing: bytes = field(repr=False)
    reading: bytes | None = field(repr=False)
    set_at: datetime
    facts: TokenFacts
    trouble: str | None
    """Why the platform refused it for good; None when it did not."""
    warned_days: int | None
    """The last warning that was given, in days before the end."""
    told_at: datetime | None = None
    """When people were told of its pause; None without one, and while nobody was reached."""

    @property
    def renewable(self) -> bool:
        """Whether there is a token that can be traded: a Page's alone can't be."""
        return self.login is Login.INSTAGRAM or self.reading is not None

    def left(self, now: datetime) -> str:
        """How long the account is reached with it, for a person."""
        return "refused" if self.trouble else self.facts.left(now)


@dataclass(frozen=True)
class Renewals:
    """The token columns of `instagram_accounts`, as housekeeping sees them."""

    pool: Pool

    async def all(self) -> tuple[Standing, ...]:
        """Every account that has a token, by id."""
        sql = """
            SELECT id, login, platform_user_id, token_sealed, reading_token_sealed,
                token_set_at, token_issued_at, token_expires_at, token_scopes,
                token_checked_at, token_trouble, token_warned_days, paused_told_at
            FROM instagram_accounts WHERE token_sealed IS NOT NULL ORDER BY id
        """
        return tuple(_standing(row) for row in await self.pool.rows(sql))

    async def get(self, account: AccountId) -> Standing | None:
        """One account's, None without a token or an account."""
        sql = """
            SELECT id, login, platform_user_id, token_sealed, reading_token_sealed,
                token_set_at, token_issued_at, token_expires_at, token_scopes,
                token_checked_at, token_trouble, token_warned_days, paused_told_at
            FROM instagram_accounts WHERE token_sealed IS NOT NULL AND id = $1
        """
        row = await self.pool.row(sql, account)
        return _standing(row) if row else None

    async def replace(self, old: Standing, new: NewTokens, at: datetime) -> bool:
        """Put the renewed tokens in the place of those that were read.

        False when a person has set others meanwhile: theirs stay. A new seal around the old
        ones is no obstacle.
        """
        sql = """
            UPDATE instagram_accounts SET token_sealed = $3, reading_token_sealed = $4,
                token_set_at = $5, token_issued_at = $6, token_expires_at = $7,
                token_scopes = $8, token_checked_at = $9, token_trouble = NULL,
                token_warned_days = NULL, updated_at = now()
            WHERE id = $1 AND token_set_at = $2 RETURNING id
        """
        facts = new.facts
        known = (facts.issued_at, facts.expires_at, facts.scopes, facts.checked_at)
        row = await self.pool.write(
            sql, old.account, old.set_at, new.publishing, new.reading, at, *known
        )
        return row is not None

    async def refuse(self, old: Standing, kind: FailureKind, sentence: str) -> bool:
        """Pause the account, with the reason, unless a person has set another token meanwhile."""
        sql = """
            UPDATE instagram_accounts SET status = 'paused', paused_reason = $3,
                paused_kind = $4, token_trouble = $3, updated_at = now(),
                paused_told_at = CASE WHEN paused_kind IS NOT NULL THEN paused_told_at END
            WHERE id = $1 AND token_set_at = $2 RETURNING id
        """
        row = await self.pool.write(sql, old.account, old.set_at, sentence, kind)
        return row is not None

    async def warned(self, old: Standing, days: int) -> None:
        """Remember that this warning was given for this token."""
        sql = """
            UPDATE instagram_accounts SET token_warned_days = $3
            WHERE id = $1 AND token_set_at = $2
        """
        await self.pool.write(sql, old.account, old.set_at, days)


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(
        account=row["id"],
        login=Login(row["login"]),
        user_id=row["platform_user_id"],
        publishing=row["token_sealed"],
        reading=row["reading_token_sealed"],
        set_at=row["token_set_at"],
        facts=TokenFacts(
            issued_at=row["token_issued_at"],
            expires_at=row["token_expires_at"],
            scopes=row["token_scopes"],
            checked_at=row["token_checked_at"],
        ),
        trouble=row["token_trouble"],
        warned_days=row["token_warned_days"],
        told_at=row["paused_told_at"],
    )
