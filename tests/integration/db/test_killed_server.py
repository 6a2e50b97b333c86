import asyncio
import os
import signal
from collections.abc import AsyncIterator
from secrets import token_hex

import asyncpg
import pytest

from db.database import Database, open_database
from db.failures import DatabaseDown
from db.migrate import migrate
from runtime.stack.supervisor import Supervisor
from tests.conftest import beside
from tests.factories import an_account
from tests.integration.db.rows import a_reel, a_reservation
from tests.waiting import SECONDS


@pytest.fixture
async def durable_url(postgres_url: str) -> AsyncIterator[str]:
    """A database whose commits survive the death of the server's processes."""
    name = f"killed_{token_hex(6)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    await connection.close()
    await migrate(beside(postgres_url, name))
    yield beside(postgres_url, name)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_what_was_written_survives_a_killed_server(
    durable_url: str, supervisor: Supervisor
) -> None:
    async with open_database(durable_url) as db:
        key, reel = await a_reel(db)
        row = await a_reservation(db, key, reel)
        await db.usage.submitted(row.id, "job-1")
        killed = supervisor.pid("postgres")
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(SECONDS):
            while supervisor.pid("postgres") == killed:
                await asyncio.sleep(0.05)
            await until_it_answers(db)
        again = await a_reservation(db, key, reel)
        assert (again.fresh, again.job_id) == (False, "job-1")
        await db.accounts.add(an_account(), None)


async def until_it_answers(db: Database) -> None:
    while True:
        try:
            await db.ping()
        except DatabaseDown:
            await asyncio.sleep(0.1)
        else:
            return
