"""What was spent, out of the ledger: by day, by account, by service, by video.

A call belongs to the day of UTC on which it was reserved, as it does for the budgets. All
amounts are micro-dollars; a released call cost nothing and is left out.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from db.pool import Pool
from schemas.account import AccountId
from schemas.base import Frozen


class CostsBy(StrEnum):
    """What one line of costs is about."""

    DAY = "day"
    ACCOUNT = "account"
    SERVICE = "service"


@dataclass(frozen=True)
class Span:
    """From a moment on, and before another; `account` is None for all accounts together."""

    since: datetime
    until: datetime
    account: AccountId | None = None


class Amounts(Frozen):
    """What is certain, and what may come to it."""

    settled_micros: int = 0
    reserved_micros: int = 0
    """Of calls and jobs that are under way: what they are expected to cost."""
    unknown_micros: int = 0
    """Of calls that may have been accepted: counted in full until a person knows."""

    @property
    def counted_micros(self) -> int:
        """What the budgets count."""
        return self.settled_micros + self.reserved_micros + self.unknown_micros


class CostLine(Amounts):
    """The calls of one day, account or service."""

    what: str
    calls: int


class VideoCost(Amounts):
    """Everything that was paid for the Reel of one day, in whichever month."""

    account_id: AccountId
    day: date
    published_at: datetime
    permalink: str | None = None


class Pace(Frozen):
    """What account-days cost lately."""

    micros: int
    account_days: int


class Cached(Frozen):
    """What the prompt cache did, as each call's row tells it."""

    saved_micros: int
    """Below what the same calls would have cost without marks; negative when they cost more."""
    read_tokens: int
    prompt_tokens: int
    """Everything that was read, out of the cache and anew."""


@dataclass(frozen=True)
class Costs:
    """Sums over `api_usage_logs`."""

    pool: Pool

    async def by(self, by: CostsBy, span: Span) -> tuple[CostLine, ...]:
        """One line for each day, account or service with a call in the span, in order."""
        sql = """
            SELECT CASE $4 WHEN 'day' THEN (reserved_at AT TIME ZONE 'UTC')::date::text
                           WHEN 'account' THEN account_id ELSE service END AS what,
                count(*) AS calls,
                coalesce(sum(cost_micros), 0)::bigint AS settled_micros,
                coalesce(sum(estimated_micros) FILTER (
                    WHERE state IN ('reserved', 'submitted')), 0)::bigint AS reserved_micros,
                coalesce(sum(estimated_micros) FILTER (
                    WHERE state = 'unknown'), 0)::bigint AS unknown_micros
            FROM api_usage_logs
            WHERE reserved_at >= $1 AND reserved_at < $2 AND state <> 'released'
                AND ($3::text IS NULL OR account_id = $3)
            GROUP BY 1 ORDER BY 1
        """
        rows = await self.pool.rows(sql, span.since, span.until, span.account, by.value)
        return tuple(CostLine(**row) for row in rows)

    async def by_video(self, span: Span) -> tuple[VideoCost, ...]:
        """One line for each Reel that was published in the span, the last one at the end."""
        sql = """
            SELECT reels.account_id, reels.day, reels.published_at, reels.permalink, sums.*
            FROM generated_reels AS reels CROSS JOIN LATERAL (
                SELECT coalesce(sum(cost_micros), 0)::bigint AS settled_micros,
                    coalesce(sum(estimated_micros) FILTER (
                        WHERE state IN ('reserved', 'submitted')), 0)::bigint AS reserved_micros,
                    coalesce(sum(estimated_micros) FILTER (
                        WHERE state = 'unknown'), 0)::bigint AS unknown_micros
                FROM api_usage_logs WHERE reel_id = reels.id) AS sums
            WHERE reels.published_at >= $1 AND reels.published_at < $2
                AND ($3::text IS NULL OR reels.account_id = $3)
            ORDER BY reels.published_at, reels.id
        """
        rows = await self.pool.rows(sql, span.since, span.until, span.account)
        return tuple(VideoCost(**row) for row in rows)

    async def pace(self, span: Span) -> Pace:
        """What the calls of the span count, and of how many account-days they are."""
        sql = """
            SELECT coalesce(sum(coalesce(cost_micros, estimated_micros)), 0)::bigint AS micros,
                count(DISTINCT (account_id, day)) AS account_days
            FROM api_usage_logs
            WHERE reserved_at >= $1 AND reserved_at < $2 AND state <> 'released'
                AND ($3::text IS NULL OR account_id = $3)
        """
        row = await self.pool.row(sql, span.since, span.until, span.account)
        return Pace(**row) if row else Pace(micros=0, account_days=0)

    async def cached(self, span: Span) -> Cached:
        """What the prompt cache saved, measured over the calls that were settled."""
        sql = """
            SELECT coalesce(sum((units->>'cache_saved_micros')::bigint), 0)::bigint
                    AS saved_micros,
                coalesce(sum((units->>'cache_read_tokens')::bigint), 0)::bigint AS read_tokens,
                coalesce(sum(coalesce((units->>'input_tokens')::bigint, 0)
                    + coalesce((units->>'cache_written_tokens')::bigint, 0)
                    + coalesce((units->>'cache_read_tokens')::bigint, 0)), 0)::bigint
                    AS prompt_tokens
            FROM api_usage_logs
            WHERE reserved_at >= $1 AND reserved_at < $2 AND state = 'settled'
                AND ($3::text IS NULL OR account_id = $3) AND units ? 'input_tokens'
        """
        row = await self.pool.row(sql, span.since, span.until, span.account)
        return Cached(**row) if row else Cached(saved_micros=0, read_tokens=0, prompt_tokens=0)


def month_of(first: date, account: AccountId | None = None) -> Span:
    """The month of UTC that begins on a date."""
    since = datetime(first.year, first.month, 1, tzinfo=UTC)
    return Span(since, (since + timedelta(days=31)).replace(day=1), account)
