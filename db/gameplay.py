"""The gameplay pool: originals with their rights, and the clips that they were cut into."""

from dataclasses import dataclass
from datetime import datetime

from db.pool import Connection, Pool
from schemas.base import Frozen
from schemas.composition import Anchor
from schemas.gameplay import GameplayFacts, Rights, SourceFacts


class SourceRow(Frozen):
    """A row of `gameplay_sources`."""

    id: str
    sha256: str
    title: str
    source: str
    licence: str
    credit: str
    added_by: str
    anchor: Anchor
    seconds: float
    bytes: int
    imported_at: datetime
    cut_at: datetime | None = None
    """When all of its clips were in the pool; None while an import is under way."""


class GameplayRow(Frozen):
    """A row of `gameplay_videos`: a clip, an original or a part of one."""

    id: str
    source_id: str
    part: int = 0
    """Its number in the original, from 0."""
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
    pool_key: str | None = None
    """The clip in the pool's format; None until it is normalised."""
    pool_sha256: str | None = None
    pool_bytes: int | None = None
    pool_seconds: float | None = None
    normalised_at: datetime | None = None


class ListedClip(GameplayRow):
    """A clip with what its original says of it."""

    parts: int
    """How many clips the original has in all."""
    licence: str
    credit: str


@dataclass(frozen=True)
class GameplayVideos:
    """The tables `gameplay_sources` and `gameplay_videos`."""

    pool: Pool

    async def add_source(self, original: SourceFacts) -> SourceRow:
        """Note an original. Again with the same bytes: its row, with the rights that are new.

        What is left empty stays as it was. Another anchor makes its clips be normalised anew.
        """
        async with self.pool.transaction() as connection:
            return await _add_source(connection, original)

    async def source(self, sha256: str) -> SourceRow | None:
        """The original of these bytes."""
        row = await self.pool.row("SELECT * FROM gameplay_sources WHERE sha256 = $1", sha256)
        return SourceRow.model_validate(dict(row)) if row else None

    async def add_clip(
        self, source: SourceRow, part: int, facts: GameplayFacts, object_key: str
    ) -> GameplayRow:
        """Put a clip of an original into the pool. Again: its row, as it was.

        A clip that was retired and is imported again is back in the pool.
        """
        async with self.pool.transaction() as connection:
            return await _add_clip(connection, source, part, facts, object_key)

    async def mark_cut(self, source: str) -> None:
        """Note that every clip of an original is in the pool. Again: changes nothing."""
        sql = "UPDATE gameplay_sources SET cut_at = coalesce(cut_at, now()) WHERE id = $1"
        await self.pool.write(sql, source)

    async def bring_back(self, source: str) -> int:
        """Put the retired clips of an original back into the pool; how many there were."""
        sql = """
            WITH back AS (
                UPDATE gameplay_videos SET retired_at = NULL
                WHERE source_id = $1 AND retired_at IS NOT NULL RETURNING id)
            SELECT count(*) AS clips FROM back
        """
        row = await self.pool.write(sql, source)
        return int(row["clips"]) if row else 0

    async def add(self, facts: GameplayFacts, object_key: str, title: str) -> GameplayRow:
        """Put a whole original into the pool as one clip. Again: as `add_clip`."""
        original = SourceFacts(facts=facts, rights=Rights(title=title))
        async with self.pool.transaction() as connection:
            source = await _add_source(connection, original)
            clip = await _add_clip(connection, source, 0, facts, object_key)
            await connection.execute(
                "UPDATE gameplay_sources SET cut_at = coalesce(cut_at, now()) WHERE id = $1",
                source.id,
            )
        return clip

    async def clips_of(self, source: str) -> tuple[GameplayRow, ...]:
        """The clips of an original, retired ones too, in their order."""
        sql = "SELECT * FROM gameplay_videos WHERE source_id = $1 ORDER BY part"
        rows = await self.pool.rows(sql, source)
        return tuple(GameplayRow.model_validate(dict(row)) for row in rows)

    async def by_sha256(self, sha256: str) -> GameplayRow | None:
        """The clip of these bytes, in the pool or retired."""
        row = await self.pool.row("SELECT * FROM gameplay_videos WHERE sha256 = $1", sha256)
        return GameplayRow.model_validate(dict(row)) if row else None

    async def all(self) -> tuple[ListedClip, ...]:
        """Every clip, retired ones too, newest first."""
        sql = """
            SELECT clip.*, source.licence, source.credit,
                max(clip.part) OVER (PARTITION BY clip.source_id) + 1 AS parts
            FROM gameplay_videos clip JOIN gameplay_sources source ON source.id = clip.source_id
            ORDER BY source.imported_at DESC, source.id, clip.part
        """
        return tuple(ListedClip.model_validate(dict(row)) for row in await self.pool.rows(sql))

    async def retire(self, clip: str) -> bool:
        """Take a clip out of the pool; its file and its row stay. False when there is none.

        Reels that hold a stretch of it keep it. Again: changes nothing.
        """
        sql = """
            UPDATE gameplay_videos SET retired_at = coalesce(retired_at, now())
            WHERE id = $1 RETURNING id
        """
        return await self.pool.write(sql, clip) is not None

    async def retire_original(self, clip: str) -> int:
        """Take every clip of a clip's original out of the pool; how many it has, 0 for none."""
        sql = """
            WITH retired AS (
                UPDATE gameplay_videos SET retired_at = coalesce(retired_at, now())
                WHERE source_id = (SELECT source_id FROM gameplay_videos WHERE id = $1)
                RETURNING id)
            SELECT count(*) AS clips FROM retired
        """
        row = await self.pool.write(sql, clip)
        return int(row["clips"]) if row else 0


