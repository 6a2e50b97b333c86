"""Automatic approval: what an account has earned, what was weighed, and the way back."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db import laying
from db.pool import Pool
from db.text import storable
from schemas.account import AccountId, ReviewPolicy
from schemas.base import Frozen
from schemas.trust import TrackRecord, TrustStanding

_STANDINGS = """
    WITH asked AS (
        SELECT id AS account_id, auto_approval_since IS NOT NULL AS auto_approval,
            auto_after_posts, auto_unchanged_share, auto_sampled_share,
            auto_approval_stopped_by AS stopped_by
        FROM instagram_accounts
        WHERE id = $1 OR ($1::text IS NULL
            AND num_nonnulls(auto_approval_since, auto_approval_stopped_by) > 0)
    ), posted AS (
        SELECT asked.account_id, newest.* FROM asked CROSS JOIN LATERAL (
            SELECT approval.day, approval.reel_id,
                coalesce(approval.carried_from, approval.revision) AS seen
            FROM approval_queue AS approval JOIN generated_reels AS reel
                ON reel.id = approval.reel_id
            WHERE approval.account_id = asked.account_id AND approval.status = 'approved'
                AND approval.channel <> 'policy' AND reel.published_at IS NOT NULL
            ORDER BY approval.day DESC LIMIT asked.auto_after_posts) AS newest
    ), judged AS (
        SELECT posted.account_id, posted.day, seen.variant = 'A'
            AND seen.created_at = (SELECT min(created_at) FROM approval_queue
                WHERE reel_id = posted.reel_id)
            AND NOT EXISTS (SELECT FROM decision_log AS said
                WHERE said.account_id = posted.account_id AND said.day = posted.day
                    AND accepted AND verdict IN ('reject', 'edit', 'changes')) AS unchanged
        FROM posted JOIN approval_queue AS seen
            ON seen.reel_id = posted.reel_id AND seen.revision = posted.seen
    ), summed AS (
        SELECT asked.account_id, count(judged.day) AS posts, min(judged.day) AS oldest,
            count(*) FILTER (WHERE unchanged) AS unchanged, array_agg(judged.day) AS days
        FROM asked LEFT JOIN judged USING (account_id) GROUP BY asked.account_id
    )
    SELECT asked.*, posts, unchanged, posts + lost.days AS reviewed
    FROM asked JOIN summed USING (account_id) CROSS JOIN LATERAL (
        SELECT count(*) AS days FROM (
            SELECT day FROM decision_log AS said WHERE said.account_id = asked.account_id
                AND accepted AND verdict IN ('reject', 'edit', 'changes')
            UNION SELECT day FROM generated_reels AS reel
                WHERE reel.account_id = asked.account_id AND outcome = 'expired') AS ended
        WHERE ended.day <> ALL (array_remove(summed.days, NULL))
            AND (posts < auto_after_posts OR ended.day > oldest)) AS lost
    ORDER BY asked.account_id
"""
"""The record of one account, or of all that may go unseen or were stopped.

The newest posts that people approved, as many as the policy asks for, and the days on which
people ended a review otherwise, or let it expire, since the oldest of them. What was sent back
is what the log says, which only grows: a reset of the day takes nothing away.
"""

_RECALLED = """
    SELECT recalled.reviewer FROM approval_queue AS approval
    JOIN trust_recalls AS recalled ON recalled.reel_id = approval.reel_id
        AND recalled.round = approval.round
        AND recalled.revision = coalesce(approval.carried_from, approval.revision)
    WHERE approval.reel_id = $1 AND approval.status = 'approved' AND approval.channel = 'policy'
