"""A migrated database, and in it one claimed day and one approved Reel."""

from collections.abc import AsyncIterator

import pytest

from db.database import Database, open_database
from tests.integration.activities.days import Day, a_day
from tests.integration.activities.desks import Desk, a_desk


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def day(db: Database) -> Day:
    return await a_day(db)


@pytest.fixture
async def desk(db: Database) -> Desk:
    return await a_desk(db)
