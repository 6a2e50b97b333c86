from datetime import timedelta

from db.database import Database
from db.errors import MESSAGE_LIMIT
from schemas.daily_run import AccountRun, DailyRunInput, RunSummary
from tests.factories import DAY, NOW
from tests.integration.db.rows import a_day


async def test_a_failure_is_kept_whatever_its_message_holds(db: Database) -> None:
    key = await a_day(db)
    message = "bad\x00 bytes \ud800 " + "x" * 2 * MESSAGE_LIMIT
    await db.errors.record(key, step="compose", kind="bad_media", message=message, attempt=2)
    await db.errors.record(None, step="start", kind="configuration", message="no key")
    (row,) = await db.errors.of_day(key)
    assert (row.step, row.kind, row.attempt) == ("compose", "bad_media", 2)
    assert row.message.startswith("bad\ufffd bytes ? x")
    assert len(row.message) == MESSAGE_LIMIT


async def test_a_runs_summary_is_kept_once(db: Database) -> None:
    def summary(status: str) -> RunSummary:
        return RunSummary(
            run=DailyRunInput(start_time="09:00", zone="UTC"),
            day=DAY,
            run_id="run-1",
            started_at=NOW,
            ended_at=NOW + timedelta(hours=1),
            accounts=(AccountRun(account="a", status=status),),
        )

    await db.runs.save(summary("late"))
    await db.runs.save(summary("review"))
    rows = await db.pool.rows("SELECT accounts FROM daily_runs WHERE run_id = 'run-1'")
    assert [row["accounts"] for row in rows] == [
        [{"account": "a", "status": "review", "reason": None}]
    ]
