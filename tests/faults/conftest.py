"""A world for killed workers: two outside worlds, and each clip looked at once."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from db.database import Database, open_database
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor
from tests.conftest import quick
from tests.looking_once import look_once


@pytest.fixture(scope="session")
async def other_simulators(home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """Another outside world, which knows nothing of the first one's faults."""
    return await quick("other-simulators", home, supervisor, top_clip)


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="session", autouse=True)
def looking_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        look_once(patch, tmp_path_factory.mktemp("facts"))
        yield
