"""Real servers for the tests, each started when the first test asks for it.

The network is shut but for this machine: an audit hook refuses every other address.
"""

import ipaddress
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import asyncpg
import imageio_ffmpeg
import pytest
from hypothesis import settings

from db.migrate import migrate
from runtime.stack.home import Home, write_private
from runtime.stack.postgres import Cluster, place_for
from runtime.stack.processes import Simulators
from runtime.stack.servers import ObjectStore, TemporalServer
from runtime.stack.supervisor import Supervisor
from tests.ports import free_port


@dataclass(frozen=True)
class StoreAccess:
    """How an S3 client enters the object store."""

    endpoint: str
    bucket: str
    key_id: str
    secret: str
    files: Path
    """The bucket's folder: each object is a file in it."""


def refuse_the_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Raise for a connection or a name that is not this machine's."""
    if event == "socket.connect" and isinstance(address := arguments[1], tuple):
        host = str(address[0])
    elif event == "socket.getaddrinfo":
        host = str(arguments[0] or "localhost")
    else:
        return
    if not is_this_machine(host):
        raise RuntimeError(f"a test tried to reach {host}; tests reach this machine only")


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", socket.gethostname()}


sys.addaudithook(refuse_the_outside)

# A busy machine breaks no law: what an example takes says nothing.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """A folder that PostgreSQL's user may enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="reels-test-"))
    path.chmod(0o755)
    home = Home(path)
    home.make()
    write_private(path / "password", token_hex(16))
    yield home
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def dead_port() -> Iterator[int]:
    """A port that is kept from everybody, and where nothing listens."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@pytest.fixture(scope="session")
async def supervisor(home: Home) -> AsyncIterator[Supervisor]:
    """Keeps the session's servers running; `pid(name)` is for tests that kill one."""
    supervisor = Supervisor(home.registry)
    yield supervisor
    await supervisor.stop()


@pytest.fixture(scope="session")
async def postgres_url(home: Home, supervisor: Supervisor) -> str:
    """The server's own database, for making others beside it."""
    cluster = Cluster(
        place_for(home.path),
        free_port(),
        home.path / "password",
        durable=False,
    )
    await cluster.create(supervisor, home.logs / "initdb.log")
    await supervisor.start(cluster.part(home.logs / "postgres.log"))
    return cluster.dsn


@pytest.fixture(scope="session")
async def migrated_template(postgres_url: str) -> str:
    """The name of a migrated database that others are copied from."""
    name = "migrated"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    await migrate(beside(postgres_url, name))
    return name


@pytest.fixture(scope="module")
async def database_url(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A fresh, migrated database for each test module."""
    name = f"test_{token_hex(6)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    yield beside(postgres_url, name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="session")
async def temporal_address(home: Home, supervisor: Supervisor) -> str:
    """A Temporal development server's host:port."""
    server = TemporalServer(
        home.path / "temporal",
        free_port(),
        free_port(),
        # A test may move the clock of a workflow: temporalio.testing.TimeSkipper.
        dynamic=("frontend.WorkflowTimeSkippingEnabled=true",),
        cores=1,
        durable=False,
    )
    await supervisor.start(server.part(home.logs / "temporal.log"))
    return server.address


@pytest.fixture(scope="session")
async def object_store(home: Home, supervisor: Supervisor) -> StoreAccess:
    """An S3 server that checks signatures, with its bucket made."""
    port, secret = free_port(), home.path / "password"
    server = ObjectStore(home.path / "store", port, "reels", "test-key", secret)
    await supervisor.start(server.part(home.logs / "object-store.log"))
    return StoreAccess(
        server.endpoint, server.bucket, server.key_id, secret.read_text(), server.files
    )


@pytest.fixture(scope="session")
async def simulators_url(home: Home, supervisor: Supervisor) -> str:
    """The outside world on one port; `/_ledger` tells what reached it."""
    simulators = Simulators(home.path / "simulators", free_port())
    await supervisor.start(simulators.part(home.logs / "simulators.log"))
    return simulators.url


@pytest.fixture(scope="session")
def top_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second at 24 frames, without sound."""
    path = tmp_path_factory.mktemp("top") / "top.mp4"
    source = "testsrc2=size=160x160:rate=24:duration=1"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source),
            *("-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)),
        ],
        check=True,
    )
    return path


async def quick(name: str, home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """A world of its own, whose videos are finished at once; where it answers."""
    simulators = Simulators(home.path / name, free_port(), top_clip=top_clip, pace=0)
    part = simulators.part(home.logs / f"{name}.log")
    await supervisor.start(replace(part, name=name))
    return simulators.url


@pytest.fixture(scope="session")
async def quick_simulators(home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """The outside world with videos that are finished at once: one short clip for all of them."""
    return await quick("quick-simulators", home, supervisor, top_clip)


def beside(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return f"{url.rpartition('/')[0]}/{name}"
