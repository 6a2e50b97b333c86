"""How long the pool lasts is said days ahead."""

from datetime import timedelta

import pytest

from db.database import Database
from db.supply import days_left
from schemas.account import Account, AccountDay, AccountStatus
from schemas.supply import Supply
from tests.factories import DAY, an_account
from tests.integration.db.rows import some_gameplay


@pytest.fixture(autouse=True)
async def alone(db: Database) -> None:
    await db.pool.write("UPDATE gameplay_videos SET retired_at = now()")
    await db.pool.write("UPDATE instagram_accounts SET status = 'paused'")


async def someone(db: Database, **changes: object) -> Account:
    account = an_account(**changes)
    await db.accounts.add(account, b"sealed")
    return account


async def shows(db: Database, account: Account, windows: int) -> None:
    for number in range(windows):
        key = AccountDay(account=account.id, day=DAY + timedelta(days=number))
        reel = await db.reels.claim(key, "run", "test")
        assert reel is not None
        await db.windows.pick(reel.id, account.reel_seconds)


async def left(db: Database) -> dict[str, Supply]:
    return {one.account: one for one in await db.supply.left()}


@pytest.mark.parametrize(
    ("free", "ages", "days"),
    [
        pytest.param(0, [], 0, id="dry"),
        pytest.param(5, [], 5, id="a-window-a-day"),
        pytest.param(0, [89], 0, id="one-comes-back-tomorrow"),
        pytest.param(1, [89], 2, id="one-comes-back-in-time"),
        pytest.param(5, list(range(1, 86)), None, id="they-come-back-as-fast-as-they-go"),
        pytest.param(4, list(range(1, 86)), 4, id="one-short-of-ninety"),
        pytest.param(90, [], None, id="enough-for-good"),
        pytest.param(89, [], 89, id="one-short"),
    ],
)
def test_days_are_counted_with_the_windows_that_come_free(
    free: int, ages: list[int], days: int | None
) -> None:
    assert days_left(free, ages) == days


async def test_each_account_is_counted_by_its_own_length_and_what_it_showed(db: Database) -> None:
    for name, seconds in (("one", 120.4), ("two", 60), ("short", 12)):
        await db.gameplay.add(some_gameplay(f"supply-{name}", seconds), f"supply/{name}", name)
    quick, slow = await someone(db, reel_seconds=20), await someone(db, reel_seconds=60)
    await someone(db, status=AccountStatus.PAUSED)
    await shows(db, quick, 4)

    found = await left(db)

    assert set(found) == {quick.id, slow.id}
    assert (found[quick.id].free, found[quick.id].days) == (6, 6)
    assert (found[slow.id].free, found[slow.id].days) == (4, 4)
    assert [one.account for one in await db.supply.left()] == [slow.id, quick.id]
    assert found[quick.id].nearly_dry


async def test_an_empty_pool_lasts_no_day(db: Database) -> None:
    account = await someone(db)
    assert (await left(db))[account.id].days == 0


async def test_the_pool_is_summed_up_by_state(db: Database) -> None:
    before = await db.supply.stats()
    for number in range(3):
        await db.gameplay.add(some_gameplay(f"state-{number}", 60), f"state/{number}", "")
    raw = await db.normalising.claim()
    assert raw is not None
    account = await someone(db)
    await shows(db, account, 2)

    stats = await db.supply.stats()

    assert (stats.raw_clips, stats.raw_seconds) == (3, 180)
    assert stats.normalised_clips == 0
    assert stats.unlicensed == 3
    assert stats.retired_clips == before.retired_clips
    assert (stats.windows, stats.repeated) == (before.windows + 2, before.repeated)
