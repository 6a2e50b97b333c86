from datetime import UTC, date, datetime

import pytest
from temporalio.exceptions import ApplicationError

from activities.gameplay import GameplayActivities
from activities.run import RunActivities
from clients.errors import Refused
from db.database import Database
from schemas.account import AccountStatus
from schemas.daily_run import AccountRun, DailyRunInput, PlanRunRequest, RunSummary
from schemas.failures import FailureKind
from schemas.gameplay import GameplayFacts, MusicFacts, Rights, WindowRequest
from tests.factories import NOW
from tests.fakes import FakeChannel
from tests.integration.activities.days import Day, a_day, run
from tests.integration.db.rows import some_gameplay


async def test_an_empty_pool_is_named(db: Database, day: Day) -> None:
    request = WindowRequest(key=day.key, reel=day.reel, seconds=20)

    with pytest.raises(ApplicationError, match="gameplay import") as refusal:
        await run(GameplayActivities(db=db).pick_window, request)
    assert refusal.value.type == "pool_empty"


async def test_a_reel_keeps_the_window_that_it_picked(db: Database, day: Day) -> None:
    facts = GameplayFacts(
        seconds=120,
        width=1920,
        height=1080,
        fps=60,
        has_audio=True,
        codec="h264",
        bytes=1_000,
        sha256="c" * 64,
    )
    await db.gameplay.add(facts, "gameplay/c.mp4", "caves")
    request = WindowRequest(key=day.key, reel=day.reel, seconds=20)

    first = await run(GameplayActivities(db=db).pick_window, request)

    assert first.object_key == "gameplay/c.mp4"
    assert 0 <= first.start_seconds <= 100
    assert await run(GameplayActivities(db=db).pick_window, request) == first


async def test_a_run_is_planned_for_the_accounts_of_its_time_and_zone(db: Database) -> None:
    zone = {"zone": "Pacific/Auckland", "start_time": "09:05"}
    here = await a_day(db, **zone)
    await a_day(db, **zone, status=AccountStatus.PAUSED)
    await a_day(db, zone="Europe/Berlin", start_time="09:05")
    run_input = DailyRunInput(start_time="09:05", zone="Pacific/Auckland")
    nominal = datetime(2026, 11, 21, 20, 5, tzinfo=UTC)

    plan = await run(
        RunActivities(db=db, channels=()).plan_run,
        PlanRunRequest(run=run_input, nominal_time=nominal),
    )

    assert (plan.day, plan.accounts) == (date(2026, 11, 22), (here.account.id,))


def a_summary(*accounts: AccountRun) -> RunSummary:
    return RunSummary(
        run=DailyRunInput(start_time="09:00", zone="UTC"),
        day=date(2026, 11, 23),
        run_id="run-77",
        started_at=NOW,
        ended_at=NOW,
        accounts=accounts,
    )


async def test_a_summary_is_kept_once(db: Database) -> None:
    runs = RunActivities(db=db, channels=())

    for _ in range(2):
        await run(runs.save_summary, a_summary(AccountRun(account="cats", status="review")))

    rows = await db.pool.rows("SELECT * FROM daily_runs WHERE run_id = 'run-77'")
    assert [row["accounts"][0]["status"] for row in rows] == ["review"]


async def test_a_summary_names_every_account_to_every_channel(db: Database) -> None:
    gone = Refused("slack", FailureKind.CONFIGURATION, "the webhook was removed")
    broken, whole = FakeChannel("slack", gone), FakeChannel("discord")
    summary = a_summary(
        AccountRun(account="cats", status="review"),
        AccountRun(account="dogs", status="needs-attention", reason="story failed"),
    )

    with pytest.raises(Refused):
        await run(RunActivities(db=db, channels=[broken, whole]).send_summary, summary)

    ((title, text),) = whole.told
    assert title == "Daily run 2026-11-23, 09:00 UTC"
    assert text.splitlines()[:2] == ["cats: review", "dogs: needs-attention (story failed)"]


async def test_a_summary_tells_days_ahead_that_gameplay_runs_out(db: Database) -> None:
    await db.pool.write("UPDATE gameplay_videos SET retired_at = now()")
    await db.pool.write("UPDATE instagram_accounts SET status = 'paused'")
    await db.gameplay.add(some_gameplay("runs-out", 200), "gameplay/runs-out.mp4", "")
    day, channel = await a_day(db, reel_seconds=20), FakeChannel()

    await run(RunActivities(db=db, channels=[channel]).send_summary, a_summary())

    ((_, text),) = channel.told
    assert f"{day.account.id} 10 days" in text
    assert "admin.py gameplay import" in text


async def test_music_is_picked_where_it_is_wanted_and_its_lack_is_named(
    db: Database, day: Day
) -> None:
    await db.gameplay.add(some_gameplay("with-music"), "gameplay/with-music.mp4", "")
    pick = GameplayActivities(db=db).pick_window
    request = WindowRequest(key=day.key, reel=day.reel, seconds=20, music=True)

    with pytest.raises(ApplicationError, match=r"admin\.py music import") as refusal:
        await run(pick, request)
    assert refusal.value.type == "pool_empty"
    facts = MusicFacts(seconds=90, codec="aac", bytes=1_000, sha256="d" * 64)
    rights = Rights(licence="CC BY 4.0", credit="Tune by Ann")
    await db.music.add(facts, "music/d.m4a", rights)

    window = await run(pick, request)

    assert window.bed is not None
    assert (window.bed.object_key, window.bed.credit) == ("music/d.m4a", "Tune by Ann")
    assert await run(pick, request) == window


async def test_a_run_without_accounts_says_so(db: Database) -> None:
    channel = FakeChannel()

    await run(RunActivities(db=db, channels=[channel]).send_summary, a_summary())

    assert "No active account" in channel.told[0][1]
