"""What was written for a day: versions of its story, its captions, trends, other words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field

from db.failures import UnknownReel
from db.pool import Pool
from schemas.account import AccountId
from schemas.base import Frozen
from schemas.reel import Captions
from schemas.story import Critique, Story, Trends


class EarlierStory(Frozen):
    """A story that the account has, and how it did."""

    day: date
    prompt: str
    shots: tuple[str, ...] = ()
    outcome: str | None = None
    """How its day ended; None while it lasts."""
    figures: dict[str, float] = Field(default_factory=dict)
    """The newest value of each of the post's metrics, where there are any."""


@dataclass(frozen=True)
class Stories:
    """The tables `story_versions` and `trends`, and the words in `generated_reels`."""

    pool: Pool

    async def get(self, reel: str, version: int) -> Story | None:
        """One version, None when it was not written yet."""
        sql = "SELECT story FROM story_versions WHERE reel_id = $1 AND version = $2"
        row = await self.pool.row(sql, reel, version)
        return Story.model_validate(row["story"]) if row else None

    async def save(self, reel: str, story: Story) -> Story:
        """Keep a version, and return the one that is kept: of two at once, the first."""
        sql = """
            INSERT INTO story_versions (reel_id, version, story, similarity, too_close_to)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (reel_id, version) DO NOTHING
        """
        document = story.model_dump(mode="json")
        await self.pool.write(
            sql, reel, story.version, document, story.similarity, story.too_close_to
        )
        return await self.get(reel, story.version) or story

    async def critique(self, reel: str, version: int) -> Critique | None:
        """What the critic said of a version, None when it was not asked yet."""
        sql = """
            SELECT critique FROM story_versions
            WHERE reel_id = $1 AND version = $2 AND critique IS NOT NULL
        """
        row = await self.pool.row(sql, reel, version)
        return Critique.model_validate(row["critique"]) if row else None

    async def save_critique(self, reel: str, story: Story, critique: Critique) -> Critique:
        """Keep what was said of a version, and return what is kept: the first word stays."""
        sql = """
            INSERT INTO story_versions (reel_id, version, story, similarity, too_close_to, critique)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (reel_id, version) DO UPDATE
                SET critique = coalesce(story_versions.critique, excluded.critique)
            RETURNING critique
        """
        row = await self.pool.write(
            sql,
            reel,
            story.version,
            story.model_dump(mode="json"),
            story.similarity,
            story.too_close_to,
            critique.model_dump(mode="json"),
        )
        return Critique.model_validate(row["critique"]) if row else critique

    async def earlier(
        self, account: AccountId, limit: int, *, but: str
    ) -> tuple[EarlierStory, ...]:
        """The account's last stories, newest first, without the one of the Reel `but`."""
        sql = """
            SELECT reel.day, reel.story ->> 'prompt' AS prompt, reel.story -> 'shots' AS shots,
                reel.outcome, coalesce(measured.figures, '{}') AS figures
            FROM generated_reels AS reel
            LEFT JOIN LATERAL (
                SELECT jsonb_object_agg(newest.metric, newest.value) AS figures FROM (
                    SELECT DISTINCT ON (metric) metric, value FROM performance_metrics
                    WHERE reel_id = reel.id ORDER BY metric, hours_after DESC
                ) AS newest
            ) AS measured ON true
            WHERE reel.account_id = $1 AND reel.id <> $3 AND reel.story IS NOT NULL
            ORDER BY reel.day DESC LIMIT $2
        """
        rows = await self.pool.rows(sql, account, limit, but)
        return tuple(EarlierStory.model_validate(dict(row)) for row in rows)

    async def repeats(self, account: AccountId, reels: int) -> float | None:
        """How many more times than once a story was asked for, on average of the last Reels.

        None when the account has no story yet.
        """
        sql = """
            SELECT avg(calls - 1)::double precision AS repeats FROM (
                SELECT count(*) AS calls FROM api_usage_logs
                WHERE account_id = $1 AND service = 'claude' AND operation = 'story'
                    AND state = 'settled' AND reel_id IS NOT NULL
                GROUP BY reel_id ORDER BY max(reserved_at) DESC LIMIT $2
            ) AS recent
        """
        row = await self.pool.row(sql, account, reels)
        return row["repeats"] if row else None

    async def is_cached(self, reel: str) -> bool:
        """Whether the Reel's prompt for a story was put into Claude's cache, and is there yet.

        The cache keeps it for five minutes after each use.
        """
        sql = """
            SELECT 1 FROM api_usage_logs
            WHERE reel_id = $1 AND operation = 'story' AND state = 'settled'
                AND ended_at > now() - interval '5 minutes'
                AND units ?| array['cache_written_tokens', 'cache_read_tokens']
        """
        return await self.pool.row(sql, reel) is not None

    async def captions(self, reel: str, version: int, anew: str = "") -> Captions | None:
        """The captions of one version's film, None when they were not written yet.

        `anew` names the wish that they were written for, empty the first ones.
        """
        sql = """
            SELECT captions FROM generated_reels
            WHERE id = $1 AND (captions ->> 'story_version')::integer = $2
                AND coalesce(captions ->> 'anew', '') = $3
        """
        row = await self.pool.row(sql, reel, version, anew)
        return Captions.model_validate(row["captions"]) if row else None

    async def save_captions(
        self, reel: str, version: int, captions: Captions, anew: str = ""
    ) -> None:
        """Keep the captions. Again: the newer ones are kept. Raises UnknownReel."""
        document: dict[str, Any] = captions.model_dump(mode="json")
        document |= {"story_version": version} | ({"anew": anew} if anew else {})
        sql = "UPDATE generated_reels SET captions = $2 WHERE id = $1 RETURNING id"
        if await self.pool.write(sql, reel, document) is None:
            raise UnknownReel(f"there is no Reel {reel!r}")

    async def trends(self, theme: str, language: str, day: date) -> Trends | None:
        """What was found on that day, None when nobody looked yet."""
        sql = "SELECT found FROM trends WHERE theme = $1 AND language = $2 AND day = $3"
        row = await self.pool.row(sql, theme, language, day)
        return Trends.model_validate(row["found"]) if row else None

    async def save_trends(self, theme: str, language: str, trends: Trends) -> Trends:
        """Keep what was found, and return what is kept: of two at once, the first."""
        sql = """
            INSERT INTO trends (theme, language, day, found) VALUES ($1, $2, $3, $4)
            ON CONFLICT (theme, language, day) DO NOTHING
        """
        await self.pool.write(sql, theme, language, trends.as_of, trends.model_dump(mode="json"))
        return await self.trends(theme, language, trends.as_of) or trends

    async def reworded(self, reel: str, refused: str) -> str | None:
        """The other words that were paid for, by the digest of what was refused."""
        sql = """
            SELECT units ->> 'reworded' AS prompt FROM api_usage_logs
            WHERE reel_id = $1 AND operation = 'reword' AND units ->> 'refused' = $2
        """
        row = await self.pool.row(sql, reel, refused)
        return row["prompt"] if row else None

    async def save_reworded(self, usage: str, refused: str, prompt: str) -> None:
        """Keep other words in the row that they were paid in. Again: the newer ones."""
        sql = """
            UPDATE api_usage_logs
            SET units = units || jsonb_build_object('refused', $2::text, 'reworded', $3::text)
            WHERE id = $1
        """
        await self.pool.write(sql, usage, refused, prompt)
