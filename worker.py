"""The composition root: builds clients and activities from settings, and works until SIGTERM.

`worker.py reels` runs workflows and everything that talks to the outside; `worker.py media`
runs FFmpeg, and is given none of the secrets that it doesn't need. A worker that ends without
having been asked to leaves with a code that is not 0, so that whoever runs it starts it anew.
"""

import argparse
import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from imageio_ffmpeg import get_ffmpeg_exe
from pydantic import SecretStr, ValidationError
from temporalio.client import Client
from temporalio.worker import Worker

import channels as review_channels
import letters
import logins
import providers
import publishers
from activities.breaker import Breakers
from activities.cards import CardActivities
from activities.carrying import CarryingActivities
from activities.clearance import ClearanceActivities
from activities.composition import CompositionActivities
from activities.day import DayActivities
from activities.digests import DigestActivities
from activities.film import FilmActivities
from activities.gameplay import GameplayActivities
from activities.interceptor import ActivityInterceptor
from activities.orders import OrderActivities
from activities.pauses import PauseActivities
from activities.posting import PostingActivities
from activities.recutting import RecuttingActivities
from activities.review import ReviewActivities
from activities.run import RunActivities
from activities.secret_ages import CHANGE_AFTER_DAYS, SecretActivities, fingerprint
from activities.spending import Limits, Spending
from activities.story import WritingActivities
from activities.tokens import TokenActivities
from activities.trust import TrustActivities
from clients.claude import Claude
from clients.claude_prices import PRICES, read_prices
from clients.download import Downloader
from clients.ffmpeg import FFmpeg
from clients.store import ObjectStore
from clients.video import VideoProvider
from db.cipher import TokenCipher
from db.database import open_database
from db.failures import DatabaseDown
from runtime import logs, metrics
from runtime.exits import InputError, Unreachable, main
from runtime.groups import LimitSettings, StoreSettings
from runtime.settings import MediaWorkerSettings, WorkerSettings, load
from runtime.temporal import MEDIA_QUEUE, TASK_QUEUE, connect
from workflows.account_day import AccountDay
from workflows.daily_run import DailyRun
from workflows.digests import Digests
from workflows.housekeeping import Housekeeping

WORKFLOWS: Sequence[type] = (AccountDay, DailyRun, Digests, Housekeeping)
FAILS_THE_RUN: Sequence[type[BaseException]] = (ValidationError,)
"""Bad input fails the workflow that was given it, not the worker that reads it."""

GRACE = timedelta(seconds=30)
"""What a running activity has to finish in when the worker is told to stop."""

TOLD = timedelta(seconds=2)
"""How old the progress of an activity may be when people look at it."""
TOLD_TO_STOP = timedelta(seconds=0.5)
"""The same of a composition. Temporal answers a heartbeat with the order to stop, so this is also
how late FFmpeg hears of it."""

log = structlog.get_logger("worker")


class Closable(Protocol):
    """A client that is closed when the worker ends."""

    async def aclose(self) -> None:
        """Close what is still open."""
        ...


async def work_on_reels(stack: AsyncExitStack) -> Worker:
    """Build the worker of the task queue `reels`."""
    settings = load(WorkerSettings)
    logs.configure(settings.log_format, settings.log_level)
    client = await measured(settings, "worker-reels", stack)
    return reels_worker(client, await reels_activities(settings, stack))


async def work_on_media(stack: AsyncExitStack) -> Worker:
    """Build the worker of the task queue `media`."""
    settings = load(MediaWorkerSettings)
    logs.configure(settings.log_format, settings.log_level)
    client = await measured(settings, "worker-media", stack)
    store = await stack.enter_async_context(object_store(settings))
    ffmpeg = FFmpeg(
        executable=str(settings.ffmpeg_path or get_ffmpeg_exe()),
        # A second one makes no Reel sooner where the slots are as many as the cores, and each
        # dearer: measured 12 to 17 % more CPU and 50 MB more memory.
        threads=1,
        work_dir=settings.work_dir,
    )
    return media_worker(client, store, ffmpeg, slots=settings.media_slots)


async def measured(
    settings: WorkerSettings | MediaWorkerSettings, name: str, stack: AsyncExitStack
) -> Client:
    """Connect to Temporal, with metrics on the two ports where they are wanted."""
    stack.enter_context(metrics.served(settings.metrics_host, settings.metrics_port))
    port = settings.sdk_metrics_port
    return await connect(
        settings.temporal_address,
        settings.temporal_namespace,
        name,
        f"{settings.metrics_host}:{port}" if port else None,
    )


