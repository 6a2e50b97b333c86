import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

import db.migrate
from db.database import open_database
from db.failures import DatabaseDown, NotMigrated
from db.migrate import MIGRATIONS, current, head, migrate
from tests.conftest import beside


@pytest.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    name = f"empty_{token_hex(6)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield beside(postgres_url, name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def shape(dsn: str) -> set[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT oid, relname, xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    return {tuple(row.values()) for row in rows}


async def test_an_empty_database_is_brought_to_the_newest_migration(empty_url: str) -> None:
    assert await current(empty_url) is None
    await migrate(empty_url)
    assert await current(empty_url) == head() == "0014"


async def test_a_second_migration_changes_nothing(empty_url: str) -> None:
    await migrate(empty_url)
    before = await shape(empty_url)
    await migrate(empty_url)
    assert await shape(empty_url) == before


async def test_migrations_at_once_all_end_well(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(5)))
    assert await current(empty_url) == head()


async def test_there_is_no_way_back() -> None:
    assert not hasattr(db.migrate, "downgrade")
    for path in Path(MIGRATIONS / "versions").glob("*.py"):
        assert "def downgrade" not in path.read_text()


async def test_the_alembic_command_says_which_one_to_use() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with pytest.raises(SystemExit, match=r"admin\.py migrate"):
        command.upgrade(config, "head")


async def test_a_database_that_was_not_migrated_says_what_to_run(empty_url: str) -> None:
    async with open_database(empty_url) as database:
        with pytest.raises(NotMigrated, match=r"admin\.py migrate"):
            await database.accounts.all()
        with pytest.raises(NotMigrated):
            await database.ping()


async def test_a_server_that_is_down_is_named_without_its_password(
    dead_port: int,
) -> None:
    dsn = f"postgresql://reels:hush@127.0.0.1:{dead_port}/reels"
    for act in (migrate, current):
        with pytest.raises(DatabaseDown, match=f"127.0.0.1:{dead_port}") as caught:
            await act(dsn)
        assert "hush" not in str(caught.value)
