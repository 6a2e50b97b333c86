"""A Temporal server of its own, whose clock each test may move, and a fresh world."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from db.database import Database, open_database
from runtime.temporal import connect
from tests.fakes import FakeDownloader
from tests.looking_once import look_once
from tests.workflows.clips import a_clip
from tests.workflows.world import World


@pytest.fixture(scope="session")
async def temporal_client(temporal_address: str) -> Client:
    return await connect(temporal_address, "default", "test")


@pytest.fixture(scope="session")
def clock(temporal_client: Client) -> TimeSkipper:
    """Moves the clock of one workflow at a time, and only when told to."""
    return TimeSkipper(temporal_client, config=TimeSkippingConfig(enabled=False))


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="session")
def clip() -> bytes:
    return a_clip()


@pytest.fixture
async def world(
    clock: TimeSkipper, db: Database, clip: bytes, tmp_path: Path
) -> AsyncIterator[World]:
    world = World(clock.client, db, tmp_path, FakeDownloader(clip))
    await world.work()
    yield world
    await world.end()


@pytest.fixture(scope="session", autouse=True)
def looking_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        look_once(patch, tmp_path_factory.mktemp("facts"))
        yield
