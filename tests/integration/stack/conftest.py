"""A stack of the real servers alone, in a home of its own."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.stack.home import Home, write_private
from runtime.stack.postgres import Cluster, place_for
from runtime.stack.servers import ObjectStore, TemporalServer
from runtime.stack.supervisor import Supervisor
from tests.ports import local_ports


@dataclass(frozen=True)
class Servers:
    """Three servers and who keeps them."""

    supervisor: Supervisor
    postgres: Cluster
    temporal: TemporalServer
    store: ObjectStore

    async def start(self, home: Home) -> None:
        await self.postgres.create(self.supervisor, home.logs / "initdb.log")
        await self.supervisor.start(
            self.postgres.part(home.logs / "postgres.log"),
            self.temporal.part(home.logs / "temporal.log"),
            self.store.part(home.logs / "object-store.log"),
        )


def fresh_home() -> Home:
    # Not pytest's own folder: PostgreSQL's user could not enter that.
    path = Path(tempfile.mkdtemp(prefix="reels-stack-"))
    path.chmod(0o755)
    home = Home(path)
    home.make()
    return home


@pytest.fixture
def own_home() -> Iterator[Home]:
    home = fresh_home()
    yield home
    shutil.rmtree(home.path)


@pytest.fixture(scope="module")
def servers_home() -> Iterator[Home]:
    home = fresh_home()
    write_private(home.path / "password", "a password with 'quotes'/and@signs")
    yield home
    shutil.rmtree(home.path)


@pytest.fixture(scope="module")
async def servers(servers_home: Home) -> AsyncIterator[Servers]:
    home, free = servers_home, local_ports()
    password = home.path / "password"
    servers = Servers(
        Supervisor(home.registry),
        Cluster(place_for(home.path), free["reels_postgres_port"], password),
        TemporalServer(
            home.path / "temporal", free["reels_temporal_port"], free["reels_temporal_ui_port"]
        ),
        ObjectStore(home.path / "store", free["reels_s3_port"], "reels", "key", password),
    )
    await servers.start(home)
    yield servers
    await servers.supervisor.stop()
