"""Access tokens, sealed, and what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from db.cipher import Purpose, TokenCipher
from db.failures import UnknownAccount
from db.pool import Pool
from schemas.account import AccountId
from schemas.token import TokenFacts


@dataclass(frozen=True)
class SealedToken:
    """One token as it stands in the database."""

    account: AccountId
    purpose: Purpose
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class NewTokens:
    """What an account is given, in the place of all that it had."""

    publishing: bytes = field(repr=False)
    reading: bytes | None = field(default=None, repr=False)
    facts: TokenFacts = field(default_factory=TokenFacts)

    @classmethod
    def sealed(
        cls,
        cipher: TokenCipher,
        account: AccountId,
        *,
        publishing: str,
        reading: str | None,
        facts: TokenFacts,
    ) -> Self:
        """Seal what a platform handed out, each token for its own column."""
        return cls(
            publishing=cipher.seal(account, publishing),
            reading=None if reading is None else cipher.seal(account, reading, Purpose.READING),
            facts=facts,
        )


_COLUMNS = {Purpose.PUBLISHING: "token_sealed", Purpose.READING: "reading_token_sealed"}
_RESEAL = {
    purpose: f"UPDATE instagram_accounts SET {column} = $3 WHERE id = $1 AND {column} = $2"  # noqa: S608 - one of two constants
    for purpose, column in _COLUMNS.items()
}


@dataclass(frozen=True)
class Tokens:
    """The token columns of `instagram_accounts`."""

    pool: Pool

    async def set(self, account: AccountId, new: NewTokens, at: datetime) -> None:
        """Put these in the place of the old ones, with all that is known of them, at once.

        Raises UnknownAccount.
        """
        sql = """
            UPDATE instagram_accounts SET token_sealed = $2, reading_token_sealed = $3,
                token_set_at = $4, token_issued_at = $5, token_expires_at = $6,
                token_scopes = $7, token_checked_at = $8, token_trouble = NULL,
                token_warned_days = NULL, updated_at = now()
            WHERE id = $1 RETURNING id
        """
        facts = new.facts
        known = (facts.issued_at, facts.expires_at, facts.scopes, facts.checked_at)
        if await self.pool.write(sql, account, new.publishing, new.reading, at, *known) is None:
            raise UnknownAccount(f"there is no account {account!r}")

    async def all(self) -> tuple[SealedToken, ...]:
        """Every token of every account, by account and purpose."""
        return await self.not_sealed_as(b"", None, None)

    async def not_sealed_as(
        self, mark: bytes, after: SealedToken | None, limit: int | None
    ) -> tuple[SealedToken, ...]:
        """Tokens that don't begin with `mark`, by account and purpose, behind `after`.

        An empty mark leaves none out; None for `limit` is no limit.
        """
        sql = """
            SELECT account, purpose, sealed FROM (
                SELECT id AS account, 'ig_token' AS purpose, token_sealed AS sealed
                FROM instagram_accounts
                UNION ALL
                SELECT id, 'reading_token', reading_token_sealed FROM instagram_accounts
            ) AS tokens
            WHERE sealed IS NOT NULL AND (account, purpose) > ($2, $3)
                AND ($1 = ''::bytea OR substring(sealed FROM 1 FOR length($1)) <> $1)
            ORDER BY account, purpose LIMIT $4
        """
        place = (after.account, after.purpose.value) if after else ("", "")
        rows = await self.pool.rows(sql, mark, *place, limit)
        return tuple(
            SealedToken(row["account"], Purpose(row["purpose"]), row["sealed"]) for row in rows
        )

    async def reseal(self, changes: Iterable[tuple[SealedToken, bytes]]) -> int:
        """Put another seal in the place of each that still stands; all at once, or none.

        Returns how many: one that was set anew meanwhile is left as it is.
        """
        done = 0
        async with self.pool.transaction() as connection:
            for old, sealed in changes:
                said = await connection.execute(
                    _RESEAL[old.purpose], old.account, old.sealed, sealed
                )
                done += said == "UPDATE 1"
        return done