"""
"""Who called back the automatic approval that a Reel has."""


class Weighing(Frozen):
    """A row of `trust_weighings`: what was found when a draft was laid."""

    record: TrackRecord
    earned: bool
    sampled: bool
    weighed_at: datetime


@dataclass(frozen=True)
class Trust:
    """What accounts allow, and `trust_weighings` and `trust_recalls`, which only grow."""

    pool: Pool

    async def standing(self, account: AccountId) -> TrustStanding | None:
        """Where an account stands; None when there is no such account."""
        row = await self.pool.row(_STANDINGS, account)
        return _standing(row) if row else None

    async def standings(self) -> tuple[TrustStanding, ...]:
        """The same of each account that allows automatic approval, or whose people stopped it."""
        return tuple(_standing(row) for row in await self.pool.rows(_STANDINGS, None))

    async def allow(self, account: AccountId) -> None:
        """Allow it from now on. Again: since when stays. Raises Refused where two approve."""
        sql = """
            UPDATE instagram_accounts SET auto_approval_stopped_by = NULL,
                auto_approval_since = coalesce(auto_approval_since, now()), updated_at = now()
            WHERE id = $1
        """
        await self.pool.write(sql, account)

    async def stop(self, account: AccountId, by: str) -> bool:
        """Take it back at once: what it approved and is not out counts no more. False when off."""
        sql = """
            UPDATE instagram_accounts SET auto_approval_since = NULL,
                auto_approval_stopped_by = $2, updated_at = now()
            WHERE id = $1 AND auto_approval_since IS NOT NULL RETURNING id
        """
        return await self.pool.write(sql, account, by) is not None

    async def weigh(
        self, reel: str, revision: str, found: TrustStanding, *, sampled: bool
    ) -> Weighing:
        """Write down what was found when a revision was laid. Again in its round: as it was found.

        The revision must lie before people.
        """
        insert = """
            INSERT INTO trust_weighings (reel_id, revision, round, account_id, posts, reviewed,
                unchanged, earned, sampled)
            SELECT reel_id, revision, round, account_id, $3, $4, $5, $6, $7 FROM approval_queue
            WHERE reel_id = $1 AND revision = $2
            ON CONFLICT DO NOTHING
        """
        record = found.record
        counts = (record.posts, record.reviewed, record.unchanged)
        await self.pool.write(insert, reel, revision, *counts, found.earned, sampled)
        sql = """
            SELECT weighed.* FROM trust_weighings AS weighed
            JOIN approval_queue AS laid USING (reel_id, revision, round)
            WHERE reel_id = $1 AND revision = $2
        """
        (row,) = await self.pool.rows(sql, reel, revision)
        return Weighing.model_validate({**row, "record": dict(row)})

    async def earned_before(self, account: AccountId, reel: str) -> bool:
        """Whether the account had earned it when the Reel before this one was laid."""
        sql = """
            SELECT earned FROM trust_weighings WHERE account_id = $1 AND reel_id <> $2
            ORDER BY weighed_at DESC LIMIT 1
        """
        row = await self.pool.row(sql, account, reel)
        return row is not None and row["earned"]

    async def stands(self, reel: str, revision: str) -> bool:
        """Whether a revision has an automatic approval that is allowed ever since it was given.

        Whether it was called back is said by `recalled_by`.
        """
        sql = """
            SELECT FROM approval_queue AS approval
            JOIN trust_weighings AS weighed ON weighed.reel_id = approval.reel_id
                AND weighed.round = approval.round
                AND weighed.revision = coalesce(approval.carried_from, approval.revision)
            JOIN instagram_accounts AS account ON account.id = approval.account_id
            WHERE approval.reel_id = $1 AND approval.revision = $2
                AND approval.status = 'approved' AND approval.channel = 'policy'
                AND account.auto_approval_since <= weighed.weighed_at
        """
        return await self.pool.row(sql, reel, revision) is not None

    async def recall(self, reel: str, by: str, channel: str) -> bool:
        """Have people decide on one Reel that was approved automatically and is not out.

        False when it is out, or has no such approval. Again: who was first stays, True again.
        """
        sql = """
            INSERT INTO trust_recalls (reel_id, revision, round, reviewer, channel)
            SELECT reel_id, coalesce(carried_from, revision), round, $2, $3 FROM approval_queue
            WHERE reel_id = $1 AND status = 'approved' AND channel = 'policy'
            ON CONFLICT DO NOTHING
        """
        async with self.pool.transaction() as connection:
            held = await laying.hold(connection, reel)
            if held is None or held["published_at"] is not None:
                return False
            await connection.execute(sql, reel, storable(by), channel)
            return await connection.fetchval(_RECALLED, reel) is not None

    async def recalled_by(self, reel: str) -> str | None:
        """Who called a Reel's automatic approval back; None when nobody has."""
        row = await self.pool.row(_RECALLED, reel)
        return row["reviewer"] if row else None


def _standing(row: asyncpg.Record) -> TrustStanding:
    facts = dict(row)
    policy, record = ReviewPolicy.model_validate(facts), TrackRecord.model_validate(facts)
    return TrustStanding.model_validate({**facts, "policy": policy, "record": record})
