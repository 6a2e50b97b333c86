"""What went wrong, for people who look into a day."""

from dataclasses import dataclass
from datetime import date, datetime

from db.pool import Pool
from db.text import storable
from schemas.account import AccountDay
from schemas.base import Frozen

MESSAGE_LIMIT = 4000
"""Characters; the rest of a longer message helps nobody."""


class ErrorRow(Frozen):
    """A row of `error_logs`."""

    id: int
    account_id: str | None = None
    day: date | None = None
    step: str
    kind: str
    message: str
    attempt: int
    at: datetime


@dataclass(frozen=True)
class ErrorLog:
    """The table `error_logs`."""

    pool: Pool

    async def record(
        self, key: AccountDay | None, *, step: str, kind: str, message: str, attempt: int = 1
    ) -> None:
        """Append one failure; `key` is None when it belongs to no day. Again: one more row."""
        sql = """
            INSERT INTO error_logs (account_id, day, step, kind, message, attempt)
            VALUES ($1, $2, $3, $4, $5, $6)
        """
        await self.pool.write(
            sql,
            key.account if key else None,
            key.day if key else None,
            step,
            kind,
            storable(message)[:MESSAGE_LIMIT],
            attempt,
        )

    async def of_day(self, key: AccountDay) -> tuple[ErrorRow, ...]:
        """The failures of a day, in order."""
        sql = "SELECT * FROM error_logs WHERE account_id = $1 AND day = $2 ORDER BY id"
        rows = await self.pool.rows(sql, key.account, key.day)
        return tuple(ErrorRow.model_validate(dict(row)) for row in rows)
