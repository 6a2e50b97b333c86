"""A page of the queue costs the same however much lies decided, and however much waits."""

import json
import time
from collections.abc import Iterator
from typing import Any

from bench.queue_rows import fill
from db.database import Database
from db.review_queue import QUEUE
from tests.integration.web.browsing import signed_in


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from steps(one)


async def test_a_page_reads_little_more_than_it_shows(database: Database, pages: str) -> None:
    await fill(database, waiting=1000, decided=4000)
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
