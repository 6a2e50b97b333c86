"""A real PostgreSQL for one measurement, as durable as the local stack's."""

import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

from runtime.stack.home import Home, write_private
from runtime.stack.ports import LOOPBACK
from runtime.stack.postgres import Cluster, place_for
from runtime.stack.supervisor import Supervisor


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The address of an empty database. It is gone afterwards. Raises PartFailed."""
    with tempfile.TemporaryDirectory(prefix="reels-bench-") as folder:
        home = Home(Path(folder))
        home.path.chmod(0o755)  # PostgreSQL's user has to enter it
        home.make()
        write_private(home.path / "password", token_hex(16))
        cluster = Cluster(place_for(home.path), _free_port(), home.path / "password")
        supervisor = Supervisor(home.registry)
        try:
            await cluster.create(supervisor, home.logs / "initdb.log")
            await supervisor.start(cluster.part(home.logs / "postgres.log"))
            yield cluster.dsn
        finally:
            await supervisor.stop()


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind((LOOPBACK, 0))
        return int(tried.getsockname()[1])
