"""What the pages of one Reel, of the calendar and of the accounts show."""

from dataclasses import dataclass
from datetime import date, datetime

from db.approval_row import ApprovalRow
from db.laying import rows
from db.pool import Pool
from schemas.account import AccountDay, AccountId, AccountStatus
from schemas.base import Frozen
from schemas.day import Outcome, Stage
from schemas.token import TokenFacts


class StepCost(Frozen):
    """What one paid call of a Reel cost, or may cost."""

    step: str
    service: str
    operation: str
    model: str
    state: str
    micros: int
    at: datetime


class CalendarDay(Frozen):
    """One account on one date."""

    account_id: AccountId
    day: date
    stage: Stage
    stage_at: datetime
    outcome: Outcome | None = None
    reason: str | None = None
    revision: str | None = None
    permalink: str | None = None

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)


class AccountLine(Frozen):
    """One account and how it does."""

    id: AccountId
    handle: str
    theme: str
    status: AccountStatus
    paused_reason: str | None = None
    start_time: str
    zone: str
    token: TokenFacts | None = None
    """None without a token."""
    token_trouble: str | None = None
    waiting: int
    """Reels that wait for a person."""
    attention: int
    """Days that are parked."""
    published: int
    """Reels that went out in the last 30 days."""
    last_published_at: datetime | None = None


@dataclass(frozen=True)
class ReviewPages:
    """Reads for people, over several tables at once."""

    pool: Pool

    async def laid(self, reel: str) -> tuple[ApprovalRow, ...]:
        """Every revision that was ever laid before people for a Reel, the newest first."""
        sql = """
            SELECT * FROM approval_queue WHERE reel_id = $1
            ORDER BY laying DESC, variant, created_at LIMIT 40
        """
        return rows(await self.pool.rows(sql, reel))

    async def costs(self, reel: str) -> tuple[StepCost, ...]:
        """Every call that a Reel paid for, in order; one that was not accepted cost nothing."""
        sql = """
            SELECT step, service, operation, model, state,
                coalesce(cost_micros, estimated_micros) AS micros, reserved_at AS at
            FROM api_usage_logs WHERE reel_id = $1 AND state <> 'released'
            ORDER BY reserved_at, step LIMIT 200
        """
        return tuple(StepCost(**row) for row in await self.pool.rows(sql, reel))

    async def calendar(self, first: date, last: date) -> tuple[CalendarDay, ...]:
        """The days of all accounts from one date to another, both inside."""
        sql = """
            SELECT account_id, day, stage, stage_at, outcome, reason, revision, permalink
            FROM generated_reels WHERE day BETWEEN $1 AND $2 ORDER BY day, account_id
        """
        return tuple(CalendarDay(**row) for row in await self.pool.rows(sql, first, last))

    async def accounts(self) -> tuple[AccountLine, ...]:
        """Every account, by handle."""
        sql = """
            SELECT account.id, handle, theme, status, paused_reason, start_time, zone,
                token_sealed IS NOT NULL AS has_token, token_issued_at, token_expires_at,
                token_scopes, token_checked_at, token_trouble, counts.*
            FROM instagram_accounts AS account CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE outcome IS NULL AND stage = 'review') AS waiting,
                    count(*) FILTER (
                        WHERE outcome IS NULL AND stage = 'needs-attention') AS attention,
                    count(*) FILTER (
                        WHERE published_at > now() - interval '30 days') AS published,
                    max(published_at) AS last_published_at
                FROM generated_reels WHERE account_id = account.id
                    AND day > current_date - 90) AS counts
            ORDER BY handle, account.id
        """
        return tuple(_line(dict(row)) for row in await self.pool.rows(sql))


def _line(row: dict[str, object]) -> AccountLine:
    known = ("issued_at", "expires_at", "scopes", "checked_at")
    facts = {name: row[f"token_{name}"] for name in known}
    token = TokenFacts.model_validate(facts) if row["has_token"] else None
    return AccountLine.model_validate({**row, "token": token})
