"""The Reels that wait for a person, as lists show them: a page by its key, never by its number."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from db.pool import Pool
from schemas.account import AccountDay, AccountId
from schemas.base import Frozen

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


QUEUE = """
    SELECT laid.reel_id, laid.account_id, account.handle, laid.day, laid.revision,
        laid.caption, laid.seconds, laid.created_at AS laid_at,
        reel.stage_at AS waiting_since, coalesce(reel.story->>'hook_text', '') AS hook,
        CASE WHEN account.silence = 'expire'
            THEN greatest(reel.stage_at + account.expiry_hours * interval '1 hour',
                laid.hold_until + interval '24 hours') END AS expires_at,
        laid.hold_until AS held_until,
        (SELECT count(*) FROM approval_queue AS other WHERE
            other.reel_id = laid.reel_id AND other.status = 'pending') AS captions,
        (SELECT coalesce(sum(coalesce(cost_micros, estimated_micros)), 0)::bigint
            FROM api_usage_logs WHERE reel_id = laid.reel_id) AS cost_micros
    FROM approval_queue AS laid
    JOIN generated_reels AS reel ON reel.id = laid.reel_id AND reel.outcome IS NULL
    JOIN instagram_accounts AS account ON account.id = laid.account_id
    WHERE laid.status = 'pending' AND laid.variant = 'A'
        AND (laid.created_at, laid.reel_id) > ($2, $3)
        AND ($4::text IS NULL OR laid.account_id = $4)
    ORDER BY laid.created_at, laid.reel_id LIMIT $1
"""
"""So many Reels after a place: $1 how many, $2 and $3 the place, $4 an account or none."""


class Place(Frozen):
    """Where a page of the queue begins: after this Reel."""

    laid_at: datetime
    reel: str


class Waiting(Frozen):
    """One Reel that waits."""

    reel_id: str
    account_id: AccountId
    handle: str
    day: date
    revision: str
    """Of caption A, which leads."""
    caption: str
    hook: str
    seconds: float
    captions: int
    laid_at: datetime
    waiting_since: datetime
    expires_at: datetime | None
    """None where silence does not end the review."""
    held_until: datetime | None = None
    """Until when a person asked that it waits."""
    cost_micros: int

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)

    @property
    def place(self) -> Place:
        """Where the page after this Reel begins."""
        return Place(laid_at=self.laid_at, reel=self.reel_id)


class WaitingCount(Frozen):
    """How many Reels of one account wait."""

    account_id: AccountId
    handle: str
    reels: int


@dataclass(frozen=True)
class ReviewQueue:
    """What lies undecided in `approval_queue`, oldest first.

    Caption A is always there, so it stands for its Reel: the index of migration 0012 has
    exactly these rows, in this order.
    """

    pool: Pool

    async def page(
        self, limit: int, *, account: AccountId | None = None, after: Place | None = None
    ) -> tuple[Waiting, ...]:
        """So many Reels after a place, of one account or of all."""
        begin = (after.laid_at, after.reel) if after else (BEFORE_ALL, "")
        rows = await self.pool.rows(QUEUE, limit, *begin, account)
        return tuple(Waiting(**row) for row in rows)

    async def counts(self) -> tuple[WaitingCount, ...]:
        """Each account that has something waiting, by handle."""
        sql = """
            SELECT laid.account_id, account.handle, count(*) AS reels
            FROM approval_queue AS laid
            JOIN generated_reels AS reel ON reel.id = laid.reel_id AND reel.outcome IS NULL
            JOIN instagram_accounts AS account ON account.id = laid.account_id
            WHERE laid.status = 'pending' AND laid.variant = 'A'
            GROUP BY laid.account_id, account.handle ORDER BY account.handle, laid.account_id
        """
        return tuple(WaitingCount(**row) for row in await self.pool.rows(sql))

    async def beside(self, reel: str) -> tuple[AccountDay | None, AccountDay | None]:
        """The Reels that wait before and after one, whether or not it still waits itself."""
        sql = """
            WITH here AS (
                SELECT created_at, reel_id FROM approval_queue
                WHERE reel_id = $1 AND variant = 'A' ORDER BY laying DESC LIMIT 1)
            (SELECT 'before' AS side, laid.account_id AS account, laid.day
                FROM approval_queue AS laid
                JOIN generated_reels AS reel ON reel.id = laid.reel_id AND reel.outcome IS NULL,
                here WHERE laid.status = 'pending' AND laid.variant = 'A'
                    AND (laid.created_at, laid.reel_id) < (here.created_at, here.reel_id)
                ORDER BY laid.created_at DESC, laid.reel_id DESC LIMIT 1)
            UNION ALL
            (SELECT 'after', laid.account_id, laid.day FROM approval_queue AS laid
                JOIN generated_reels AS reel ON reel.id = laid.reel_id AND reel.outcome IS NULL,
                here WHERE laid.status = 'pending' AND laid.variant = 'A'
                    AND (laid.created_at, laid.reel_id) > (here.created_at, here.reel_id)
                ORDER BY laid.created_at, laid.reel_id LIMIT 1)
        """
        rows = await self.pool.rows(sql, reel)
        sides = {row["side"]: AccountDay(account=row["account"], day=row["day"]) for row in rows}
        return sides.get("before"), sides.get("after")
