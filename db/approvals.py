"""Reviews: what lies before people, what they decided, and the log of every try."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from db.failures import AlreadyPublished, StaleRevision
from db.pool import Connection, Pool
from db.text import storable
from schemas.account import AccountDay, AccountId
from schemas.base import Frozen
from schemas.decision import Decision, Refusal, Verdict


class ApprovalStatus(StrEnum):
    """Where the review of one revision stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class ApprovalRow(Frozen):
    """A row of `approval_queue`: exactly what is decided on, and what was decided."""

    id: str
    reel_id: str
    account_id: AccountId
    day: date
    revision: str
    round: str = ""
    """The run of the day's workflow that laid it before people."""
    video_key: str
    poster_key: str
    video_sha256: str
    seconds: float
    caption: str
    hashtags: tuple[str, ...]
    status: ApprovalStatus
    decision_id: str | None = None
    reviewed_by: str | None = None
    channel: str | None = None
    notes: str | None = None
    reviewed_at: datetime | None = None
    created_at: datetime

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)


class AttemptRow(Frozen):
    """A row of `decision_log`: one try to decide, whether it counted or not."""

    id: int
    account_id: AccountId
    day: date
    revision: str | None = None
    decision_id: str | None = None
    verdict: Verdict | None = None
    reviewer: str | None = None
    channel: str
    note: str | None = None
    accepted: bool
    refusal: Refusal | None = None
    at: datetime


