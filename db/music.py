"""Music beds: licensed tracks, and which one a Reel has."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.failures import UnknownReel
from db.pool import Pool
from schemas.base import Frozen
from schemas.gameplay import MusicBed, MusicFacts, Rights


class MusicRow(Frozen):
    """A row of `music_tracks`."""

    id: str
    sha256: str
    object_key: str
    title: str
    source: str
    licence: str
    credit: str
    added_by: str
    seconds: float
    codec: str
    bytes: int
    times_used: int
    last_used_at: datetime | None = None
    imported_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True)
class MusicTracks:
    """The table `music_tracks`."""

    pool: Pool

    async def add(self, facts: MusicFacts, object_key: str, rights: Rights) -> MusicRow:
        """Put a track among the beds. Again with the same bytes: its row, with these rights.

        A track that was retired and is imported again is back. `rights.licence` is required.
        """
        sql = """
            INSERT INTO music_tracks AS known (sha256, object_key, title, source, licence, credit,
                added_by, seconds, codec, bytes)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (sha256) DO UPDATE SET retired_at = NULL,
                licence = excluded.licence, title = excluded.title,
                source = coalesce(nullif(excluded.source, ''), known.source),
                credit = coalesce(nullif(excluded.credit, ''), known.credit)
            RETURNING *
        """
        row = await self.pool.write(
            sql,
            facts.sha256,
            object_key,
            rights.title,
            rights.source,
            rights.licence,
            rights.credit,
            rights.added_by,
            facts.seconds,
            facts.codec,
            facts.bytes,
        )
        return MusicRow.model_validate(dict(row or {}))

    async def pick(self, reel: str) -> MusicBed | None:
        """The track that was used longest ago, heard from its start; None when there is none.

        Again for the same Reel: the same track. Raises UnknownReel.
        """
        async with self.pool.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('music pick'))")
            taken = await connection.fetchrow(
                "SELECT music_id FROM generated_reels WHERE id = $1 FOR UPDATE", reel
            )
            if taken is None:
                raise UnknownReel(f"there is no Reel {reel!r}")
            if taken["music_id"] is not None:
                sql = "SELECT * FROM music_tracks WHERE id = $1"
                return _as_bed(await connection.fetchrow(sql, taken["music_id"]))
            track = await connection.fetchrow("""
                UPDATE music_tracks SET times_used = times_used + 1,
                    last_used_at = clock_timestamp()
                WHERE id = (
                    SELECT id FROM music_tracks WHERE retired_at IS NULL
                    ORDER BY last_used_at NULLS FIRST, id LIMIT 1)
                RETURNING *
            """)
            if track is not None:
                await connection.execute(
                    "UPDATE generated_reels SET music_id = $2 WHERE id = $1", reel, track["id"]
                )
            return _as_bed(track)

    async def of_reel(self, reel: str) -> MusicRow | None:
        """The track that a Reel has, None when it has none."""
        sql = """
            SELECT track.* FROM music_tracks track
                JOIN generated_reels reel ON reel.music_id = track.id
            WHERE reel.id = $1
        """
        row = await self.pool.row(sql, reel)
        return MusicRow.model_validate(dict(row)) if row else None

    async def by_sha256(self, sha256: str) -> MusicRow | None:
        """The track that was imported from these bytes, retired or not."""
        row = await self.pool.row("SELECT * FROM music_tracks WHERE sha256 = $1", sha256)
        return MusicRow.model_validate(dict(row)) if row else None

    async def all(self) -> tuple[MusicRow, ...]:
        """Every track, retired ones too, newest first."""
        sql = "SELECT * FROM music_tracks ORDER BY imported_at DESC, id"
        return tuple(MusicRow.model_validate(dict(row)) for row in await self.pool.rows(sql))

    async def retire(self, track: str) -> bool:
        """Take a track out; Reels that have it keep it. False when there is none."""
        sql = """
            UPDATE music_tracks SET retired_at = coalesce(retired_at, now())
            WHERE id = $1 RETURNING id
        """
        return await self.pool.write(sql, track) is not None


def _as_bed(row: asyncpg.Record | None) -> MusicBed | None:
    if row is None:
        return None
    return MusicBed(
        track=row["id"], object_key=row["object_key"], start_seconds=0.0, credit=row["credit"]
    )
