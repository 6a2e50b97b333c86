from datetime import timedelta

from db.database import Database
from schemas.account import AccountId
from tests.factories import NOW
from tests.integration.db.rows import a_published_reel

A_DAY = timedelta(hours=24)


async def containers(db: Database, account: AccountId, reel: str, *ages: timedelta) -> None:
    for number, age in enumerate(ages):
        await db.pool.write(
            "INSERT INTO containers (id, reel_id, account_id, revision, made_at) "
            "VALUES ($1, $2, $3, $4, $5)",
            *(f"container-{number}-of-{reel}", reel, account, "0" * 64, NOW - age),
        )


async def test_an_account_s_posts_within_the_window_are_counted_newest_first(db: Database) -> None:
    key, _, _ = await a_published_reel(db)
    await a_published_reel(db)

    assert await db.ledger.posts(key.account, NOW - A_DAY, 50) == (NOW,)
    assert await db.ledger.posts(key.account, NOW, 50) == ()


async def test_only_as_many_posts_are_read_as_the_limit_needs(db: Database) -> None:
    key, _, _ = await a_published_reel(db)
    assert await db.ledger.posts(key.account, NOW - A_DAY, 0) == ()
    assert await db.ledger.posts(key.account, NOW - A_DAY, 1) == (NOW,)


async def test_containers_are_counted_for_their_own_account(db: Database) -> None:
    key, reel, _ = await a_published_reel(db)
    other, others, _ = await a_published_reel(db)
    hour = timedelta(hours=1)
    await db.pool.write("DELETE FROM containers")
    await containers(db, key.account, reel, hour, 2 * hour, 25 * hour)
    await containers(db, other.account, others, hour)

    found = await db.ledger.containers(key.account, NOW - A_DAY, 400)
    assert found == (NOW - hour, NOW - 2 * hour)
    assert await db.ledger.containers(key.account, NOW - A_DAY, 1) == (NOW - hour,)