async def _add_source(connection: Connection, original: SourceFacts) -> SourceRow:
    facts, rights = original.facts, original.rights
    before = await connection.fetchrow(
        "SELECT id, anchor FROM gameplay_sources WHERE sha256 = $1 FOR UPDATE", facts.sha256
    )
    row = await connection.fetchrow(
        """
        INSERT INTO gameplay_sources AS known (sha256, title, source, licence, credit, added_by,
            anchor, seconds, width, height, fps, has_audio, codec, bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (sha256) DO UPDATE SET
            title = coalesce(nullif(excluded.title, ''), known.title),
            source = coalesce(nullif(excluded.source, ''), known.source),
            licence = coalesce(nullif(excluded.licence, ''), known.licence),
            credit = coalesce(nullif(excluded.credit, ''), known.credit),
            anchor = excluded.anchor
        RETURNING *
        """,
        facts.sha256,
        rights.title,
        rights.source,
        rights.licence,
        rights.credit,
        rights.added_by,
        original.anchor,
        facts.seconds,
        facts.width,
        facts.height,
        facts.fps,
        facts.has_audio,
        facts.codec,
        facts.bytes,
    )
    if before is not None and before["anchor"] != original.anchor:
        await connection.execute(
            """
            UPDATE gameplay_videos SET pool_key = NULL, pool_sha256 = NULL, pool_bytes = NULL,
                pool_seconds = NULL, normalised_at = NULL
            WHERE source_id = $1
            """,
            before["id"],
        )
    return SourceRow.model_validate(dict(row or {}))


async def _add_clip(
    connection: Connection, source: SourceRow, part: int, facts: GameplayFacts, object_key: str
) -> GameplayRow:
    # The bytes may be another original's too, which was cut out of the same recording.
    await connection.execute(
        """
        INSERT INTO gameplay_videos (source_id, part, sha256, object_key, title, seconds, width,
            height, fps, has_audio, codec, bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT DO NOTHING
        """,
        source.id,
        part,
        facts.sha256,
        object_key,
        source.title,
        facts.seconds,
        facts.width,
        facts.height,
        facts.fps,
        facts.has_audio,
        facts.codec,
        facts.bytes,
    )
    row = await connection.fetchrow(
        """
        UPDATE gameplay_videos SET retired_at = NULL
        WHERE sha256 = $1 OR (source_id = $2 AND part = $3) RETURNING *
        """,
        facts.sha256,
        source.id,
        part,
    )
    return GameplayRow.model_validate(dict(row or {}))
