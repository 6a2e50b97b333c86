"""The ledger of what is paid for: reserved before the call, settled after it.

reserved ──> submitted ──> settled      a job, or one call, with its cost
    │  └──────────────────────^
    ├──> released                       certainly not accepted: costs nothing, may be tried again
    └──> unknown                        may have been accepted: counted, never bought twice
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

import asyncpg
from pydantic import Field

from db.failures import OverLimit, UsageConflict
from db.pool import Connection, Pool
from schemas.account import AccountId
from schemas.base import Frozen


class UsageState(StrEnum):
    """How far a paid call got."""

    RESERVED = "reserved"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    RELEASED = "released"
    UNKNOWN = "unknown"


class LimitName(StrEnum):
    """The limits there may be: of all accounts together, and of one."""

    DAY = "day"
    MONTH = "month"
    ACCOUNT_DAY = "account_day"
    ACCOUNT_MONTH = "account_month"


class UsageRow(Frozen):
    """A row of `api_usage_logs`."""

    id: str
    reel_id: str | None = None
    account_id: AccountId
    day: date
    service: str
    operation: str
    model: str
    step: str
    state: UsageState
    estimated_micros: int
    cost_micros: int | None = None
    units: dict[str, Any] = Field(default_factory=dict)
    job_id: str | None = None
    request_id: str | None = None
    outcome: str | None = None
    reserved_at: datetime
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    fresh: bool = False
    """True only for the one caller whose call made the reservation: it alone may buy."""


@dataclass(frozen=True)
class Limit:
    """What may be spent since a moment; `account` is None for all accounts together."""

    name: LimitName
    micros: int
    since: datetime
    account: AccountId | None = None


@dataclass(frozen=True)
class Usage:
    """The table `api_usage_logs`; all money in micro-dollars."""

    pool: Pool

    async def reserve(  # noqa: PLR0913 - the columns of the ledger
        self,
        reel: str | None,
        *,
        account: AccountId,
        day: date,
        service: str,
        operation: str,
        model: str,
        step: str,
        estimated_micros: int,
        limits: Iterable[Limit] = (),
    ) -> UsageRow:
        """Count the cost of a call before it is made. `step` names the call within its Reel.

        `fresh` says whether the caller may make it. A row that is there and not fresh says
        how far an earlier try got: reserved means that it died at the call, so the outcome is
        unknown. It is returned whatever the limits are by now. Again after `release`: fresh.
        Of many at once, one is fresh; and no two of them get the last of a limit. Raises
        OverLimit for the first limit that the call would pass.
        """
        found = "SELECT *, false AS fresh FROM api_usage_logs WHERE reel_id = $1 AND step = $2"
        sql = """
            INSERT INTO api_usage_logs (reel_id, account_id, day, service, operation, model,
                step, estimated_micros)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (reel_id, step) DO UPDATE SET state = 'reserved', reserved_at = now(),
                estimated_micros = excluded.estimated_micros, cost_micros = NULL,
                outcome = NULL, ended_at = NULL
            RETURNING *, true AS fresh
        """
        columns = (reel, account, day, service, operation, model, step, estimated_micros)
        async with self.pool.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('spending'))")
            row = await connection.fetchrow(found, reel, step)
            if row is None or row["state"] == UsageState.RELEASED:
                await _refuse_over(limits, estimated_micros, connection)
                row = await connection.fetchrow(sql, *columns)
        return UsageRow.model_validate(dict(row or {}))

    async def refuse_over(self, limits: Iterable[Limit], cost_micros: int) -> None:
        """Reserve nothing, but raise OverLimit as a call of this cost would."""
        async with self.pool.transaction() as connection:
            await _refuse_over(limits, cost_micros, connection)

    async def get(self, usage: str) -> UsageRow | None:
        """One row by its id."""
        row = await self.pool.row("SELECT * FROM api_usage_logs WHERE id = $1", usage)
        return UsageRow.model_validate(dict(row)) if row else None

    async def by_job(self, service: str, job_id: str) -> UsageRow | None:
        """The row of one bought job."""
        sql = "SELECT * FROM api_usage_logs WHERE service = $1 AND job_id = $2"
        row = await self.pool.row(sql, service, job_id)
        return UsageRow.model_validate(dict(row)) if row else None

    async def by_step(self, reel: str, step: str) -> UsageRow | None:
        """The row of one call within its Reel."""
        sql = "SELECT * FROM api_usage_logs WHERE reel_id = $1 AND step = $2"
        row = await self.pool.row(sql, reel, step)
        return UsageRow.model_validate(dict(row)) if row else None

    async def submitted(self, usage: str, job_id: str, estimated_micros: int | None = None) -> None:
        """Keep the id of the job that was bought. Again with the same id: changes nothing.

        `estimated_micros` is what the provider says that it will cost; None keeps the estimate
        that was reserved. Raises UsageConflict for another id, or a job that another row has.
        """
        sql = """
            UPDATE api_usage_logs SET state = 'submitted', job_id = $2,
                estimated_micros = coalesce($3, estimated_micros),
                submitted_at = coalesce(submitted_at, now())
            WHERE id = $1 AND (state IN ('reserved', 'unknown')
                OR (state = 'submitted' AND job_id = $2))
            RETURNING id
        """
        try:
            moved = await self.pool.write(sql, usage, job_id, estimated_micros)
        except asyncpg.UniqueViolationError as error:
            raise UsageConflict(f"job {job_id} stands in another row of the ledger") from error
        if moved is None:
            await self._must_be(usage, UsageState.SETTLED, job_id=job_id)

    async def settle(
        self,
        usage: str,
        cost_micros: int,
        *,
        units: dict[str, Any] | None = None,
        request_id: str | None = None,
        outcome: str = "ok",
    ) -> bool:
        """Write down what a call or job cost, also when it failed. Again: changes nothing.

        Returns whether this call changed the row. Raises UsageConflict for a released row, or
        one settled at another cost.
        """
        sql = """
            UPDATE api_usage_logs SET state = 'settled', cost_micros = $2, units = $3,
                request_id = $4, outcome = $5, ended_at = now()
            WHERE id = $1 AND state IN ('reserved', 'submitted', 'unknown')
            RETURNING id
        """
        if await self.pool.write(sql, usage, cost_micros, units or {}, request_id, outcome):
            return True
        return await self._must_be(usage, UsageState.SETTLED, cost_micros=cost_micros)

    async def release(self, usage: str, reason: str) -> bool:
        """Free what was reserved: the call was certainly not accepted. Again: changes nothing.

        Returns whether this call changed the row. Raises UsageConflict for a row that has a
        job or a cost.
        """
        sql = """
            UPDATE api_usage_logs SET state = 'released', cost_micros = 0, outcome = $2,
                ended_at = now()
            WHERE id = $1 AND state IN ('reserved', 'unknown') RETURNING id
        """
        if await self.pool.write(sql, usage, reason):
            return True
        return await self._must_be(usage, UsageState.RELEASED)

    async def unknown(self, usage: str) -> bool:
        """Keep the cost counted: the call may have been accepted. Again: changes nothing.

        Returns whether this call changed the row. Raises UsageConflict for a row whose outcome
        is known.
        """
        sql = """
            UPDATE api_usage_logs SET state = 'unknown' WHERE id = $1 AND state = 'reserved'
            RETURNING id
        """
        if await self.pool.write(sql, usage):
            return True
        return await self._must_be(usage, UsageState.UNKNOWN)

    async def spent(self, account: AccountId | None, since: datetime) -> int:
        """What calls since then cost or may cost; None is all accounts together."""
        row = await self.pool.row(*_spent(account, since))
        return int(row["spent"]) if row else 0

    async def by_service(self, reel: str) -> dict[str, int]:
        """What a Reel cost or may cost, by service."""
        sql = """
            SELECT service, sum(coalesce(cost_micros, estimated_micros))::bigint AS spent
            FROM api_usage_logs WHERE reel_id = $1 GROUP BY service ORDER BY service
        """
        return {row["service"]: row["spent"] for row in await self.pool.rows(sql, reel)}

    async def _must_be(self, usage: str, state: UsageState, **facts: object) -> Literal[False]:
        row = await self.get(usage)
        if row is None:
            raise UsageConflict(f"there is no row {usage!r} in the ledger")
        if row.state is not state or any(getattr(row, name) != facts[name] for name in facts):
            raise UsageConflict(
                f"{row.service} {row.step} is {row.state.value} in the ledger already"
            )
        return False


async def _refuse_over(limits: Iterable[Limit], cost_micros: int, connection: Connection) -> None:
    for limit in limits:
        spent = int(await connection.fetchval(*_spent(limit.account, limit.since)))
        if spent + cost_micros > limit.micros:
            raise OverLimit(limit.name, limit.micros, spent, cost_micros)


def _spent(account: AccountId | None, since: datetime) -> tuple[Any, ...]:
    """A statement and its arguments: released calls count nothing, unknown ones in full."""
    sql = """
        SELECT coalesce(sum(coalesce(cost_micros, estimated_micros)), 0)::bigint AS spent
        FROM api_usage_logs WHERE reserved_at >= $1
    """
    if account is None:
        return sql, since
    # Two statements, so that each is planned with the index that serves it.
    return f"{sql} AND account_id = $2", since, account
