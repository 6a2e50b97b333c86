"""The real servers come back with their data, whatever kills them."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    ListNamespacesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.stack.home import Home, began
from runtime.temporal import connect
from tests.integration.stack.conftest import Servers
from tests.waiting import SECONDS


async def killed(servers: Servers, part: str) -> None:
    """Kill a part with -9 and wait until another process stands in its place."""
    before = servers.supervisor.pid(part)
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(SECONDS):
        while servers.supervisor.pid(part) == before:
            await asyncio.sleep(0.05)


async def database(servers: Servers) -> "asyncpg.Connection[asyncpg.Record]":
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return await asyncpg.connect(servers.postgres.dsn)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)


async def temporal(servers: Servers) -> Client:
    async with asyncio.timeout(SECONDS):
        while not await servers.temporal.part(Path("/dev/null")).ready():
            await asyncio.sleep(0.1)
    return await connect(servers.temporal.address, "default", "test")


async def test_postgres_comes_back_with_its_rows(servers: Servers) -> None:
    connection = await database(servers)
    await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
    await connection.close()

    await killed(servers, "postgres")

    connection = await database(servers)
    assert await connection.fetchval("SELECT word FROM kept") == "here"
    await connection.close()


async def test_postgres_takes_no_one_without_its_password(servers: Servers) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(servers.postgres.dsn, password="guess")


async def test_postgres_does_not_run_as_root(servers: Servers) -> None:
    status = Path(f"/proc/{servers.supervisor.pid('postgres')}/status").read_text()

    assert "\nUid:\t0\t" not in status


async def test_temporal_comes_back_with_its_workflows(servers: Servers) -> None:
    client = await temporal(servers)
    started = await client.start_workflow("Waits", id="waits", task_queue="nobody")

    await killed(servers, "temporal")

    client = await temporal(servers)
    seen = await client.get_workflow_handle("waits").describe()
    assert seen.run_id == started.first_execution_run_id
    await client.get_workflow_handle("waits").terminate()


async def test_temporal_knows_our_search_attributes_and_keeps_days_a_month(
    servers: Servers,
) -> None:
    client = await temporal(servers)

    found = [one async for one in client.list_workflows("AccountId = 'a' AND ReelStage = 'b'")]
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="default")
    )

    assert found == []
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    assert kept == timedelta(days=30)
    with pytest.raises(RPCError):
        _ = [one async for one in client.list_workflows("NoSuchThing = 'a'")]


async def test_the_object_store_comes_back_with_its_files(servers: Servers) -> None:
    (servers.store.files / "days").mkdir(exist_ok=True)
    (servers.store.files / "days" / "reel.mp4").write_bytes(b"bytes")

    await killed(servers, "object-store")

    async with asyncio.timeout(SECONDS):
        while not await servers.store.part(Path("/dev/null")).ready():
            await asyncio.sleep(0.1)
    assert (servers.store.files / "days" / "reel.mp4").read_bytes() == b"bytes"


async def test_every_server_listens_on_this_machine_only(servers: Servers) -> None:
    listeners = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    ours = {servers.postgres.port, servers.temporal.port, servers.store.port}

    for line in listeners.splitlines():
        address, _, port = line.split()[1].rpartition(":")
        if address and line.split()[3] == "0A" and int(port, 16) in ours:
            assert address == "0100007F", "127.0.0.1 as /proc writes it"


async def test_what_was_stopped_is_gone_with_all_it_started(
    servers: Servers, servers_home: Home
) -> None:
    client = await temporal(servers)
    await client.workflow_service.list_namespaces(ListNamespacesRequest())
    pids = [pid for pid, _ in servers_home.registry.known().values()]

    await servers.supervisor.stop()

    assert pids
    assert not any(map(began, pids))
    assert servers_home.registry.known() == {}
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [one for one in commands if str(servers_home.path).encode() in one]
    await servers.start(servers_home)
