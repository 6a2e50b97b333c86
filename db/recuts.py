"""Files that were made anew after their approval, and approvals that go over to them."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db import laying
from db.failures import AlreadyPublished, NotApproved, UnknownReel
from db.pool import Connection, Pool
from schemas.recut import Recut
from schemas.reel import ComposedReel, revision_digest


@dataclass(frozen=True)
class Recuts:
    """The table `recuts`, which only grows."""

    pool: Pool

    async def keep(self, reel: str, seen: str, recut: Recut, *, at: datetime) -> str:
        """Write a new file down, and return its revision: its bytes with the approved words.

        `seen` is the revision that a person decided on. When nobody would notice the
        difference, the new revision takes over the approval and becomes what the Reel
        publishes; otherwise nothing else changes, and it has to be laid before people. Again:
        the same. Raises UnknownReel, AlreadyPublished, and NotApproved when no approval of
        `seen` stands any more.
        """
        async with self.pool.transaction() as connection:
            held = await laying.hold(connection, reel)
            if held is None:
                raise UnknownReel(f"there is no Reel {reel!r}")
            stands = await _standing(connection, reel, seen)
            new = recut.composed
            revision = revision_digest(
                new.video_sha256, stands["caption"], tuple(stands["hashtags"]), new.picked_cover
            )
            if stands["revision"] == revision:
                return revision
            if held["published_at"] is not None:
                raise AlreadyPublished(f"the Reel {reel!r} is published already")
            await _write_down(connection, reel, seen, revision, recut, at=at)
            if not recut.material:
                await _carry(connection, stands, seen, revision, new)
        return revision


async def _standing(connection: Connection, reel: str, seen: str) -> asyncpg.Record:
    """The approval of what a person saw: its own, or the one that took it over."""
    row = await connection.fetchrow(
        """
        SELECT * FROM approval_queue
        WHERE reel_id = $1 AND status = 'approved' AND coalesce(carried_from, revision) = $2
        """,
        reel,
        seen,
    )
    if row is None:
        raise NotApproved(f"no approval of revision {seen[:12]} stands any more")
    return row


async def _write_down(  # noqa: PLR0913 - the columns of the table
    connection: Connection, reel: str, seen: str, revision: str, recut: Recut, *, at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO recuts (reel_id, from_revision, revision, repair, material, seconds_before,
            seconds_after, bytes_before, bytes_after, similarity, why, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (reel_id, from_revision, revision) DO NOTHING
        """,
        reel,
        seen,
        revision,
        recut.repair,
        recut.material,
        recut.seconds_before,
        recut.composed.seconds,
        recut.bytes_before,
        recut.composed.bytes,
        recut.similarity,
        recut.why,
        at,
    )


async def _carry(
    connection: Connection, stands: asyncpg.Record, seen: str, revision: str, new: ComposedReel
) -> None:
    """Lay the new revision, decide it as the standing one was, and make it the Reel's."""
    reel = stands["reel_id"]
    await connection.execute(
        """
        INSERT INTO approval_queue (reel_id, account_id, day, variant, round, caption, hashtags,
            hook_type, cta, laying, revision, video_key, poster_key, video_sha256, seconds,
            picked_cover_seconds)
        SELECT reel_id, account_id, day, variant, round, caption, hashtags, hook_type, cta,
            (SELECT max(laying) + 1 FROM approval_queue WHERE reel_id = $1),
            $3, $4, $5, $6, $7, $8
        FROM approval_queue WHERE reel_id = $1 AND revision = $2
        ON CONFLICT (reel_id, revision) DO UPDATE SET status = 'pending',
            variant = excluded.variant, laying = excluded.laying, round = excluded.round,
            carried_from = NULL, decision_id = NULL, reviewed_by = NULL, channel = NULL,
            notes = NULL, reviewed_at = NULL, hold_until = NULL, ended_by = NULL
        """,
        reel,
        stands["revision"],
        revision,
        new.video_key,
        new.poster_key,
        new.video_sha256,
        new.seconds,
        new.picked_cover,
    )
    await connection.execute(
        """
        UPDATE approval_queue AS taking SET status = 'approved', carried_from = $4,
            decision_id = giving.decision_id, reviewed_by = giving.reviewed_by,
            channel = giving.channel, notes = giving.notes, reviewed_at = giving.reviewed_at
        FROM approval_queue AS giving
        WHERE taking.reel_id = $1 AND taking.revision = $3
            AND giving.reel_id = $1 AND giving.revision = $2
        """,
        reel,
        stands["revision"],
        revision,
        seen,
    )
    await _publishes(connection, reel, revision, new)


async def _publishes(connection: Connection, reel: str, revision: str, new: ComposedReel) -> None:
    """Make the new file the one that the Reel publishes."""
    await connection.execute(
        """
        UPDATE generated_reels SET revision = $2, video_key = $3, poster_key = $4,
            video_sha256 = $5, video_bytes = $6, seconds = $7, cover_seconds = $8
        WHERE id = $1
        """,
        reel,
        revision,
        new.video_key,
        new.poster_key,
        new.video_sha256,
        new.bytes,
        new.seconds,
        new.cover_seconds,
    )