@dataclass(frozen=True)
class Approvals:
    """The tables `approval_queue`, `decision_log` and `door_events`."""

    pool: Pool

    async def enqueue(
        self, reel: str, key: AccountDay, revision: str, *, review_round: str = ""
    ) -> ApprovalRow:
        """Lay the Reel's newest revision before the reviewers; older ones are superseded.

        Again in the same round: the row as it is, decided or not. In another round, which is
        another run of the day, people are asked anew: what was decided stays in the log only.
        Raises StaleRevision when the revision is not the Reel's newest, AlreadyPublished when
        the Reel is out.
        """
        async with self.pool.transaction() as connection:
            await _refuse_old(connection, reel, key, revision)
            await connection.execute(
                """
                UPDATE approval_queue SET status = 'superseded'
                WHERE reel_id = $1 AND revision <> $2 AND status IN ('pending', 'approved')
                """,
                reel,
                revision,
            )
            await connection.execute(
                """
                UPDATE approval_queue SET status = 'pending', round = $3, decision_id = NULL,
                    reviewed_by = NULL, channel = NULL, notes = NULL, reviewed_at = NULL
                WHERE reel_id = $1 AND revision = $2 AND round <> $3
                """,
                reel,
                revision,
                review_round,
            )
            row = await connection.fetchrow(
                """
                INSERT INTO approval_queue (reel_id, account_id, day, revision, round, video_key,
                    poster_key, video_sha256, seconds, caption, hashtags)
                SELECT id, account_id, day, revision, $2, video_key, poster_key, video_sha256,
                    seconds, caption, hashtags
                FROM generated_reels WHERE id = $1
                ON CONFLICT (reel_id, revision) DO UPDATE SET status = CASE
                    WHEN approval_queue.status = 'superseded' THEN 'pending'
                    ELSE approval_queue.status END
                RETURNING *
                """,
                reel,
                review_round,
            )
        return ApprovalRow.model_validate(dict(row or {}))

    async def get(self, reel: str, revision: str) -> ApprovalRow | None:
        """The review of one revision."""
        sql = "SELECT * FROM approval_queue WHERE reel_id = $1 AND revision = $2"
        row = await self.pool.row(sql, reel, revision)
        return ApprovalRow.model_validate(dict(row)) if row else None

    async def pending(self) -> tuple[ApprovalRow, ...]:
        """What lies before people, oldest first."""
        sql = "SELECT * FROM approval_queue WHERE status = 'pending' ORDER BY created_at, id"
        return tuple(ApprovalRow.model_validate(dict(row)) for row in await self.pool.rows(sql))

    async def decide(self, reel: str, revision: str, decision: Decision) -> bool:
        """Let a decision count, if it is the first on this revision in its round.

        Again with the same decision: True again, but never in a later round: what counted
        once and is sent once more, by whomever, is no answer to a new question. The decision
        must be of this revision.
        """
        if decision.revision != revision:
            return False
        sql = """
            UPDATE approval_queue SET status = $3, decision_id = $4, reviewed_by = $5,
                channel = $6, notes = $7, reviewed_at = $8
            WHERE reel_id = $1 AND revision = $2 AND account_id = $9 AND day = $10
                AND status = 'pending'
                AND NOT EXISTS (SELECT FROM decision_log WHERE decision_id = $4 AND accepted)
            RETURNING id
        """
        status = _status_after(decision.verdict)
        won = await self.pool.write(
            sql,
            reel,
            revision,
            status,
            decision.id,
            storable(decision.reviewer),
            storable(decision.channel),
            storable(decision.note),
            decision.decided_at,
            decision.key.account,
            decision.key.day,
        )
        if won is not None:
            return True
        row = await self.get(reel, revision)
        return row is not None and (row.decision_id, row.status) == (decision.id, status)

    async def approved(self, reel: str, revision: str) -> bool:
        """Whether a person approved exactly this revision, and nothing newer replaced it."""
        row = await self.get(reel, revision)
        return row is not None and row.status is ApprovalStatus.APPROVED

    async def expire(self, reel: str, revision: str) -> bool:
        """Close a review that nobody answered. False when it was decided or superseded first.

        Again: True again.
        """
        sql = """
            UPDATE approval_queue SET status = 'expired'
            WHERE reel_id = $1 AND revision = $2 AND status IN ('pending', 'expired')
            RETURNING id
        """
        return await self.pool.write(sql, reel, revision) is not None

    async def record_attempt(  # noqa: PLR0913 - the columns of the log
        self,
        key: AccountDay,
        revision: str | None,
        decision: Decision | None,
        *,
        channel: str,
        accepted: bool,
        refusal: Refusal | None,
        at: datetime,
        event_key: str | None,
    ) -> None:
        """Append one try to the log, for good. Again with the same event key: changes nothing.

        `revision` is what lay before the reviewers; `decision` is None when it was unreadable.
        """
        sql = """
            INSERT INTO decision_log (account_id, day, revision, decision_id, verdict, reviewer,
                channel, note, decided_at, accepted, refusal, at, event_key)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (event_key) DO NOTHING
        """
        await self.pool.write(
            sql,
            key.account,
            key.day,
            decision.revision if decision else revision,
            decision.id if decision else None,
            decision.verdict if decision else None,
            storable(decision.reviewer) if decision else None,
            storable(channel),
            storable(decision.note) if decision else None,
            decision.decided_at if decision else None,
            accepted,
            refusal,
            at,
            event_key,
        )

    async def attempts(self, key: AccountDay) -> tuple[AttemptRow, ...]:
        """Every try to decide on a day, in order."""
        sql = "SELECT * FROM decision_log WHERE account_id = $1 AND day = $2 ORDER BY id"
        rows = await self.pool.rows(sql, key.account, key.day)
        return tuple(AttemptRow.model_validate(dict(row)) for row in rows)

    async def event_seen(self, event_key: str) -> bool:
        """Whether a door took the event before."""
        sql = "SELECT 1 FROM door_events WHERE event_key = $1"
        return await self.pool.row(sql, storable(event_key)) is not None

    async def remember_event(self, event_key: str) -> bool:
        """Note that a door took an event. False when it was taken before: a replay."""
        sql = """
            INSERT INTO door_events (event_key) VALUES ($1)
            ON CONFLICT (event_key) DO NOTHING RETURNING event_key
        """
        return await self.pool.write(sql, storable(event_key)) is not None


async def _refuse_old(connection: Connection, reel: str, key: AccountDay, revision: str) -> None:
    """Hold the Reel's row; raise when the revision is not its newest, or the Reel is out."""
    saved = await connection.fetchrow(
        """
        SELECT revision, published_at FROM generated_reels
        WHERE id = $1 AND account_id = $2 AND day = $3 FOR UPDATE
        """,
        reel,
        key.account,
        key.day,
    )
    if saved is None or saved["revision"] != revision:
        raise StaleRevision(
            f"revision {revision[:12]} is not the newest of {key.account} on {key.day}"
        )
    if saved["published_at"] is not None:
        raise AlreadyPublished(f"{key.account} on {key.day} is published already")


def _status_after(verdict: Verdict) -> ApprovalStatus:
    match verdict:
        case Verdict.APPROVE:
            return ApprovalStatus.APPROVED
        case Verdict.REJECT:
            return ApprovalStatus.REJECTED
    assert_never(verdict)
