"""Digests: what waits for a person, and what became of each day's letter."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from db.pool import Pool
from schemas.account import AccountDay, AccountId, ChannelName
from schemas.base import Frozen
from schemas.digest import Digest


class DigestState(StrEnum):
    """Where one person's digest of one day stands."""

    BEGUN = "begun"
    """Nothing was handed over: it may be tried."""
    SENDING = "sending"
    """It is being handed over, or whoever did has died."""
    SENT = "sent"
    EMPTY = "empty"
    REFUSED = "refused"
    UNKNOWN = "unknown"


OVER = frozenset(
    {DigestState.SENT, DigestState.EMPTY, DigestState.REFUSED, DigestState.UNKNOWN},
)
"""After these nothing is sent that day any more."""


class DigestRow(Frozen):
    """A row of `digests`."""

    person_id: str
    day: date
    state: DigestState
    reels: int = 0
    reason: str = ""
    """Why it was not sent, or may not have been."""
    begun_at: datetime
    sending_at: datetime | None = None
    ended_at: datetime | None = None


class WaitingReel(Frozen):
    """One Reel that waits for a person, as a letter shows it."""

    account_id: AccountId
    handle: str
    zone: str
    """Of the account."""
    day: date
    revision: str
    """Of caption A, which leads."""
    caption: str
    hashtags: tuple[str, ...]
    captions: int
    poster_key: str
    seconds: float
    waiting_since: datetime
    expires_at: datetime | None = None
    """None where silence does not end the review."""
    cost_micros: int
    total: int
    """How many wait for the person, this one and those that are not read included."""

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)


@dataclass(frozen=True)
class Digests:
    """The table `digests`, and the review queue as one person has it."""

    pool: Pool

    async def waiting(self, person: str, now: datetime, limit: int) -> tuple[WaitingReel, ...]:
        """So many of the Reels that wait for a person's decision, the first to expire first.

        Left out is what the person may not decide or has approved where two have to, what is
        held or over, and the accounts whose channels are named and are others than e-mail.
        """
        sql = """
            WITH theirs AS (
                SELECT laid.reel_id, laid.account_id, account.handle, account.zone, laid.day,
                    laid.revision, laid.caption, laid.hashtags, laid.poster_key, laid.seconds,
                    reel.stage_at AS waiting_since,
                    CASE WHEN account.silence = 'expire'
                        THEN greatest(reel.stage_at + account.expiry_hours * interval '1 hour',
                            laid.hold_until + interval '24 hours') END AS expires_at,
                    account.channels
                FROM approval_queue AS laid
                JOIN generated_reels AS reel ON reel.id = laid.reel_id AND reel.outcome IS NULL
                JOIN instagram_accounts AS account ON account.id = laid.account_id
                WHERE laid.status = 'pending' AND laid.variant = 'A'
                    AND (account.reviewers = '{}' OR $1 = ANY(account.reviewers))
                    AND (laid.hold_until IS NULL OR laid.hold_until <= $2)
                    AND NOT EXISTS (SELECT FROM approvals_given AS given
                        WHERE given.reel_id = laid.reel_id AND given.laying = laid.laying
                            AND given.reviewer = $1)),
            chosen AS (
                SELECT *, count(*) OVER () AS total FROM theirs
                WHERE (expires_at IS NULL OR expires_at > $2)
                    AND (channels = '{}' OR $4 = ANY(channels))
                ORDER BY expires_at NULLS LAST, waiting_since, reel_id LIMIT $3)
            SELECT chosen.*,
                (SELECT count(*) FROM approval_queue AS other WHERE
                    other.reel_id = chosen.reel_id AND other.status = 'pending') AS captions,
                (SELECT coalesce(sum(coalesce(cost_micros, estimated_micros)), 0)::bigint
                    FROM api_usage_logs WHERE reel_id = chosen.reel_id) AS cost_micros
            FROM chosen ORDER BY expires_at NULLS LAST, waiting_since, reel_id
        """
        rows = await self.pool.rows(sql, person, now, limit, ChannelName.EMAIL)
        return tuple(WaitingReel.model_validate(dict(row)) for row in rows)

    async def over(self, since: date) -> frozenset[Digest]:
        """The digests from a day on that are not to be sent any more."""
        sql = "SELECT person_id, day FROM digests WHERE day >= $1 AND state = ANY($2)"
        rows = await self.pool.rows(sql, since, sorted(OVER))
        return frozenset(Digest(person=row["person_id"], day=row["day"]) for row in rows)

    async def get(self, digest: Digest) -> DigestRow | None:
        """One of them, None before it was begun."""
        sql = "SELECT * FROM digests WHERE person_id = $1 AND day = $2"
        row = await self.pool.row(sql, digest.person, digest.day)
        return DigestRow.model_validate(dict(row)) if row else None

    async def begin(self, digest: Digest, now: datetime) -> DigestRow:
        """Write down that a digest is looked at. Again: the row as it stands."""
        sql = """
            INSERT INTO digests (person_id, day, begun_at) VALUES ($1, $2, $3)
            ON CONFLICT (person_id, day) DO UPDATE SET begun_at = digests.begun_at RETURNING *
        """
        row = await self.pool.write(sql, digest.person, digest.day, now)
        return DigestRow.model_validate(dict(row or {}))

    async def take(self, digest: Digest, reels: int, now: datetime) -> bool:
        """Take the right to hand a letter over. False when somebody else has or had it."""
        sql = """
            UPDATE digests SET state = 'sending', reels = $3, sending_at = $4, reason = ''
            WHERE person_id = $1 AND day = $2 AND state = 'begun' RETURNING day
        """
        return await self.pool.write(sql, digest.person, digest.day, reels, now) is not None

    async def put_off(self, digest: Digest, reason: str, *, since: DigestState) -> None:
        """It was certainly not sent, and may be tried again. Again: changes nothing.

        `since` is what the caller's attempt has made of the row; where another one has gone
        further, nothing changes.
        """
        sql = """
            UPDATE digests SET state = 'begun', reason = $3
            WHERE person_id = $1 AND day = $2 AND state = $4
        """
        await self.pool.write(sql, digest.person, digest.day, reason, since)

    async def end(
        self,
        digest: Digest,
        state: DigestState,
        now: datetime,
        *,
        since: DigestState,
        reason: str = "",
    ) -> None:
        """Write down what became of it; `since` as in `put_off`. Again: changes nothing.

        Of what was not known it may still be learned that it was sent.
        """
        sql = """
            UPDATE digests SET state = $3, ended_at = $4, reason = $5
            WHERE person_id = $1 AND day = $2
                AND (state = $6 OR (state = 'unknown' AND $3 = 'sent'))
        """
        await self.pool.write(sql, digest.person, digest.day, state, now, reason, since)

    async def troubled(self, since: date) -> tuple[DigestRow, ...]:
        """The digests from a day on that were not sent, or may not have been, the newest first."""
        sql = """
            SELECT * FROM digests WHERE day >= $1
                AND (state IN ('refused', 'unknown') OR (state = 'begun' AND reason <> ''))
            ORDER BY day DESC, person_id
        """
        return tuple(
            DigestRow.model_validate(dict(row)) for row in await self.pool.rows(sql, since)
        )
