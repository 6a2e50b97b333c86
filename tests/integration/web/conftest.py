"""The web process in front of a real database, a real Temporal and a real object store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from secrets import token_hex

import httpx
import pytest
from starlette.types import ASGIApp
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Worker

from clients.mail import Mail
from clients.review.slack_app import SlackApi
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database, open_database
from schemas.account import AccountDay
from schemas.decision import SealedDecision
from tests.conftest import StoreAccess
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SIGNING_SECRET, SlackApp
from tests.ports import free_port
from web.app import ChatDoor, create_app
from web.chat_people import ChatPeople
from web.connect import Connect
from web.delivery import Delivery
from web.discord.door import DiscordDoor
from web.edits import Drafts
from web.health import Health
from web.pages.site import Site
from web.reels import ReelFiles
from web.server import listening, server_for
from web.slack.door import SlackDoor
from web.slack.forms import SlackForms
from web.slack.replies import SLACK_ORIGINS, Replies, origin_of
from web.taking import Taking
from web.who import Who

DECISION_KEY = bytes(range(32))
CIPHER = TokenCipher({"1": bytes(32)}, "1")
REVIEWERS = {"U123": "alice", "U456": "bob"}

Day = WorkflowHandle[RecordedDay, None]


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="module")
async def temporal(temporal_address: str) -> Client:
    return await Client.connect(temporal_address, data_converter=pydantic_data_converter)


@pytest.fixture(scope="module")
async def slack_server() -> AsyncIterator[SlackApp]:
    app = SlackApp()
    async with serving(app) as url:
        app.url = url
        yield app


@pytest.fixture
def slack_app(slack_server: SlackApp) -> SlackApp:
    """What Slack would show after a click."""
    slack_server.forget()
    return slack_server


@pytest.fixture(scope="module")
async def store(object_store: StoreAccess) -> AsyncIterator[ObjectStore]:
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        await store.ensure_bucket()
        yield store


@pytest.fixture(scope="module")
async def web(
    database: Database, temporal: Client, store: ObjectStore, slack_server: SlackApp
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application, served by uvicorn."""
    app = whole_app(database, temporal, store, slack_server.url)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
async def pages(database: Database, temporal: Client, store: ObjectStore) -> AsyncIterator[str]:
    """Where the pages are served, for browsers of their own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    who = Who(database.people, database.sign_ins, url)
    async with serving(a_site(database, temporal, store, who), port):
        yield url


def a_site(
    database: Database, temporal: Client, store: ObjectStore, who: Who, mail: Mail | None = None
) -> ASGIApp:
    """The application with pages for those whom `who` lets in."""
    site = Site(
        db=database,
        temporal=temporal,
        delivery=Delivery(temporal, DECISION_KEY),
        who=who,
        mail=mail,
        temporal_ui_url="http://temporal.test",
    )
    return create_app(
        health=Health(database, temporal),
        files=ReelFiles(database.reels, store),
        connect=connecting(database),
        pages=site.routes,
    )


def connecting(database: Database) -> Connect:
    """The way to Meta and back; test_connect.py goes it."""
    return Connect(database, CIPHER, {}, "https://reels.example")


@dataclass(frozen=True)
class Chat:
    """The chat services that an application is given."""

    slack_url: str = ""
    slack_api: SlackApi | None = None
    """With it Slack has forms, and one workspace is let in."""
    discord_key: bytes = b""
    """Empty: no Discord."""


def whole_app(
    database: Database,
    temporal: Client,
    store: ObjectStore,
    chat: str | Chat,
) -> ASGIApp:
    """All of it, with the chat services there are; an address is that of Slack's webhook."""
    chat = Chat(slack_url=chat) if isinstance(chat, str) else chat
    taking = Taking(database.approvals, Delivery(temporal, DECISION_KEY))
    drafts = Drafts(database.accounts, database.reels, database.approvals)
    chats: dict[str, ChatDoor] = {
        "slack": SlackDoor(
            signing_secret=SIGNING_SECRET,
            people=ChatPeople(database.people, database.people.by_slack, REVIEWERS),
            taking=taking,
            replies=Replies(SLACK_ORIGINS | {origin_of(chat.slack_url)}),
            forms=SlackForms(chat.slack_api, drafts, taking) if chat.slack_api else None,
            team_id="T0TEAM" if chat.slack_api else "",
        )
    }
    if chat.discord_key:
        chats["discord"] = DiscordDoor(
            public_key=chat.discord_key,
            people=ChatPeople(database.people, database.people.by_discord),
            taking=taking,
            drafts=drafts,
        )
    return create_app(
        health=Health(database, temporal),
        files=ReelFiles(database.reels, store),
        connect=connecting(database),
        chats=chats,
    )


@asynccontextmanager
async def serving(app: ASGIApp, number: int = 0) -> AsyncIterator[str]:
    port = listening("127.0.0.1", number)
    server = server_for(app)
    # The port listens already: requests wait in its queue until the server takes them.
    running = asyncio.create_task(server.serve(sockets=[port]))
    try:
        yield f"http://127.0.0.1:{port.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@pytest.fixture
def key() -> AccountDay:
    """A day of its own for every test."""
    return AccountDay(account=f"demo-{token_hex(6)}", day=date(2026, 11, 23))


@pytest.fixture
async def day(temporal: Client, key: AccountDay) -> AsyncIterator[Day]:
    queue = key.workflow_id
    async with Worker(temporal, task_queue=queue, workflows=[RecordedDay]):
        handle = await temporal.start_workflow(
            RecordedDay.run, id=key.workflow_id, task_queue=queue
        )
        yield handle
        with suppress(RPCError):  # a test may have closed it
            await handle.terminate()


async def sent(day: Day) -> list[SealedDecision]:
    return await day.query(RecordedDay.sent)
