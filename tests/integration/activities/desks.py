"""An approved Reel, and the platform that it goes to."""

import os
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.posting import PostingActivities
from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.publishing import State
from db.cipher import TokenCipher
from db.database import Database
from db.tokens import NewTokens
from schemas.account import Login
from schemas.failures import FailureKind
from schemas.post import Container, PostRequest
from tests.factories import NOW
from tests.fakes import FakePublisher, FakeStore
from tests.integration.activities.days import a_day, an_approved_post, run

TOKEN = "IGAA-canary"
CIPHER = TokenCipher({"k1": os.urandom(32)}, "k1")
LOST = OutcomeUnknown("instagram", "no answer")
DOWN = Retryable("instagram", FailureKind.UNAVAILABLE, "is down")
EXPIRED_TOKEN = Refused("instagram", FailureKind.AUTHENTICATION, "the token has expired")
UNREADABLE = Refused("instagram", FailureKind.NOT_FOUND, "no such object")


class Desk:
    """One approved Reel and the platform it goes to."""

    def __init__(
        self, db: Database, request: PostRequest, *, in_flight: float = 0, uploads: bool = False
    ) -> None:
        self.db = db
        self.request = request
        self.publisher = FakePublisher(uploads=uploads)
        self.store = FakeStore()
        self.later = timedelta(0)
        self.posting = self.with_patience(in_flight)

    def with_patience(self, seconds: float) -> PostingActivities:
        return PostingActivities(
            publishers=dict.fromkeys(Login, self.publisher),
            db=self.db,
            store=self.store,
            cipher=CIPHER,
            poll_seconds=0.01,
            in_flight_seconds=seconds,
            now=self.now,
        )

    def now(self) -> datetime:
        """The time of publishing, which a test may put off."""
        return datetime.now(UTC) + self.later

    async def prepared(self) -> Container:
        return await run(self.posting.prepare_post, self.request)

    async def published(self) -> Container:
        container = await self.prepared()
        await run(self.posting.commit_post, container)
        return container

    def platform_says(self, container: Container, state: State) -> None:
        self.publisher.containers[container.container_id] = state

    async def age(self, **columns: timedelta) -> None:
        """Move moments of the row into the past."""
        for column, by in columns.items():
            sql = f"UPDATE generated_reels SET {column} = {column} - $2::interval WHERE id = $1"  # noqa: S608 - a test's own names
            await self.db.pool.write(sql, self.request.reel, by)


async def a_desk(db: Database, *, uploads: bool = False, **account: object) -> Desk:
    day = await a_day(db, **account)
    await db.tokens.set(day.account.id, NewTokens(CIPHER.seal(day.account.id, TOKEN)), NOW)
    return Desk(db, await an_approved_post(db, day), uploads=uploads)


async def kind_of(step: Coroutine[Any, Any, object]) -> tuple[str | None, bool]:
    with pytest.raises(ApplicationError) as raised:
        await step
    return raised.value.type, raised.value.non_retryable
