import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from clients.store import ObjectStore
from db.database import Database, open_database
from schemas.account import AccountDay
from tests.integration.web.cable import Cable, cable_to, through
from tests.integration.web.conftest import a_site, serving, whole_app
from tests.integration.web.drafts import a_draft
from tests.integration.web.slack_app import form, press, send
from tests.waiting import SECONDS
from web.slack.click import read_click, read_document
from web.who import Who

REVISION = "cd" * 32
KEY = AccountDay(account="demo", day=date(2026, 11, 23))


@pytest.fixture
async def temporal_cable(temporal_address: str) -> AsyncIterator[Cable]:
    host, _, port = temporal_address.partition(":")
    async with cable_to(host, int(port)) as cable:
        yield cable


@pytest.fixture
async def cabled(temporal_cable: Cable) -> Client:
    """A client that was connected before the trouble began."""
    return await Client.connect(
        f"127.0.0.1:{temporal_cable.port}", data_converter=pydantic_data_converter
    )


@pytest.fixture
async def database_cable(database_url: str) -> AsyncIterator[Cable]:
    parts = urlsplit(database_url)
    async with cable_to(parts.hostname or "", parts.port or 0) as cable:
        yield cable


@asynccontextmanager
async def web_over(
    database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[httpx.AsyncClient]:
    app = whole_app(database, temporal, store, "")
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as web:
        yield web


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_click_that_temporal_does_not_take_fails_within_slacks_three_seconds(
    database: Database, store: ObjectStore, temporal_cable: Cable, cabled: Client, *, frozen: bool
) -> None:
    async with web_over(database, cabled, store) as web:
        await (temporal_cable.freeze() if frozen else temporal_cable.cut())
        payload, began = press(KEY, REVISION), time.monotonic()
        answer = await send(web, payload)
        assert time.monotonic() - began < 3
        assert answer.status_code == 503
    pressed = read_click(read_document(form(payload)))
    assert pressed
    assert not await database.approvals.event_seen(pressed.event_key)


async def test_a_click_that_failed_can_be_sent_again(
    database: Database, temporal: Client, store: ObjectStore, temporal_cable: Cable, cabled: Client
) -> None:
    payload = press(KEY, REVISION)
    async with web_over(database, cabled, store) as web:
        await temporal_cable.cut()
        assert (await send(web, payload)).status_code == 503
    async with web_over(database, temporal, store) as web:
        answer = await send(web, payload)
        assert answer.status_code == 200
        assert "not open" in answer.json()["text"]  # it reached Temporal this time


async def test_a_namespace_that_is_not_there_is_no_closed_day(
    database: Database, temporal_address: str, store: ObjectStore
) -> None:
    elsewhere = await Client.connect(
        temporal_address, namespace="nowhere", data_converter=pydantic_data_converter
    )
    async with web_over(database, elsewhere, store) as web:
        assert (await send(web, press(KEY, REVISION))).status_code == 503


@pytest.mark.parametrize("frozen", [True, False])
async def test_without_the_database_nothing_is_decided(
    database_url: str, database_cable: Cable, temporal: Client, store: ObjectStore, *, frozen: bool
) -> None:
    async with (
        open_database(through(database_cable, database_url)) as database,
        web_over(database, temporal, store) as web,
    ):
        await (database_cable.freeze() if frozen else database_cable.cut())
        assert (await send(web, press(KEY, REVISION))).status_code == 503
        # Who a stranger is stands in the database, too.
        assert (await send(web, press(KEY, REVISION, user="U999"))).status_code == 503
        await database_cable.cut()
        draft = await web.get(f"/reels/{REVISION}/poster.png")
        assert (draft.status_code, draft.text) == (503, "not available for now")


async def test_without_the_object_store_a_draft_is_unavailable(
    database: Database, temporal: Client, unused_port: int
) -> None:
    (revision,), _ = await a_draft(database, b"video")
    store = ObjectStore(
        endpoint_url=f"http://127.0.0.1:{unused_port}",
        bucket="reels",
        region="us-east-1",
        access_key_id="key",
        secret_access_key="secret",
    )
    async with store, web_over(database, temporal, store) as web:
        answer = await web.get(f"/reels/{revision}/video.mp4")
        assert (answer.status_code, answer.text) == (503, "not available for now")


async def test_a_body_that_does_not_arrive_is_given_up(web: httpx.AsyncClient) -> None:
    url = web.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /slack/interactions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\npayload="
    )
    async with asyncio.timeout(SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()
    await writer.wait_closed()


async def test_a_request_is_one_log_line_that_opens_no_draft(web: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await web.get(f"/reels/{REVISION}/video.mp4?token=abc")
        await web.get("/healthz")
    served, probe = [line for line in lines if line["event"] == "web.request.served"]
    assert (served["path"], served["status"]) == (f"/reels/{REVISION[:12]}/video.mp4", 404)
    assert (served["log_level"], probe["log_level"]) == ("info", "debug")
    assert REVISION not in str(lines)
    assert "abc" not in str(lines)


@pytest.fixture
def unused_port() -> int:
    """Where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


async def test_without_the_database_a_script_reads_a_fault_of_the_document(
    database_url: str, database_cable: Cable, temporal: Client, store: ObjectStore
) -> None:
    async with open_database(through(database_cable, database_url)) as far:
        who = Who(far.people, far.sign_ins, "http://reels.test")
        async with (
            serving(a_site(far, temporal, store, who)) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=SECONDS) as web,
        ):
            await database_cable.cut()
            answer = await web.get("/api/v1/queue", headers={"authorization": "Bearer any"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert set(answer.json()) == {"error"}
