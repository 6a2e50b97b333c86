import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from secrets import token_hex
from urllib.parse import urlsplit

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from clients.store import ObjectStore
from db.database import Database, open_database
from tests.integration.web.cable import cable_to, through
from tests.integration.web.conftest import connecting, serving
from tests.waiting import SECONDS
from web.app import create_app
from web.health import Health
from web.reels import ReelFiles

QUEUES = {"reels workflows", "reels activities", "media activities"}


@activity.defn
async def compose() -> None:
    await asyncio.sleep(3600)


@workflow.defn
class Composition:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            compose, task_queue="media", start_to_close_timeout=timedelta(hours=1)
        )


@pytest.fixture
async def namespace(temporal: Client) -> str:
    """A namespace where no worker has ever been."""
    name = f"health-{token_hex(4)}"
    await temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    return name


@pytest.fixture
async def client(temporal_address: str, namespace: str) -> Client:
    # Once a minute otherwise.
    beating = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta(seconds=1))
    return await Client.connect(temporal_address, namespace=namespace, runtime=beating)


@asynccontextmanager
async def probed(health: Health, store: ObjectStore) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        health=health,
        files=ReelFiles(health.database.reels, store),
        connect=connecting(health.database),
    )
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as web:
        yield web


async def until(web: httpx.AsyncClient, *, sick: set[str]) -> dict[str, str]:
    """What /readyz says about the sick parts once it names exactly these."""
    async with asyncio.timeout(SECONDS):
        while True:
            answer = await web.get("/readyz")
            named: dict[str, str] = answer.json().get("sick", {})
            assert answer.status_code == (503 if named else 200)
            if set(named) == sick:
                return named
            await asyncio.sleep(0.2)


def reels_worker(client: Client) -> Worker:
    return Worker(
        client,
        task_queue="reels",
        workflows=[Composition],
        activities=[compose],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


def media_worker(client: Client) -> Worker:
    return Worker(client, task_queue="media", activities=[compose], max_concurrent_activities=1)


async def test_the_process_is_alive_whatever_else_is(
    database: Database, client: Client, store: ObjectStore
) -> None:
    async with probed(Health(database, client), store) as web:
        answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_queue_that_no_worker_asks_is_named(
    database: Database, client: Client, store: ObjectStore
) -> None:
    async with probed(Health(database, client), store) as web:
        why = await until(web, sick=QUEUES)
        assert "start worker.py media" in why["media activities"]
        async with reels_worker(client):
            await until(web, sick={"media activities"})
            async with media_worker(client):
                await until(web, sick=set())


async def test_a_queue_that_was_asked_too_long_ago_is_named(
    database: Database, client: Client, store: ObjectStore
) -> None:
    # An idle worker asks once a minute, and has free slots.
    health = Health(database, client, fresh=timedelta(seconds=5))
    async with probed(health, store) as web, reels_worker(client), media_worker(client):
        await until(web, sick=set())
        why = await until(web, sick=QUEUES)
        assert "no worker has asked for work since 20" in why["media activities"]


async def test_a_worker_whose_only_slot_is_at_work_is_well(
    database: Database, client: Client, store: ObjectStore
) -> None:
    health = Health(database, client, fresh=timedelta(seconds=3))
    async with probed(health, store) as web, reels_worker(client), media_worker(client):
        day = await client.start_workflow(Composition.run, id="busy", task_queue="reels")
        await asyncio.sleep(4)
        for _ in range(5):
            await until(web, sick={"reels workflows", "reels activities"})
            await asyncio.sleep(0.5)
        await day.terminate()


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_database_that_is_down_is_named_in_time(
    database_url: str, client: Client, store: ObjectStore, *, frozen: bool
) -> None:
    parts = urlsplit(database_url)
    async with (
        cable_to(parts.hostname or "", parts.port or 0) as cable,
        open_database(through(cable, database_url)) as database,
        probed(Health(database, client), store) as web,
    ):
        await (cable.freeze() if frozen else cable.cut())
        why = await until(web, sick={"database"} | QUEUES)
        assert parts.password
        assert parts.password not in str(why)
        await cable.cut()


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_temporal_that_is_down_is_named_in_time(
    database: Database, temporal_address: str, store: ObjectStore, *, frozen: bool
) -> None:
    host, _, port = temporal_address.partition(":")
    async with cable_to(host, int(port)) as cable:
        client = await Client.connect(f"127.0.0.1:{cable.port}")
        async with probed(Health(database, client), store) as web:
            await (cable.freeze() if frozen else cable.cut())
            why = await until(web, sick=QUEUES)
            told = "does not answer within 2 s" if frozen else "Temporal is not reached"
            assert told in why["reels workflows"]
