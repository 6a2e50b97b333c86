"""A page of the queue costs the same however much lies decided, and however much waits."""

import json
import time
from collections.abc import Iterator
from typing import Any

from db.database import Database
from db.review_queue import QUEUE
from tests.integration.web.browsing import signed_in

WAITING, DECIDED = 1000, 4000


async def fill(db: Database) -> None:
    """So many Reels that wait and that are decided, as the workers leave them."""
    await db.pool.write(
        """
        INSERT INTO instagram_accounts (id, handle, platform_user_id, theme, voice, audience,
            language, banned_topics, zone, start_time, reel_seconds, video_providers,
            share_to_feed, reviewers, reminder_hours, expiry_hours, silence, status)
        SELECT 'many-' || n, 'many ' || n, 'many-' || n, 'x', 'x', 'x', 'en', '{}', 'UTC',
            '09:00', 20, '{luma}', true, '{}', 24, 72, 'expire', 'active'
        FROM generate_series(1, 50) AS n
        """
    )
    await db.pool.write(
        """
        INSERT INTO generated_reels (account_id, day, claim, requested_by, stage)
        SELECT 'many-' || (n % 50 + 1), date '2020-01-01' + n / 50, 'run', 'test', 'review'
        FROM generate_series(1, $1::int) AS n
        """,
        WAITING + DECIDED,
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
        WAITING,
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


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from steps(one)


async def test_a_page_reads_little_more_than_it_shows(database: Database, pages: str) -> None:
    await fill(database)
    place = (await database.review_queue.page(500))[-1].place
    row = await database.pool.row(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {QUEUE}", 25, place.laid_at, place.reel, None
    )
    assert row is not None
    (plan,) = json.loads(row[0])
    found = list(steps(plan["Plan"]))
    used = {step.get("Index Name") for step in found}
    assert "approval_queue_pages" in used
    assert "one_row_a_step" in used
    assert not [
        step
        for step in found
        if step["Node Type"] == "Seq Scan" and step["Relation Name"] != "instagram_accounts"
    ]
    read = [
        step["Actual Rows"] * step["Actual Loops"] + step.get("Rows Removed by Filter", 0)
        for step in found
        if "Scan" in step["Node Type"] and step.get("Relation Name") == "approval_queue"
    ]
    assert max(read) <= 60
    async with await signed_in(database, pages) as browser:
        began = time.perf_counter()
        shown = await browser.get("/")
        took = time.perf_counter() - began
    assert "1000 waiting" in shown.text
    assert shown.text.count('class="card"') == 24
    assert took < 2  # far above what it takes, for a machine that is busy
