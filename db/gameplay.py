"""The gameplay pool: which clips there are, and which stretch a Reel takes."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.failures import UnknownReel
from db.pool import Pool
from schemas.base import Frozen
from schemas.gameplay import GameplayFacts, GameplayWindow


class GameplayRow(Frozen):
    """A row of `gameplay_videos`."""

    id: str
    sha256: str
    object_key: str
    title: str
    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    codec: str
    bytes: int
    times_used: int
    last_used_at: datetime | None = None
    imported_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True)
class GameplayVideos:
    """The table `gameplay_videos`."""

    pool: Pool

    async def add(self, facts: GameplayFacts, object_key: str, title: str) -> GameplayRow:
        """Put a clip into the pool. Again with the same bytes: its row, as it was.

        A clip that was retired and is imported again is back in the pool.
        """
        sql = """
            INSERT INTO gameplay_videos (sha256, object_key, title, seconds, width, height, fps,
                has_audio, codec, bytes)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (sha256) DO UPDATE SET retired_at = NULL
            RETURNING *
        """
        row = await self.pool.write(
            sql,
            facts.sha256,
            object_key,
            title,
            facts.seconds,
            facts.width,
            facts.height,
            facts.fps,
            facts.has_audio,
            facts.codec,
            facts.bytes,
        )
        return GameplayRow.model_validate(dict(row or {}))

    async def pick(self, reel: str, seconds: float) -> GameplayWindow | None:
        """A stretch of the least recently used clip, from a random second; None when there is none.

        Again for the same Reel: the same stretch. Of many Reels at once each takes the next
        clip. A clip shorter than `seconds` is taken from its start. Raises UnknownReel.
        """
        async with self.pool.transaction() as connection:
            # One pick at a time: two that look at once would both find the same clip.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('gameplay pick'))")
            taken = await connection.fetchrow(
                """
                SELECT gameplay_id, gameplay_start_seconds FROM generated_reels
                WHERE id = $1 FOR UPDATE
                """,
                reel,
            )
            if taken is None:
                raise UnknownReel(f"there is no Reel {reel!r}")
            if taken["gameplay_id"] is None:
                clip = await connection.fetchrow(
                    """
                    UPDATE gameplay_videos SET times_used = times_used + 1,
                        last_used_at = clock_timestamp()
                    WHERE id = (
                        SELECT id FROM gameplay_videos WHERE retired_at IS NULL
                        ORDER BY last_used_at NULLS FIRST, id LIMIT 1)
                    RETURNING id, random() * greatest(seconds - $1, 0) AS start_seconds
                    """,
                    seconds,
                )
                if clip is None:
                    return None
                await connection.execute(
                    """
                    UPDATE generated_reels SET gameplay_id = $2, gameplay_start_seconds = $3
                    WHERE id = $1
                    """,
                    reel,
                    clip["id"],
                    clip["start_seconds"],
                )
            window = await connection.fetchrow(
                """
                SELECT clip.id, clip.object_key, clip.seconds, clip.title,
                    reel.gameplay_start_seconds
                FROM generated_reels reel JOIN gameplay_videos clip ON clip.id = reel.gameplay_id
                WHERE reel.id = $1
                """,
                reel,
            )
        return _window(window) if window else None

    async def by_sha256(self, sha256: str) -> GameplayRow | None:
        """The clip of these bytes, in the pool or retired."""
        row = await self.pool.row("SELECT * FROM gameplay_videos WHERE sha256 = $1", sha256)
        return GameplayRow.model_validate(dict(row)) if row else None

    async def all(self) -> tuple[GameplayRow, ...]:
        """Every clip, retired ones too, newest first."""
        sql = "SELECT * FROM gameplay_videos ORDER BY imported_at DESC, id"
        return tuple(GameplayRow.model_validate(dict(row)) for row in await self.pool.rows(sql))

    async def retire(self, clip: str) -> bool:
        """Take a clip out of the pool; its file and its row stay. False when there is none.

        Reels that hold a stretch of it keep it. Again: changes nothing.
        """
        sql = """
            UPDATE gameplay_videos SET retired_at = coalesce(retired_at, now())
            WHERE id = $1 RETURNING id
        """
        return await self.pool.write(sql, clip) is not None


def _window(row: asyncpg.Record) -> GameplayWindow:
    return GameplayWindow(
        clip=row["id"],
        object_key=row["object_key"],
        start_seconds=row["gameplay_start_seconds"],
        clip_seconds=row["seconds"],
        title=row["title"],
    )