async def reels_activities(settings: WorkerSettings, stack: AsyncExitStack) -> list[Any]:
    """Open every client in one stack, and give the activities what each needs."""
    try:
        dsn = settings.database_url.get_secret_value()
        db = await stack.enter_async_context(open_database(dsn))
    except DatabaseDown as error:
        raise Unreachable(str(error)) from None
    store = await stack.enter_async_context(object_store(settings))
    films = providers.build(settings)
    downloader = Downloader(*providers.origins(settings))
    claude, platforms = claude_of(settings, settings.claude_model), publishers.build(settings)
    critic = claude_of(settings, settings.critic_model)
    channels, sources = review_channels.build(settings), logins.build(settings)
    remote: list[Closable] = [claude, critic, downloader, *channels]
    remote += [*platforms.values(), *films.values(), *sources.values()]
    for client in remote:
        stack.push_async_callback(client.aclose)
    keys, poll = settings.token_keys_dir, settings.video_poll_seconds
    spending = Spending(db, limits(settings))
    breakers = Breakers(lambda provider, is_open: metrics.circuit(provider, is_open=is_open))
    decision_key = settings.decision_key.get_secret_value()
    writer = letters.writer(decision_key, settings.public_base_url)
    cipher = TokenCipher(keys.by_id, keys.primary)
    return [
        DayActivities(db, store, spending, films, work_dir=settings.work_dir),
        WritingActivities(claude, db, spending, critic, prompt_limits(films)),
        FilmActivities(films, downloader, store, db, spending, poll, settings.work_dir, breakers),
        OrderActivities(films, db, poll),
        GameplayActivities(db),
        ReviewActivities(db, channels, decision_key, settings.public_base_url),
        CardActivities(db, channels, settings.public_base_url),
        PostingActivities(platforms, db, store, cipher, settings.container_poll_seconds),
        ClearanceActivities(platforms, db, cipher),
        PauseActivities(db, channels),
        CarryingActivities(db),
        TrustActivities(db, decision_key),
        RunActivities(db, channels),
        TokenActivities(db, cipher, sources, channels),
        SecretActivities(db, channels, fingerprints(settings)),
        DigestActivities(db, store, letters.mail_of(settings), writer),
    ]


def fingerprints(settings: WorkerSettings) -> dict[str, str]:
    """What tells the age of each secret that this process was given and that is to be changed."""
    key, seals = settings.decision_key.get_secret_value(), settings.token_keys_dir
    values = {name: getattr(settings, name.lower()) for name in CHANGE_AFTER_DAYS}
    secrets = {
        name: value.get_secret_value()
        for name, value in values.items()
        if isinstance(value, SecretStr)
    }
    # The server may move, and its password stay.
    secrets["DATABASE_URL"] = urlsplit(secrets["DATABASE_URL"]).password or ""
    secrets |= {"DECISION_KEY": key.hex(), "TOKEN_KEYS_DIR": seals.by_id[seals.primary].hex()}
    return {name: fingerprint(key, secret) for name, secret in secrets.items() if secret}


def claude_of(settings: WorkerSettings, model: str) -> Claude:
    """Claude as one model. Raises InputError for a file of prices that can't be read."""
    key, file = settings.anthropic_api_key.get_secret_value(), settings.claude_prices_file
    try:
        prices = read_prices(file.read_text(encoding="utf-8")) if file else PRICES
    except ValueError as error:
        raise InputError(f"CLAUDE_PRICES_FILE: {error}") from None
    return Claude(key, settings.anthropic_base_url, model, prices=prices)


def prompt_limits(films: Mapping[str, VideoProvider]) -> dict[str, int]:
    """Characters that each provider takes for a job: what is written must fit into them."""
    return {name: provider.capabilities.prompt_limit for name, provider in films.items()}


def limits(settings: LimitSettings) -> Limits:
    """What may be spent."""
    return Limits(
        settings.daily_budget_micros,
        settings.monthly_budget_micros,
        settings.account_day_budget_micros,
    )


def object_store(settings: StoreSettings) -> ObjectStore:
    """The object store; opened by whoever enters it."""
    return ObjectStore(
        endpoint_url=settings.s3_endpoint_url,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id.get_secret_value(),
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )


def reels_worker(client: Client, instances: Sequence[Any]) -> Worker:
    """A worker for workflows and everything that talks to the outside."""
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=[method for one in instances for method in methods(one)],
        interceptors=[ActivityInterceptor()],
        workflow_failure_exception_types=FAILS_THE_RUN,
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=TOLD,
    )


def media_worker(client: Client, store: ObjectStore, ffmpeg: FFmpeg, *, slots: int) -> Worker:
    """A worker for FFmpeg: as many compositions and recuts at once as it has slots."""
    instances = (CompositionActivities(store, ffmpeg), RecuttingActivities(store, ffmpeg))
    return Worker(
        client,
        task_queue=MEDIA_QUEUE,
        activities=[method for one in instances for method in methods(one)],
        interceptors=[ActivityInterceptor()],
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=TOLD_TO_STOP,
    )


def methods(instance: object) -> list[Callable[..., Any]]:
    """The activities of a dataclass of clients."""
    found = [getattr(instance, name) for name in vars(type(instance)) if not name.startswith("_")]
    return [method for method in found if hasattr(method, "__temporal_activity_definition")]


async def work(build: Callable[[AsyncExitStack], Any]) -> None:
    """Build a worker and run it until SIGTERM or SIGINT, then close what it opened."""
    async with AsyncExitStack() as stack:
        worker: Worker = await build(stack)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        running = asyncio.create_task(worker.run())
        asked = asyncio.create_task(stop.wait())
        log.info("worker.started", task_queue=worker.task_queue)
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not stop.is_set():
            await running  # raises what broke it
            raise RuntimeError("the worker stopped polling without having been asked to")
        await worker.shutdown()
        await running
        log.info("worker.stopped", task_queue=worker.task_queue)


def run() -> None:
    """Read the command line and work."""
    builders = {TASK_QUEUE: work_on_reels, MEDIA_QUEUE: work_on_media}
    parser = argparse.ArgumentParser(prog="worker.py", description=__doc__)
    parser.add_argument("task_queue", choices=builders)
    asyncio.run(work(builders[parser.parse_args().task_queue]))


if __name__ == "__main__":
    main(run)
