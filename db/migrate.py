"""Brings the schema up to this code. Forward only: a migration is mended by the next one.

There is no downgrade. A worker that is rolled back runs on the newer schema, so a migration
first adds what new code needs, and a later release drops what no running code reads.
"""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.dsn import place_of
from db.pool import CONNECT_SECONDS, translated

MIGRATIONS = Path(__file__).parent / "migrations"

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('reels migrations'))")
"""Held until the transaction ends, so that a second migration waits and then finds all done."""

_turn = asyncio.Lock()
"""Within a process too: Alembic keeps the migration that runs in a global."""


async def migrate(dsn: str) -> None:
    """Apply every migration that is missing, all of them or none.

    Again: changes nothing. Two at once: the second waits, then changes nothing.
    Raises DatabaseDown.
    """

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    with translated(place_of(dsn)):
        try:
            async with _turn, engine.begin() as connection:
                await connection.execute(ONE_AT_A_TIME)
                await connection.run_sync(_upgrade)
        finally:
            await engine.dispose()


def head() -> str:
    """The newest migration that this code knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    return newest or ""


async def current(dsn: str) -> str | None:
    """The migration that the database stands at, None when it was never migrated.

    Raises DatabaseDown.
    """
    with translated(place_of(dsn)):
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        try:
            version: str | None = await connection.fetchval(
                "SELECT version_num FROM alembic_version"
            )
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()
    return version


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
