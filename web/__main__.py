"""`python -m web`: the web process, until SIGTERM."""

import asyncio
import signal
from contextlib import AsyncExitStack

from starlette.types import ASGIApp
from temporalio.client import Client

import letters
import logins
from clients.review.slack_app import SlackApi
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database, open_database
from db.failures import DatabaseDown
from runtime.exits import Unreachable, main
from runtime.logs import configure
from runtime.settings import WebSettings, load
from runtime.temporal import connect
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


def run() -> None:
    """Serve until SIGTERM."""
    settings = load(WebSettings)
    configure(settings.log_format, settings.log_level)
    asyncio.run(serve(settings))


async def serve(settings: WebSettings) -> None:
    """Open every part, serve, close in reverse. Raises Unreachable or InputError at the start."""
    with listening(settings.web_host, settings.web_port) as port:
        async with AsyncExitStack() as parts:
            server = server_for(await _app(settings, parts))
            # uvicorn raises the signal once more when it is done; without a handler of ours
            # that would end the process before the parts are closed.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)
            await server.serve(sockets=[port])


async def _app(settings: WebSettings, parts: AsyncExitStack) -> ASGIApp:
    database = await _database(settings, parts)
    temporal = await connect(settings.temporal_address, settings.temporal_namespace, "web")
    store = await parts.enter_async_context(_store(settings))
    return create_app(
        health=Health(database, temporal),
        files=ReelFiles(database.reels, store),
        connect=_connect(settings, database, parts),
        chats=_chats(settings, database, temporal, parts),
        pages=_site(settings, database, temporal).routes,
    )


async def _database(settings: WebSettings, parts: AsyncExitStack) -> Database:
    dsn = settings.database_url.get_secret_value()
    try:
        return await parts.enter_async_context(open_database(dsn))
    except DatabaseDown as error:
        raise Unreachable(f"{error}: start it, or set DATABASE_URL") from None


def _store(settings: WebSettings) -> ObjectStore:
    return ObjectStore(
        endpoint_url=settings.s3_endpoint_url,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id.get_secret_value(),
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )


def _connect(settings: WebSettings, database: Database, parts: AsyncExitStack) -> Connect:
    sources, keys = logins.build(settings), settings.token_keys_dir
    for source in sources.values():
        parts.push_async_callback(source.aclose)
    cipher = TokenCipher(keys.by_id, keys.primary)
    return Connect(database, cipher, sources, settings.public_base_url)


def _site(settings: WebSettings, database: Database, temporal: Client) -> Site:
    who = Who(
        database.people,
        database.sign_ins,
        settings.public_base_url,
        settings.trusted_proxy,
        settings.trusted_proxy_header,
        settings.tls_proxy,
    )
    return Site(
        db=database,
        temporal=temporal,
        delivery=Delivery(temporal, settings.decision_key.get_secret_value()),
        who=who,
        mail=letters.mail_of(settings),
        temporal_ui_url=settings.temporal_ui_url,
    )


def _chats(
    settings: WebSettings, database: Database, temporal: Client, parts: AsyncExitStack
) -> dict[str, ChatDoor]:
    doors = {
        "slack": _slack_door(settings, database, temporal, parts),
        "discord": _discord_door(settings, database, temporal),
    }
    return {name: door for name, door in doors.items() if door is not None}


def _slack_door(
    settings: WebSettings, database: Database, temporal: Client, parts: AsyncExitStack
) -> SlackDoor | None:
    if settings.slack_signing_secret is None:
        return None
    webhook = settings.slack_webhook_url
    own = {origin_of(webhook.get_secret_value())} if webhook else set()
    own |= {origin_of(settings.slack_base_url)}
    delivery = Delivery(temporal, settings.decision_key.get_secret_value())
    taking = Taking(database.approvals, delivery)
    return SlackDoor(
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        people=ChatPeople(database.people, database.people.by_slack, settings.slack_reviewers),
        taking=taking,
        replies=Replies(SLACK_ORIGINS | own - {""}),
        forms=_slack_forms(settings, database, taking, parts),
        team_id=settings.slack_team_id,
    )


def _discord_door(
    settings: WebSettings, database: Database, temporal: Client
) -> DiscordDoor | None:
    if settings.discord_public_key is None:
        return None
    delivery = Delivery(temporal, settings.decision_key.get_secret_value())
    return DiscordDoor(
        public_key=settings.discord_public_key,
        people=ChatPeople(database.people, database.people.by_discord),
        taking=Taking(database.approvals, delivery),
        drafts=Drafts(database.accounts, database.reels, database.approvals),
    )


def _slack_forms(
    settings: WebSettings, database: Database, taking: Taking, parts: AsyncExitStack
) -> SlackForms | None:
    if settings.slack_bot_token is None:
        return None
    api = SlackApi(settings.slack_bot_token.get_secret_value(), settings.slack_base_url)
    parts.push_async_callback(api.aclose)
    drafts = Drafts(database.accounts, database.reels, database.approvals)
    return SlackForms(api, drafts, taking)


if __name__ == "__main__":
    main(run)
