"""What starter.py says about a Reel under review, and what it prints."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.day import Stage
from tests.commands import Ended, run_beside
from tests.factories import DAY, DECISION_KEY
from tests.workflows.test_edits import TAGS, WORDS, laid_anew
from tests.workflows.test_trust import waiting
from tests.workflows.world import World

Starter = Callable[..., Awaitable[Ended]]


@pytest.fixture
def starter(database_url: str, temporal_address: str, tmp_path: Path) -> Starter:
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": temporal_address,
        "DECISION_KEY": DECISION_KEY.hex(),
    }

    async def run(command: str, account: str, *words: str | Path) -> Ended:
        where = (command, account, DAY.isoformat())
        return await run_beside("starter.py", "--as", "ann", *where, *words, environ=environ)

    return run


async def test_an_edit_is_typed_and_answered(
    world: World, starter: Starter, tmp_path: Path
) -> None:
    day = await world.in_review()
    words = tmp_path / "words.txt"
    words.write_text(f"{WORDS}\n")
    nothing = await starter("edit", day.key.account)
    bad = await starter("edit", day.key.account, "--hashtags", "#one #two")
    no_file = await starter("edit", day.key.account, "--caption-file", tmp_path / "none.txt")
    done = await starter(
        *("edit", day.key.account, "--caption-file", words, "--hashtags", " ".join(TAGS)),
        *("--cover", "2.5"),
    )
    await laid_anew(day)
    row = await day.row()

    assert (nothing.code, bad.code, no_file.code) == (2, 2, 2)
    assert "edits: are empty; give a caption" in nothing.err
    assert "hashtags: there are 2; write 10 to 15" in bad.err
    assert "--caption-file: " in no_file.err
    assert (done.code, done.err) == (0, "")
    assert done.out == f"edited {day.key.account} {DAY} as ann, caption A\n"
    assert (row.caption, row.hashtags, row.cover_seconds) == (WORDS, TAGS, 2.5)
    assert (await day.progress()).stage is Stage.REVIEW


async def test_a_hold_is_typed_in_the_accounts_own_time(world: World, starter: Starter) -> None:
    day = await world.in_review(zone="Europe/Berlin", start_time="07:30")
    until = datetime.now(UTC).date() + timedelta(days=3)
    wrong = await starter("hold", day.key.account, "--until", "soon")
    past = await starter("hold", day.key.account, "--until", "2026-01-01")
    done = await starter("hold", day.key.account, "--until", until.isoformat(), "--note", "fair")
    (row, *_) = await world.db.approvals.newest((await day.row()).id)

    assert (wrong.code, past.code) == (2, 2)
    assert "write it like 2026-11-23 or" in wrong.err
    assert "hold_until: give a time to come" in past.err
    assert (done.code, done.err) == (0, "")
    assert f"held {day.key.account} {DAY} as ann: held until {until}" in done.out
    assert row.hold_until == datetime.combine(until, time(7, 30), ZoneInfo("Europe/Berlin"))


async def test_changes_are_typed_and_answered(world: World, starter: Starter) -> None:
    day = await world.in_review()
    silent = await starter("changes", day.key.account, "--what", "gameplay")
    done = await starter("changes", day.key.account, "--what", "gameplay", "--note", "too dark")
    await laid_anew(day)

    assert silent.code == 2
    assert "note: is empty; say what is wrong" in silent.err
    assert (done.code, done.err) == (0, "")
    assert done.out == f"asked for changes of {day.key.account} {DAY} as ann\n"


async def test_a_reel_that_was_approved_automatically_is_called_back(
    world: World, starter: Starter
) -> None:
    day, other = await waiting(world), await world.in_review()
    called = await starter("recall", day.key.account)
    nothing = await starter("recall", other.key.account)

    assert (called.code, called.err) == (0, "")
    assert called.out == f"called back {day.key.account} {DAY} as ann: people decide on it\n"
    assert await world.db.trust.recalled_by((await day.row()).id) == "ann"
    assert nothing.code == 2
    assert "is out, or waits for no automatic approval; see: starter.py show" in nothing.err
