"""Approvals that are given one by one, where a revision needs two of them."""

from dataclasses import dataclass

from db import laying
from db.pool import Pool
from db.text import storable
from schemas.decision import Decision

_GIVEN = """
    SELECT given.reviewer, given.decision_id FROM approvals_given AS given
    JOIN approval_queue AS laid USING (reel_id, revision, laying)
    WHERE laid.reel_id = $1 AND laid.revision = $2 ORDER BY given.given_at, given.reviewer
"""
"""The approvals of a revision as it was last laid."""


@dataclass(frozen=True)
class GivenApprovals:
    """The table `approvals_given`; what is given for one laying counts for no other."""

    pool: Pool

    async def give(self, reel: str, decision: Decision) -> tuple[str, ...]:
        """Count one of the approvals that a pending revision needs; who has given one, in order.

        Empty when this one does not count: the person has given one already, or it counted for
        something that was laid before. Again: the same.
        """
        async with self.pool.transaction() as connection:
            await laying.hold(connection, reel)
            await connection.execute(
                """
                INSERT INTO approvals_given
                    (reel_id, revision, laying, reviewer, decision_id, channel, given_at)
                SELECT reel_id, revision, laying, lower($3), $4, $5, $6 FROM approval_queue
                WHERE reel_id = $1 AND revision = $2 AND status = 'pending'
                ON CONFLICT DO NOTHING
                """,
                reel,
                decision.revision,
                storable(decision.reviewer),
                decision.id,
                storable(decision.channel),
                decision.decided_at,
            )
            given = await connection.fetch(_GIVEN, reel, decision.revision)
        if all(one["decision_id"] != decision.id for one in given):
            return ()
        return tuple(one["reviewer"] for one in given)

    async def of(self, reel: str, revision: str) -> tuple[str, ...]:
        """Who has approved a revision as it was last laid, in order, where two have to."""
        return tuple(row["reviewer"] for row in await self.pool.rows(_GIVEN, reel, revision))
