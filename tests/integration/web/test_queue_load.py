"""The measurement of the queue's page measures what it says, at a small scale."""

from bench.queue_load import A_SECOND, WAITING, load


async def test_the_page_is_looked_at_while_decisions_count(database_url: str) -> None:
    seen = await load(database_url, seconds=2)
    assert len(seen.pages_ms) > 1
    assert 0 < seen.decisions_a_second <= A_SECOND
    assert seen.waiting == WAITING
    assert "approval_queue_pages" in seen.plan
