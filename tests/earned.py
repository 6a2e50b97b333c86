"""Accounts that have earned automatic approval: posts by the dozen, each as people approved it."""

from datetime import date
from itertools import count

from db.database import Database
from schemas.account import Account, AccountDay
from schemas.trust import is_sampled
from tests.factories import DAY, DECISION_KEY

_NAMES = count(1)

_POSTS = (
    # Bytes and words differ from day to day; that is all that matters of them.
    """
    INSERT INTO generated_reels (account_id, day, claim, requested_by, revision, video_key,
        poster_key, video_sha256, seconds, caption, hashtags)
    SELECT $1::text, $2::date - back, 'run', 'test', digest, 'reel.mp4', 'poster.png', digest, 20,
        'words', '{#tag}'::text[]
    FROM generate_series(1, $3::int) AS back,
        LATERAL (SELECT encode(sha256(($1::text || back)::bytea), 'hex') AS digest) AS made
    """,
    """
    INSERT INTO approval_queue (reel_id, account_id, day, revision, video_key, poster_key,
        video_sha256, seconds, caption, hashtags)
    SELECT id, account_id, day, revision, video_key, poster_key, video_sha256, seconds, caption,
        hashtags
    FROM generated_reels WHERE account_id = $1 AND day BETWEEN $2::date - $3::int AND $2::date - 1
    """,
    """
    UPDATE approval_queue SET status = 'approved', decision_id = 'decision-of-' || id,
        reviewed_by = 'alice', channel = 'test', reviewed_at = now()
    WHERE account_id = $1 AND day BETWEEN $2::date - $3::int AND $2::date - 1
    """,
    """
    UPDATE generated_reels SET container_id = 'container-of-' || id,
        container_revision = revision, container_at = day
    WHERE account_id = $1 AND day BETWEEN $2::date - $3::int AND $2::date - 1
    """,
    """
    UPDATE generated_reels SET published_at = day, media_id = 'media-of-' || id,
        outcome = 'published', stage = 'closed', closed_at = day
    WHERE account_id = $1 AND day BETWEEN $2::date - $3::int AND $2::date - 1
    """,
)


async def posts(db: Database, account: Account, number: int = 50, before: date = DAY) -> None:
    """So many posts, one a day until the day before, which people approved as they were laid."""
    async with db.pool.transaction() as connection:
        for sql in _POSTS:
            await connection.execute(sql, account.id, before, number)


def a_name(*, sampled: bool = False, day: date = DAY) -> str:
    """The id of an account whose day people see as a sample, or don't."""
    names = (f"earned-{number}" for number in _NAMES)
    return next(
        name
        for name in names
        if is_sampled(AccountDay(account=name, day=day), 0.1, DECISION_KEY) is sampled
    )
