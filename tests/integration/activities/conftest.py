"""A migrated database, and one claimed day in it."""

from collections.abc import AsyncIterator

import pytest

from db.database import Database, open_database
from tests.integration.activities.days import Day, a_day


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def day(db: Database) -> Day:
    return await a_day(db)
