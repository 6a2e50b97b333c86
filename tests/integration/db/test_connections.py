import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.database import Database, open_database
from db.failures import DatabaseDown
from db.pool import MAX_CONNECTIONS
from tests.conftest import beside


@pytest.fixture
async def fresh(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


async def cut(database_url: str) -> int:
    """Break every connection to the database but our own, as a failing network does."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
    return len(rows)


async def test_a_read_survives_connections_that_died_idle(
    fresh: Database, database_url: str
) -> None:
    await asyncio.gather(*(fresh.accounts.all() for _ in range(10)))
    assert await cut(database_url) > 0
    await asyncio.gather(*(fresh.accounts.all() for _ in range(10)))


async def test_a_read_that_is_cut_is_sent_once_more(fresh: Database, database_url: str) -> None:
    async def cut_soon() -> None:
        await asyncio.sleep(0.3)
        await cut(database_url)

    rows, _ = await asyncio.gather(fresh.pool.rows("SELECT pg_sleep(1), 7 AS n"), cut_soon())
    assert rows[0]["n"] == 7


async def test_a_write_that_is_cut_is_not_sent_again(fresh: Database, database_url: str) -> None:
    async def cut_soon() -> None:
        await asyncio.sleep(0.3)
        await cut(database_url)

    write = fresh.pool.write(
        "WITH slow AS (SELECT pg_sleep(1)) INSERT INTO door_events (event_key) "
        "SELECT 'cut' FROM slow RETURNING event_key"
    )
    wrote, _ = await asyncio.gather(write, cut_soon(), return_exceptions=True)
    assert isinstance(wrote, DatabaseDown)
    assert not await fresh.approvals.event_seen("cut")


async def test_a_transaction_that_is_cut_leaves_nothing(fresh: Database, database_url: str) -> None:
    async def write_halves() -> None:
        async with fresh.pool.transaction() as connection:
            await connection.execute("INSERT INTO door_events (event_key) VALUES ('half')")
            await cut(database_url)
            await connection.execute("INSERT INTO door_events (event_key) VALUES ('other half')")

    with pytest.raises(DatabaseDown):
        await write_halves()
    assert not await fresh.approvals.event_seen("half")


async def test_more_callers_than_connections_wait_their_turn(fresh: Database) -> None:
    rows = await asyncio.gather(
        *(fresh.pool.rows("SELECT pg_sleep(0.05), 1") for _ in range(3 * MAX_CONNECTIONS))
    )
    assert len(rows) == 3 * MAX_CONNECTIONS
    assert fresh.pool.inner.get_size() <= MAX_CONNECTIONS


async def test_a_statement_that_runs_away_is_stopped(fresh: Database) -> None:
    with pytest.raises(DatabaseDown, match="statement timeout"):
        await fresh.pool.write("SELECT pg_sleep(30)")


async def test_a_server_that_is_down_is_named_without_its_password(
    dead_port: int,
) -> None:
    with pytest.raises(DatabaseDown, match=f"127.0.0.1:{dead_port}") as caught:
        async with open_database(f"postgresql://reels:hush@127.0.0.1:{dead_port}/reels"):
            pass
    assert "hush" not in str(caught.value)


async def test_a_server_that_hangs_counts_as_down() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(DatabaseDown, match=f"127.0.0.1:{port} did not answer in time"):
            async with open_database(f"postgresql://reels:hush@127.0.0.1:{port}/reels"):
                pass


async def test_misuse_of_the_driver_is_not_taken_for_an_outage(fresh: Database) -> None:
    with pytest.raises(asyncpg.InterfaceError):
        await fresh.pool.rows("SELECT $1::int", 1, "one too many")


async def test_a_database_or_password_that_is_wrong_is_said(postgres_url: str) -> None:
    with pytest.raises(DatabaseDown, match="does not exist"):
        async with open_database(beside(postgres_url, "nowhere")):
            pass
    wrong = postgres_url.replace("reels:", "reels:hush", 1)
    with pytest.raises(DatabaseDown, match="password authentication failed") as caught:
        async with open_database(wrong):
            pass
    assert "hush" not in str(caught.value)
