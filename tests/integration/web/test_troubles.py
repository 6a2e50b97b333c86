import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from clients.store import ObjectStore
from db.database import Database, open_database
from schemas.account import AccountDay, Role
from tests.factories import DAY
from tests.integration.web.cable import Cable, cable_to, through
from tests.integration.web.conftest import Chat, Day, a_site, sent, serving, whole_app
from tests.integration.web.drafts import a_draft
from tests.integration.web.knocks import KEY, Knock, discord, discord_form, slack
from tests.waiting import SECONDS
from web.who import Who

T = TypeVar("T")

REVISION = "cd" * 32
DISCORD = "2000000000000000001"
KEYED = AccountDay(account="demo", day=DAY)

Break = Callable[[Cable], Awaitable[None]]


@dataclass(frozen=True)
class Trouble:
    """How a service's person is told that a press was not delivered."""

    status: int
    words: str
    knock: Callable[[AccountDay, str], Knock]


DOORS = {
    "Slack": Trouble(503, "click again", lambda key, revision: slack(key, revision, "U123")),
    "Discord": Trouble(200, "press again", lambda key, revision: discord(key, revision, DISCORD)),
    "Discord's form": Trouble(
        200, "What you wrote", lambda key, revision: discord_form(key, revision, DISCORD)
    ),
}


@pytest.fixture
async def revision(database: Database) -> str:
    await database.people.put("alice", email=None, slack=None, discord=DISCORD, role=Role.REVIEWER)
    (revision,), _ = await a_draft(database, b"a video")
    return revision


@pytest.fixture
async def key(database: Database, revision: str) -> AccountDay:
    key = await database.approvals.day_of(revision)
    assert key
    return key


@dataclass(frozen=True)
class Far(Generic[T]):
    """Something that is reached through a cable, connected before the trouble begins."""

    it: T
    cable: Cable


@pytest.fixture
async def far_temporal(temporal_address: str) -> AsyncIterator[Far[Client]]:
    host, _, port = temporal_address.partition(":")
    async with cable_to(host, int(port)) as cable:
        address = f"127.0.0.1:{cable.port}"
        yield Far(await Client.connect(address, data_converter=pydantic_data_converter), cable)


@pytest.fixture
async def far_database(database_url: str) -> AsyncIterator[Far[Database]]:
    parts = urlsplit(database_url)
    async with (
        cable_to(parts.hostname or "", parts.port or 0) as cable,
        open_database(through(cable, database_url)) as database,
    ):
        yield Far(database, cable)
        # What was frozen would hold up the end.
        await cable.cut()


@asynccontextmanager
async def web_over(
    database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[httpx.AsyncClient]:
    chat = Chat(discord_key=KEY.public_key().public_bytes_raw())
    app = whole_app(database, temporal, store, chat)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as web:
        yield web


BROKEN = pytest.mark.parametrize(
    ("door", "breaks"),
    [
        ("Slack", Cable.freeze),
        ("Slack", Cable.cut),
        ("Discord", Cable.freeze),
        ("Discord's form", Cable.cut),
    ],
)


@dataclass(frozen=True)
class Press:
    """A press on a Reel that is up for review."""

    database: Database
    day: Day
    door: str
    knock: Knock

    async def send(self, web: httpx.AsyncClient) -> httpx.Response:
        knock = self.knock
        return await web.post(knock.path, content=knock.body, headers=knock.honest())

    async def fails(self, web: httpx.AsyncClient) -> None:
        """The person is told in three seconds that it was not delivered, and nothing is kept."""
        before, began = await self._events(), time.monotonic()
        answer = await self.send(web)
        assert time.monotonic() - began < 3
        assert answer.status_code == DOORS[self.door].status
        assert "could not be delivered" in answer.text
        assert DOORS[self.door].words in answer.text
        assert await sent(self.day) == []
        assert await self._events() == before

    async def counts(self, web: httpx.AsyncClient) -> None:
        """Sent once more, it arrives."""
        assert (await self.send(web)).status_code == 200
        assert len(await sent(self.day)) == 1

    async def _events(self) -> int:
        return len(await self.database.pool.rows("SELECT event_key FROM door_events"))


@pytest.fixture
def pressed(database: Database, day: Day, key: AccountDay, revision: str, door: str) -> Press:
    return Press(database, day, door, DOORS[door].knock(key, revision))


@BROKEN
async def test_what_temporal_does_not_take_is_said_in_time_and_can_be_sent_again(
    pressed: Press,
    temporal: Client,
    store: ObjectStore,
    far_temporal: Far[Client],
    breaks: Break,
) -> None:
    async with web_over(pressed.database, far_temporal.it, store) as web:
        await breaks(far_temporal.cable)
        await pressed.fails(web)
    async with web_over(pressed.database, temporal, store) as web:
        await pressed.counts(web)


@pytest.mark.parametrize("door", ["Slack", "Discord"])
async def test_a_namespace_that_is_not_there_is_no_closed_day(
    pressed: Press, temporal_address: str, store: ObjectStore
) -> None:
    elsewhere = await Client.connect(
        temporal_address, namespace="nowhere", data_converter=pydantic_data_converter
    )
    async with web_over(pressed.database, elsewhere, store) as web:
        await pressed.fails(web)


@BROKEN
async def test_without_the_database_nothing_is_decided_until_it_is_back(
    pressed: Press,
    temporal: Client,
    store: ObjectStore,
    far_database: Far[Database],
    breaks: Break,
) -> None:
    async with web_over(far_database.it, temporal, store) as web:
        await breaks(far_database.cable)
        await pressed.fails(web)
    async with web_over(pressed.database, temporal, store) as web:
        await pressed.counts(web)


async def test_without_the_database_nobody_is_called_a_stranger_and_no_draft_is_shown(
    far_database: Far[Database], temporal: Client, store: ObjectStore
) -> None:
    async with web_over(far_database.it, temporal, store) as web:
        await far_database.cable.cut()
        stranger = slack(KEYED, REVISION, "U999")
        answer = await web.post(stranger.path, content=stranger.body, headers=stranger.honest())
        assert answer.status_code == 503
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
    far_database: Far[Database], temporal: Client, store: ObjectStore
) -> None:
    far = far_database.it
    who = Who(far.people, far.sign_ins, "http://reels.test")
    async with (
        serving(a_site(far, temporal, store, who)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=SECONDS) as web,
    ):
        await far_database.cable.cut()
        answer = await web.get("/api/v1/queue", headers={"authorization": "Bearer any"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert set(answer.json()) == {"error"}
