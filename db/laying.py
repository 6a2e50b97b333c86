"""Laying drafts before the reviewers: the captions of one video, each as a revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from db.approval_row import ApprovalRow
from db.failures import AlreadyPublished, UnknownReel
from db.pool import Connection
from schemas.reel import ComposedReel, Letter, Variant

NEWEST = """
    SELECT * FROM approval_queue WHERE reel_id = $1 AND laying = (
        SELECT max(laying) FROM approval_queue WHERE reel_id = $1)
    ORDER BY variant
"""
"""What was last laid before people for a Reel, by letter."""


@dataclass(frozen=True)
class Asked:
    """How people are asked about what is laid, and with which cover."""

    round: str
    """The run of the day's workflow."""
    approvals: int
    """How many people have to approve."""
    picked_cover: float | None
    people_only: bool
    """Whether an automatic approval of what is laid counts no more."""


def rows(records: Sequence[asyncpg.Record]) -> tuple[ApprovalRow, ...]:
    """Rows of `approval_queue` as models."""
    return tuple(ApprovalRow.model_validate(dict(record)) for record in records)


async def hold(connection: Connection, reel: str) -> asyncpg.Record | None:
    """Make every other change of the Reel and of its review wait. None for no such Reel."""
    return await connection.fetchrow(
        "SELECT published_at FROM generated_reels WHERE id = $1 FOR UPDATE", reel
    )


async def lay(
    connection: Connection,
    reel: str,
    composed: ComposedReel,
    variants: Sequence[Variant],
    asked: Asked,
) -> tuple[ApprovalRow, ...]:
    """What `Approvals.lay` does, within a transaction."""
    held = await hold(connection, reel)
    if held is None:
        raise UnknownReel(f"there is no Reel {reel!r}")
    lettered = dict(zip(Letter, variants, strict=False))
    laid = rows(await connection.fetch(NEWEST, reel))
    if _are(laid, lettered, asked):
        return laid
    if held["published_at"] is not None:
        raise AlreadyPublished(f"the Reel {reel!r} is published already")
    await connection.execute(
        """
        UPDATE approval_queue SET status = 'superseded'
        WHERE reel_id = $1 AND status IN ('pending', 'approved')
        """,
        reel,
    )
    await _save(connection, reel, composed, variants[0])
    number = laid[0].laying + 1 if laid else 1
    await _enqueue(connection, reel, lettered, number, asked)
    return rows(await connection.fetch(NEWEST, reel))


def _are(laid: Sequence[ApprovalRow], lettered: Mapping[Letter, Variant], asked: Asked) -> bool:
    """Whether exactly these variants were the last ones laid, in this round.

    What a person sent back is not: it may come back unchanged, and is decided on once more. Nor
    is what was approved automatically, once only people may.
    """
    if {row.round for row in laid} != {asked.round} or any(row.ended_by for row in laid):
        return False
    if asked.people_only and any(row.automatic for row in laid):
        return False
    before = {row.variant: row.revision for row in laid}
    return before == {letter: variant.revision for letter, variant in lettered.items()}


async def _save(
    connection: Connection, reel: str, composed: ComposedReel, leading: Variant
) -> None:
    """Make the leading variant the Reel's newest revision."""
    caption = leading.caption
    await connection.execute(
        """
        UPDATE generated_reels SET revision = $2, video_key = $3, poster_key = $4,
            video_sha256 = $5, video_bytes = $6, seconds = $7, caption = $8, hashtags = $9,
            hook_type = $10, cta = $11, variant = $12, cover_seconds = $13
        WHERE id = $1
        """,
        reel,
        leading.revision,
        composed.video_key,
        composed.poster_key,
        composed.video_sha256,
        composed.bytes,
        composed.seconds,
        caption.caption,
        caption.hashtags,
        caption.hook_type,
        caption.cta,
        Letter.A,
        composed.cover_seconds,
    )


async def _enqueue(
    connection: Connection,
    reel: str,
    lettered: Mapping[Letter, Variant],
    number: int,
    asked: Asked,
) -> None:
    """Put captions of the video that the Reel's row names into the queue, undecided.

    One that comes back begins anew; what a person rejected comes back in a new round only.
    """
    await connection.executemany(
        """
        INSERT INTO approval_queue (reel_id, account_id, day, video_key, poster_key,
            video_sha256, seconds, laying, round, approvals_needed, picked_cover_seconds, variant,
            revision, caption, hashtags, hook_type, cta)
        SELECT id, account_id, day, video_key, poster_key, video_sha256, seconds,
            $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
        FROM generated_reels WHERE id = $1
        ON CONFLICT (reel_id, revision) DO UPDATE SET status = 'pending',
            variant = excluded.variant, laying = excluded.laying, round = excluded.round,
            approvals_needed = excluded.approvals_needed, hold_until = NULL, ended_by = NULL,
            hook_type = excluded.hook_type, cta = excluded.cta, carried_from = NULL,
            decision_id = NULL, reviewed_by = NULL, channel = NULL, notes = NULL, reviewed_at = NULL
        """,
        [
            (
                *(reel, number, asked.round, asked.approvals, asked.picked_cover),
                *(letter, variant.revision),
                *(variant.caption.caption, variant.caption.hashtags),
                *(variant.caption.hook_type, variant.caption.cta),
            )
            for letter, variant in lettered.items()
        ],
    )
