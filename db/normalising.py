"""Which clips are still to be brought into the pool's format, and who is at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from db.gameplay import GameplayRow
from db.pool import Pool
from schemas.composition import Anchor
from schemas.gameplay import PooledClip

LEASE = timedelta(seconds=60)
"""So long a clip is kept for whoever said last that they are at it."""


class RawClip(GameplayRow):
    """A clip to be normalised, and how its picture is to be cropped."""

    anchor: Anchor


@dataclass(frozen=True)
class Normalising:
    """The columns `pool_*` and `normalising_until` of `gameplay_videos`."""

    pool: Pool

    async def claim(self, *, beside: Sequence[str] = ()) -> RawClip | None:
        """Take the next clip, for a minute; None when none is left that nobody is at.

        The clips `beside` are left out. Of many at once each takes another clip. Again: the
        next clip.
        """
        sql = """
            UPDATE gameplay_videos clip SET normalising_until = now() + $1::interval
            FROM gameplay_sources source
            WHERE source.id = clip.source_id AND clip.id = (
                SELECT id FROM gameplay_videos
                WHERE pool_key IS NULL AND retired_at IS NULL AND id <> ALL ($2::text[])
                    AND (normalising_until IS NULL OR normalising_until < now())
                ORDER BY imported_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING clip.*, source.anchor
        """
        row = await self.pool.write(sql, LEASE, list(beside))
        return RawClip.model_validate(dict(row)) if row else None

    async def keep(self, clip: str) -> None:
        """Say that one is still at it. Again: longer."""
        sql = "UPDATE gameplay_videos SET normalising_until = now() + $2::interval WHERE id = $1"
        await self.pool.write(sql, clip, LEASE)

    async def let_go(self, clip: str) -> None:
        """Leave a clip to whoever comes next. Again: changes nothing."""
        sql = "UPDATE gameplay_videos SET normalising_until = NULL WHERE id = $1"
        await self.pool.write(sql, clip)

    async def save(self, clip: RawClip, pooled: PooledClip) -> None:
        """Note a clip's copy in the pool's format. Again: the newer one.

        Nothing is noted when its original was given another anchor meanwhile.
        """
        sql = """
            UPDATE gameplay_videos clip SET pool_key = $3, pool_sha256 = $4, pool_bytes = $5,
                pool_seconds = $6, normalised_at = now(), normalising_until = NULL
            FROM gameplay_sources source
            WHERE clip.id = $1 AND source.id = clip.source_id AND source.anchor = $2
        """
        await self.pool.write(
            sql,
            clip.id,
            clip.anchor,
            pooled.object_key,
            pooled.sha256,
            pooled.bytes,
            pooled.seconds,
        )

    async def forget(self, clip: str) -> None:
        """Have a clip normalised anew: its copy is gone. Again: changes nothing."""
        sql = """
            UPDATE gameplay_videos SET pool_key = NULL, pool_sha256 = NULL, pool_bytes = NULL,
                pool_seconds = NULL, normalised_at = NULL
            WHERE id = $1
        """
        await self.pool.write(sql, clip)

    async def waiting(self) -> tuple[int, float]:
        """How many clips are still to be normalised, and how many seconds they last."""
        sql = """
            SELECT count(*) AS clips, coalesce(sum(seconds), 0) AS seconds FROM gameplay_videos
            WHERE pool_key IS NULL AND retired_at IS NULL
        """
        row = await self.pool.row(sql)
        return (row["clips"], row["seconds"]) if row else (0, 0.0)
