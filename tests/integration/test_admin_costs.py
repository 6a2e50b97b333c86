from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database, open_database
from tests.conftest import StoreAccess
from tests.factories import an_account
from tests.integration.db.rows import a_published_reel, a_reservation
from tests.integration.door import AdminDoor, admin_door

NOVEMBER = ("--month", "2026-11")


@pytest.fixture(scope="module")
def admin(
    database_url: str, object_store: StoreAccess, tmp_path_factory: pytest.TempPathFactory
) -> AdminDoor:
    return admin_door(database_url, object_store, tmp_path_factory.mktemp("costs"))


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="module")
async def spender(db: Database) -> str:
    """An account with one video, published in November 2026, whose calls were a week ago."""
    key, reel, _ = await a_published_reel(db)
    bought = await a_reservation(db, key, reel, "one")
    await db.usage.settle(bought.id, 640_000, units={"input_tokens": 1000})
    await db.usage.unknown((await a_reservation(db, key, reel, "two")).id)
    await move(db, datetime(2026, 11, 23, 9, tzinfo=UTC))
    return key.account


async def move(db: Database, at: datetime) -> None:
    await db.pool.write("UPDATE api_usage_logs SET reserved_at = $1 RETURNING id", at)


async def test_a_month_is_shown_by_day_account_and_service(admin: AdminDoor, spender: str) -> None:
    shown = await admin("costs", *NOVEMBER)
    assert (shown.code, shown.err) == (0, "")
    lines = [line.split() for line in shown.out.splitlines()]
    money = ["0.64", "USD", "0.00", "USD", "0.90", "USD"]
    for what in ("2026-11-23", spender, "luma"):
        assert [what, "2", *money] in lines
    assert "2026-11: 0.64 USD settled, 0.00 USD reserved for what is under way" in shown.out
    assert "per video: 1.54 USD on average of 1 published, 1.54 USD the last" in shown.out
    assert "prompt cache: saved 0.00 USD; 0 % of 1000 prompt tokens" in shown.out


async def test_one_table_is_shown_when_one_is_asked_for(admin: AdminDoor, spender: str) -> None:
    services = (await admin("costs", *NOVEMBER, "--by", "service")).out
    assert "luma" in services
    assert spender not in services
    videos = (await admin("costs", *NOVEMBER, "--by", "video")).out
    assert [spender, "2026-11-23", "0.64"] in [line.split()[:3] for line in videos.splitlines()]


async def test_another_account_has_spent_nothing(
    admin: AdminDoor, db: Database, spender: str
) -> None:
    other = an_account()
    await db.accounts.add(other, None)
    shown = (await admin("costs", *NOVEMBER, "--account", other.id)).out
    assert spender not in shown
    assert "nothing was spent" in shown
    assert "per video: none was published" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--account", "nobody"), "--account: there is no account 'nobody'"),
        (("--month", "November"), "write it like 2026-11"),
        (("--by", "hour"), "--by"),
    ],
)
async def test_a_wrong_wish_is_refused_with_its_option(
    admin: AdminDoor, words: tuple[str, ...], said: str
) -> None:
    refused = await admin("costs", *words)
    assert refused.code == 2
    assert said in refused.err


async def test_the_forecast_goes_on_with_what_an_account_day_cost_lately(
    admin: AdminDoor, db: Database, spender: str
) -> None:
    today = datetime.now(UTC)
    await move(db, today - timedelta(days=1))
    shown = (await admin("costs", "--account", spender, "--by", "day")).out
    await move(db, datetime(2026, 11, 23, 9, tzinfo=UTC))

    (line,) = [line for line in shown.splitlines() if line.startswith("forecast")]
    left = ((today + timedelta(days=31)).replace(day=1) - timedelta(days=1) - today).days
    so_far = 0 if today.day == 1 else 1_540_000
    assert f"{left} account-days to come x 1.54 USD, the average of 1" in line
    assert f"= {so_far / 1e6:.2f} USD so far" in line


async def test_without_a_recent_day_there_is_no_forecast(admin: AdminDoor, db: Database) -> None:
    idle = an_account()
    await db.accounts.add(idle, None)
    shown = (await admin("costs", "--account", idle.id)).out
    assert "forecast" in shown
    assert "none, since nothing was spent" in shown
