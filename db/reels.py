"""One Reel per account and day: what was made, and how far its post got."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.failures import (
    AccountIsPaused,
    AlreadyPublished,
    NotApproved,
    PostConflict,
    StaleContainer,
    UnknownAccount,
    UnknownReel,
)
from db.pool import Pool
from db.reel_row import ReelRow
from schemas.account import AccountDay, AccountId, AccountStatus
from schemas.day import Outcome, Stage
from schemas.story import Story


@dataclass(frozen=True)
class ClaimedReel:
    """The row that one execution of a day holds."""

    id: str
    again: bool
    """Whether the same execution had claimed it before."""


@dataclass(frozen=True)
class Reels:
    """The table `generated_reels`."""

    pool: Pool

    async def claim(self, key: AccountDay, claim: str, requested_by: str) -> ClaimedReel | None:
        """Take the day for one execution, None when another has it: see `by_day`.

        Again with the same claim: its own row. Raises UnknownAccount.
        """
        sql = """
            INSERT INTO generated_reels (account_id, day, claim, requested_by)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, day) DO UPDATE SET claim = excluded.claim
                WHERE generated_reels.claim = excluded.claim
            RETURNING id, xmax <> 0 AS again
        """
        try:
            row = await self.pool.write(sql, key.account, key.day, claim, requested_by)
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownAccount(f"there is no account {key.account!r}") from error
        return ClaimedReel(**row) if row else None

    async def get(self, reel: str) -> ReelRow | None:
        """One Reel by its id."""
        sql = "SELECT * FROM generated_reels WHERE id = $1"
        return _reel(await self.pool.row(sql, reel))

    async def by_day(self, key: AccountDay) -> ReelRow | None:
        """The Reel of an account and date."""
        sql = "SELECT * FROM generated_reels WHERE account_id = $1 AND day = $2"
        return _reel(await self.pool.row(sql, key.account, key.day))

    async def by_revision(self, revision: str) -> ReelRow | None:
        """The Reel whose newest video was laid before people under this digest.

        Each of its variants names it, also when the other one was chosen; the newest Reel if
        two have the digest.
        """
        sql = """
            SELECT reel.* FROM approval_queue AS laid
            JOIN generated_reels AS reel
                ON reel.id = laid.reel_id AND reel.video_sha256 = laid.video_sha256
            WHERE laid.revision = $1 ORDER BY reel.created_at DESC LIMIT 1
        """
        return _reel(await self.pool.row(sql, revision))

    async def open_days(self) -> tuple[ReelRow, ...]:
        """The Reels of days that have not ended, oldest first."""
        sql = "SELECT * FROM generated_reels WHERE outcome IS NULL ORDER BY day, account_id"
        return tuple(ReelRow.model_validate(dict(row)) for row in await self.pool.rows(sql))

    async def recent(self, limit: int) -> tuple[ReelRow, ...]:
        """The newest Reels, newest first."""
        sql = "SELECT * FROM generated_reels ORDER BY created_at DESC, id LIMIT $1"
        return tuple(ReelRow.model_validate(dict(row)) for row in await self.pool.rows(sql, limit))

    async def recent_prompts(self, account: AccountId, limit: int) -> tuple[str, ...]:
        """What the account's last stories were, newest first, so that the next one differs."""
        sql = """
            SELECT story ->> 'prompt' AS prompt FROM generated_reels
            WHERE account_id = $1 AND story IS NOT NULL ORDER BY day DESC LIMIT $2
        """
        return tuple(row["prompt"] for row in await self.pool.rows(sql, account, limit))

    async def recent_rejections(self, account: AccountId, limit: int) -> tuple[str, ...]:
        """What reviewers said when they rejected the account's Reels, newest first."""
        sql = """
            SELECT notes FROM approval_queue
            WHERE account_id = $1 AND status = 'rejected' AND notes <> ''
            ORDER BY reviewed_at DESC LIMIT $2
        """
        return tuple(row["notes"] for row in await self.pool.rows(sql, account, limit))

    async def set_stage(self, reel: str, stage: Stage, waiting_for: str | None = None) -> None:
        """Write down where the day stands. A day that ended with a post stays as it is.

        Any other closed day is open again then: its workflow was reset.
        """
        sql = """
            UPDATE generated_reels SET stage = $2, stage_at = now(), waiting_for = $3,
                outcome = NULL, reason = NULL, closed_at = NULL
            WHERE id = $1 AND outcome IS DISTINCT FROM 'published'
        """
        await self.pool.write(sql, reel, stage, waiting_for)

    async def save_story(self, reel: str, story: Story) -> None:
        """Keep the story that the day films. Again: the newer one is kept. Raises UnknownReel."""
        sql = "UPDATE generated_reels SET story = $2 WHERE id = $1 RETURNING id"
        if await self.pool.write(sql, reel, story.model_dump(mode="json")) is None:
            raise _unknown(reel)

    async def save_container(
        self,
        reel: str,
        revision: str,
        container_id: str,
        at: datetime,
        upload_uri: str | None = None,
    ) -> None:
        """Keep the platform's unpublished container, in the place of an older one.

        The ledger of containers gets its row at the same time. Again with the same container:
        changes nothing. Raises NotApproved, AlreadyPublished, and PostConflict for a container
        that another Reel has or had.
        """
        sql = """
            WITH kept AS (
                UPDATE generated_reels SET container_id = $3, container_revision = $2,
                    container_at = $4, upload_uri = $5
                WHERE id = $1 AND container_id IS DISTINCT FROM $3
                RETURNING id, account_id
            )
            INSERT INTO containers (id, reel_id, account_id, revision, made_at)
            SELECT $3, id, account_id, $2, $4 FROM kept
        """
        try:
            await self.pool.write(sql, reel, revision, container_id, at, upload_uri)
        except asyncpg.UniqueViolationError as error:
            raise PostConflict("the container is recorded for another Reel") from error

    async def mark_commit_attempt(
        self, reel: str, at: datetime, *, revision: str, container_id: str
    ) -> int:
        """The last gate before publishing: write the attempt down, and return how many it makes.

        Called before the platform is. Raises NotApproved without an approval of exactly this
        revision, AlreadyPublished when the Reel is out, StaleContainer when the row holds
        another container by now, AccountIsPaused, UnknownReel. Each call that returns is one
        attempt.
        """
        async with self.pool.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM generated_reels WHERE id = $1 FOR UPDATE", reel
            )
            if row is None:
                raise _unknown(reel)
            if row["published_at"] is not None:
                raise AlreadyPublished(f"{_day(row)} is published already")
            if row["revision"] != revision:
                raise NotApproved(f"{_day(row)} has a newer revision than {revision[:12]}")
            if (row["container_revision"], row["container_id"]) != (revision, container_id):
                raise StaleContainer(f"{_day(row)} has another container by now")
            status = await connection.fetchval(
                "SELECT status FROM instagram_accounts WHERE id = $1 FOR SHARE", row["account_id"]
            )
            if status != AccountStatus.ACTIVE:
                raise AccountIsPaused(f"{row['account_id']} is paused: nothing of it goes out")
            attempts: int = await connection.fetchval(
                """
                UPDATE generated_reels SET commit_attempted_at = $2,
                    commit_attempts = commit_attempts + 1
                WHERE id = $1 RETURNING commit_attempts
                """,
                reel,
                at,
            )
        return attempts

    async def save_post(
        self, reel: str, media_id: str | None, permalink: str | None, at: datetime
    ) -> None:
        """Write down that the Reel is out; later calls may add the id and the address.

        Again: changes nothing. Raises NotApproved, UnknownReel, and PostConflict when another
        post is recorded: that is two posts, and a person has to look.
        """
        sql = """
            UPDATE generated_reels SET media_id = coalesce(media_id, $2),
                permalink = coalesce($3, permalink), published_at = coalesce(published_at, $4)
            WHERE id = $1 AND (media_id = $2 OR media_id IS NULL OR $2 IS NULL) RETURNING id
        """
        try:
            saved = await self.pool.write(sql, reel, media_id, permalink, at)
        except asyncpg.UniqueViolationError as error:
            raise PostConflict(f"the post {media_id} is recorded for another Reel") from error
        if saved is None:
            if await self.get(reel) is None:
                raise _unknown(reel)
            raise PostConflict(f"a post other than {media_id} is recorded for the Reel")

    async def mark_comment_attempt(
        self, reel: str, at: datetime, *, after: datetime | None
    ) -> bool:
        """Write down that the first comment is about to be sent, before it is.

        False, and nothing is written, unless the last attempt is the one `after`: another
        execution was quicker.
        """
        sql = """
            UPDATE generated_reels SET comment_attempted_at = $2
            WHERE id = $1 AND published_at IS NOT NULL AND comment_id IS NULL
                AND comment_attempted_at IS NOT DISTINCT FROM $3
            RETURNING id
        """
        return await self.pool.write(sql, reel, at, after) is not None

    async def save_comment(self, reel: str, comment_id: str) -> None:
        """Write down the first comment. Again: the first one is kept."""
        sql = "UPDATE generated_reels SET comment_id = coalesce(comment_id, $2) WHERE id = $1"
        await self.pool.write(sql, reel, comment_id)

    async def close(self, reel: str, outcome: Outcome, reason: str | None) -> ReelRow:
        """Write down how the day ended, and return the row. Again: the newer ending is kept.

        A Reel that is out ends as published, whatever the caller thought: read it from the
        row. Raises NotPublished for that outcome without a post, and UnknownReel.
        """
        sql = """
            UPDATE generated_reels SET
                outcome = CASE WHEN published_at IS NULL THEN $2 ELSE 'published' END,
                reason = $3, stage = 'closed', stage_at = now(), waiting_for = NULL,
                closed_at = coalesce(closed_at, now())
            WHERE id = $1 RETURNING *
        """
        closed = _reel(await self.pool.write(sql, reel, outcome, reason))
        if closed is None:
            raise _unknown(reel)
        return closed


def _reel(row: asyncpg.Record | None) -> ReelRow | None:
    return ReelRow.model_validate(dict(row)) if row else None


def _unknown(reel: str) -> UnknownReel:
    return UnknownReel(f"there is no Reel {reel!r}")


def _day(row: asyncpg.Record) -> str:
    return f"{row['account_id']} on {row['day']}"
