"""Reviews: what lies before people, what they decided, and the log of every try."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from db import laying
from db.approval_row import ApprovalRow, ApprovalStatus, AttemptRow
from db.pool import Connection, Pool
from db.text import storable
from schemas.account import AccountDay
from schemas.decision import Decision, Refusal, Verdict
from schemas.reel import ComposedReel, Variant


@dataclass(frozen=True)
class Approvals:
    """The tables `approval_queue`, `decision_log` and `door_events`.

    Whatever changes a review holds the row of its Reel first: changes come one by one.
    """

    pool: Pool

    async def lay(  # noqa: PLR0913 - each is named by who asks
        self,
        reel: str,
        composed: ComposedReel,
        variants: Sequence[Variant],
        *,
        review_round: str = "",
        approvals_needed: int = 1,
        people_only: bool = False,
    ) -> tuple[ApprovalRow, ...]:
        """Lay one or two captions of a video before the reviewers, the leading one first.

        The leading one becomes the Reel's newest revision; what was laid before is superseded.
        Again in the same round: the rows as they are, decided or not, unless a person sent them
        back, or `people_only` says that an automatic approval counts no more. In another round,
        which is another run of the day, people are asked anew: what was decided stays in the log
        only. Raises UnknownReel, or AlreadyPublished when the Reel is out.
        """
        async with self.pool.transaction() as connection:
            asked = laying.Asked(review_round, approvals_needed, composed.picked_cover, people_only)
            return await laying.lay(connection, reel, composed, variants, asked)

    async def get(self, reel: str, revision: str) -> ApprovalRow | None:
        """The review of one revision."""
        sql = "SELECT * FROM approval_queue WHERE reel_id = $1 AND revision = $2"
        row = await self.pool.row(sql, reel, revision)
        return ApprovalRow.model_validate(dict(row)) if row else None

    async def day_of(self, revision: str) -> AccountDay | None:
        """The day that a revision is of; None when it was never laid before people."""
        sql = """
            SELECT account_id, day FROM approval_queue WHERE revision = $1
            ORDER BY created_at DESC LIMIT 1
        """
        row = await self.pool.row(sql, revision)
        return AccountDay(account=row["account_id"], day=row["day"]) if row else None

    async def newest(self, reel: str) -> tuple[ApprovalRow, ...]:
        """What was last laid before people, by letter; empty before the first draft."""
        return laying.rows(await self.pool.rows(laying.NEWEST, reel))

    async def pending(self) -> tuple[ApprovalRow, ...]:
        """What lies before people, oldest first, the variants of a Reel by letter."""
        return laying.rows(
            await self.pool.rows(
                """
                SELECT * FROM approval_queue WHERE status = 'pending'
                ORDER BY created_at, reel_id, variant
                """
            )
        )

    async def decide(self, reel: str, revision: str, decision: Decision) -> bool:
        """Let a decision count, if it is the first on any variant in its round.

        An approved variant becomes what its Reel publishes, and the other one is superseded;
        an edit or a request for changes supersedes both, and says by whom.
        Again with the same decision: True again, but never in a later round: what counted
        once and is sent once more, by whomever, is no answer to a new question. The decision
        must be of this revision.
        """
        if decision.revision != revision:
            return False
        status = _status_after(decision.verdict)
        async with self.pool.transaction() as connection:
            await laying.hold(connection, reel)
            if await _answer(connection, reel, decision, status):
                await connection.execute(
                    """
                    UPDATE approval_queue SET status = 'superseded'
                    WHERE reel_id = $1 AND revision <> $2 AND status = 'pending'
                    """,
                    reel,
                    revision,
                )
                if status is ApprovalStatus.APPROVED:
                    await _choose(connection, reel, revision)
                return True
        row = await self.get(reel, revision)
        return row is not None and (row.decision_id, row.status) == (decision.id, status)

    async def hold(self, reel: str, decision: Decision) -> bool:
        """Write down until when people want the review of a revision to wait.

        False when it was decided, or when the decision counted before and something else was
        said since. Again: True again.
        """
        sql = """
            UPDATE approval_queue AS held SET hold_until = $3
            FROM approval_queue AS meant
            WHERE meant.reel_id = $1 AND meant.revision = $2 AND meant.status = 'pending'
                AND held.reel_id = $1 AND held.laying = meant.laying AND held.status = 'pending'
                AND (meant.hold_until IS NOT DISTINCT FROM $3 OR NOT EXISTS
                    (SELECT FROM decision_log WHERE decision_id = $4 AND accepted))
            RETURNING held.id
        """
        until, given = decision.hold_until, decision.id
        return await self.pool.write(sql, reel, decision.revision, until, given) is not None

    async def approved(self, reel: str, revision: str) -> bool:
        """Whether a person approved exactly this revision, and nothing newer replaced it."""
        row = await self.get(reel, revision)
        return row is not None and row.status is ApprovalStatus.APPROVED

    async def expire(self, reel: str, revision: str) -> bool:
        """Close a review that nobody answered, with every variant that was laid in it.

        False when it was decided or superseded first. Again: True again.
        """
        async with self.pool.transaction() as connection:
            await laying.hold(connection, reel)
            await connection.execute(
                """
                UPDATE approval_queue SET status = 'expired'
                WHERE reel_id = $1 AND status = 'pending' AND laying = (
                    SELECT laying FROM approval_queue WHERE reel_id = $1 AND revision = $2)
                """,
                reel,
                revision,
            )
        row = await self.get(reel, revision)
        return row is not None and row.status is ApprovalStatus.EXPIRED

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
                channel, note, decided_at, accepted, refusal, at, event_key, edits, change,
                hold_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
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
            *_asked(decision),
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


async def _answer(
    connection: Connection, reel: str, decision: Decision, status: ApprovalStatus
) -> bool:
    """Write a decision under its revision, if that is pending and the decision is a new one."""
    won = await connection.fetchval(
        """
        UPDATE approval_queue SET status = $3, decision_id = $4, reviewed_by = $5,
            channel = $6, notes = $7, reviewed_at = $8, ended_by = $11
        WHERE reel_id = $1 AND revision = $2 AND account_id = $9 AND day = $10
            AND status = 'pending'
            AND NOT EXISTS (SELECT FROM decision_log WHERE decision_id = $4 AND accepted)
        RETURNING id
        """,
        reel,
        decision.revision,
        status,
        decision.id,
        storable(decision.reviewer),
        storable(decision.channel),
        storable(decision.note),
        decision.decided_at,
        decision.key.account,
        decision.key.day,
        decision.verdict if status is ApprovalStatus.SUPERSEDED else None,
    )
    return won is not None


def _asked(decision: Decision | None) -> tuple[dict[str, object] | None, str | None, object]:
    """What a decision asks for beside its verdict, as the log keeps it."""
    if decision is None:
        return None, None, None
    edits = decision.edits.model_dump(mode="json", exclude_none=True)
    if caption := edits.get("caption"):
        edits["caption"] = storable(caption)
    if hashtags := edits.get("hashtags"):
        edits["hashtags"] = [storable(tag) for tag in hashtags]
    return edits or None, decision.change, decision.hold_until


async def _choose(connection: Connection, reel: str, revision: str) -> None:
    """Make an approved variant the one that the Reel publishes."""
    await connection.execute(
        """
        UPDATE generated_reels SET revision = chosen.revision, caption = chosen.caption,
            hashtags = chosen.hashtags, hook_type = chosen.hook_type, cta = chosen.cta,
            variant = chosen.variant
        FROM approval_queue AS chosen
        WHERE generated_reels.id = $1 AND chosen.reel_id = $1 AND chosen.revision = $2
        """,
        reel,
        revision,
    )


def _status_after(verdict: Verdict) -> ApprovalStatus:
    match verdict:
        case Verdict.APPROVE:
            return ApprovalStatus.APPROVED
        case Verdict.REJECT:
            return ApprovalStatus.REJECTED
        case Verdict.EDIT | Verdict.CHANGES:
            return ApprovalStatus.SUPERSEDED
        case Verdict.HOLD:
            return ApprovalStatus.PENDING
    assert_never(verdict)
