"""Rows of a review queue as the workers leave them, as many as are wanted."""

from db.database import Database

ACCOUNTS = 50


async def fill(db: Database, waiting: int, decided: int) -> None:
    """Lay so many Reels before people, two captions and five costs each; so many more are over.

    Once for a database: the accounts have fixed names.
    """
    await db.pool.write(
        """
        INSERT INTO instagram_accounts (id, handle, platform_user_id, theme, voice, audience,
            language, banned_topics, zone, start_time, reel_seconds, video_providers,
            share_to_feed, reviewers, reminder_hours, expiry_hours, silence, status)
        SELECT 'many-' || n, 'many ' || n, 'many-' || n, 'x', 'x', 'x', 'en', '{}', 'UTC',
            '09:00', 20, '{luma}', true, '{}', 24, 72, 'expire', 'active'
        FROM generate_series(1, $1::int) AS n
        """,
        ACCOUNTS,
    )
    await db.pool.write(
        """
        INSERT INTO generated_reels (account_id, day, claim, requested_by, stage, revision,
            video_key, poster_key, video_sha256, video_bytes, seconds, caption, hashtags)
        SELECT 'many-' || (n % $2 + 1), date '2020-01-01' + n / $2, 'run', 'test', 'review',
            encode(sha256(n::text::bytea), 'hex'), 'v', 'p', encode(sha256('v'), 'hex'), 1, 20,
            'A caption', '{#one}'
        FROM generate_series(1, $1::int) AS n
        """,
        waiting + decided,
        ACCOUNTS,
    )
    await db.pool.write(
        """
        INSERT INTO approval_queue (reel_id, account_id, day, revision, video_key, poster_key,
            video_sha256, seconds, caption, hashtags, variant, status, created_at)
        SELECT id, account_id, day, encode(sha256((id || letter)::bytea), 'hex'), 'v', 'p',
            encode(sha256(id::bytea), 'hex'), 20, 'A caption', '{#one}', letter,
            CASE WHEN number <= $1 THEN 'pending' ELSE 'expired' END,
            now() - number * interval '1 minute'
        FROM (SELECT *, row_number() OVER (ORDER BY random()) AS number
            FROM generated_reels WHERE account_id LIKE 'many-%') AS reels,
            unnest(ARRAY['A', 'B']) AS letter
        """,
        waiting,
    )
    await db.pool.write(
        """
        INSERT INTO api_usage_logs (reel_id, account_id, day, service, operation, model, step,
            state, estimated_micros, cost_micros)
        SELECT id, account_id, day, 'luma', 'x', 'x', 'step ' || n, 'settled', 1, 1000
        FROM generated_reels, generate_series(1, 5) AS n WHERE account_id LIKE 'many-%'
        """
    )
    for table in ("approval_queue", "generated_reels", "api_usage_logs", "instagram_accounts"):
        await db.pool.write(f"ANALYZE {table}")
