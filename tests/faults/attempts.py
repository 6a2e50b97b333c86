"""One attempt of an activity of publishing: watched, and in a process of its own where it is to be
killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.clearance import ClearanceActivities
from activities.interceptor import named_errors
from activities.posting import PostingActivities
from clients.publishing import (
    Credentials,
    Handle,
    Job,
    Look,
    Proof,
    Publisher,
    State,
    Truth,
    graph,
)
from clients.publishing.instagram import Instagram
from db.cipher import TokenCipher
from db.database import Database
from db.failures import DatabaseDown
from db.pool import Connection, Pool, open_pool
from schemas.account import Login
from schemas.base import Frozen
from schemas.clearance import ClearanceRequest
from schemas.post import Container, PostRequest
from tests.fakes import FakeStore
from tests.faults.meddler import Harm, Side

DEADLINE = 2.0
"""Seconds that a call of these trials may take, so that one that hangs is soon over."""
IN_FLIGHT = 4.0
"""Seconds for which a commit may still take effect: its deadline, and a late call's lateness."""
CIPHER = TokenCipher({"k1": bytes(32)}, "k1")


@dataclass(frozen=True)
class AtWrite:
    """Harm at a write of an activity's attempt, counted from one."""

    activity: str
    number: int
    side: Side
    harm: Harm

    def __str__(self) -> str:
        return f"{self.activity}, commit {self.number} {self.side}: {self.harm}"


class Scene(Frozen):
    """What an attempt needs to know of the outside."""

    base_url: str
    video_url: str
    database_url: str
    blind: bool = False
    attempt: int = 1
    most: int = 1
    """Attempts, 0 for no limit."""


class Blind(Instagram):
    """Publishes as one would who never reads a status: what was prepared is ready, and absent."""

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        """See nothing."""
        assert who.token
        assert handle.id
        return Look(State.READY)

    async def reconcile(self, who: Credentials, handle: Handle, job: Job, since: datetime) -> Truth:
        """Read nothing."""
        assert who.token
        assert handle.id
        assert job.caption
        assert since
        return Truth(Proof.ABSENT)


class Shelf(FakeStore):
    """A store that has one video, at an address that the platform reaches."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def presign(self, key: str, seconds: int) -> str:
        assert key
        assert seconds
        return self._url


@dataclass
class Watch:
    """Counts the writes of one attempt, and does harm at one of them."""

    stroke: AtWrite | None = None
    writes: int = 0
    struck: bool = False

    def comes(self, side: Side) -> None:
        """Called before and after each commit. Raises DatabaseDown, or never returns."""
        self.writes += side is Side.BEFORE
        stroke = self.stroke
        if stroke is None or (stroke.number, stroke.side) != (self.writes, side):
            return
        self.struck = True
        if stroke.harm is Harm.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        raise DatabaseDown("127.0.0.1:5432", "broke the connection")


@dataclass(frozen=True)
class WatchedPool(Pool):
    """The product's pool, whose commits are counted."""

    watch: Watch = field(default_factory=Watch)

    async def write(self, sql: str, *args: object) -> Any:  # noqa: ANN401 - as the pool's own
        """Send one statement, watched."""
        self.watch.comes(Side.BEFORE)
        row = await super().write(sql, *args)
        self.watch.comes(Side.AFTER)
        return row

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Several statements, whose commit is watched."""
        async with super().transaction() as connection:
            yield connection
            self.watch.comes(Side.BEFORE)
        self.watch.comes(Side.AFTER)


def activities_of(scene: Scene, pool: Pool, publisher: Publisher) -> tuple[object, ...]:
    """The activities as worker.py builds them."""
    db, publishers = Database.over(pool), {Login.INSTAGRAM: publisher}
    store, poll = Shelf(scene.video_url), 0.3
    return (
        PostingActivities(publishers, db, store, CIPHER, poll, IN_FLIGHT),
        ClearanceActivities(publishers, db, CIPHER),
    )


ARGUMENTS: dict[str, type[Frozen]] = {
    "prepare_post": PostRequest,
    "await_container": Container,
    "commit_post": Container,
    "reconcile_post": Container,
    "link_post": Container,
    "choose_time": PostRequest,
    "clear_account": PostRequest,
    "clear_post": ClearanceRequest,
}


class Said(Frozen):
    """What an attempt came to, when it was not killed."""

    value: str | None = None
    failure: str | None = None
    message: str = ""
    final: bool = False
    retry_after: timedelta | None = None
    writes: int = 0


async def attempt(scene: Scene, name: str, argument: Frozen, watched: WatchedPool) -> Said:
    """Run one activity over a watched pool."""
    publisher = (Blind if scene.blind else Instagram)(scene.base_url, "v25.0")
    owner = next(one for one in activities_of(scene, watched, publisher) if hasattr(one, name))
    environment = ActivityEnvironment()
    policy = RetryPolicy(maximum_attempts=scene.most)
    environment.info = replace(environment.info, attempt=scene.attempt, retry_policy=policy)
    try:
        with named_errors():
            value: Frozen = await environment.run(getattr(owner, name), argument)
    except ApplicationError as error:
        return Said(
            failure=str(error.type),
            message=error.message,
            final=error.non_retryable,
            retry_after=error.next_retry_delay,
            writes=watched.watch.writes,
        )
    finally:
        await publisher.aclose()
    return Said(value=value.model_dump_json(), writes=watched.watch.writes)


def hurry() -> None:
    """Let calls of this process end soon."""
    graph.CALL_SECONDS = graph.READ_SECONDS = DEADLINE


def live(scene: str, name: str, argument: str, stroke: AtWrite | None, answer: str) -> None:
    """Run one attempt in this process, and write what it came to into the file `answer`."""
    hurry()

    async def whole() -> Said:
        read = Scene.model_validate_json(scene)
        pool = await open_pool(read.database_url)
        watched = WatchedPool(pool.inner, pool.place, Watch(stroke))
        try:
            return await attempt(read, name, ARGUMENTS[name].model_validate_json(argument), watched)
        finally:
            await pool.close()

    Path(answer).write_text(asyncio.run(whole()).model_dump_json())
