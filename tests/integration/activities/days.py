"""Days in the states that activities begin in."""

import dataclasses
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from temporalio.testing import ActivityEnvironment

from db.database import Database
from db.reel_row import ReelRow
from schemas.account import Account, AccountDay
from schemas.day import Heartbeat
from schemas.post import PostRequest
from tests.factories import a_composed_reel, a_decision, a_key, an_account, two_variants

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Day:
    """A claimed day."""

    account: Account
    key: AccountDay
    reel: str


async def a_day(db: Database, **changes: object) -> Day:
    account = an_account(**changes)
    await db.accounts.add(account, None)
    key = a_key(account)
    claimed = await db.reels.claim(key, "run-1", "test")
    assert claimed is not None
    return Day(account, key, claimed.id)


async def a_revision(db: Database, day: Day, content: str = "take one") -> str:
    """A revision in the approval queue."""
    return (await _laid(db, day, content))[0]


async def two_revisions(db: Database, day: Day) -> tuple[str, str]:
    """Captions A and B of one video in the approval queue."""
    first, second = await _laid(db, day, "take one", variants=2)
    return first, second


async def _laid(db: Database, day: Day, content: str, variants: int = 1) -> list[str]:
    composed = a_composed_reel(f"{day.reel} {content}")
    captions = two_variants(composed)[:variants]
    return [row.revision for row in await db.approvals.lay(day.reel, composed, captions)]


async def an_approved_post(db: Database, day: Day, content: str = "take one") -> PostRequest:
    revision = await a_revision(db, day, content)
    assert await db.approvals.decide(day.reel, revision, a_decision(day.key, revision))
    return PostRequest(key=day.key, reel=day.reel, account=day.account, revision=revision)


async def a_post(db: Database, account: Account, day: date, at: datetime) -> None:
    """A Reel of another day of the account that went out then."""
    key = AccountDay(account=account.id, day=day)
    claimed = await db.reels.claim(key, f"run-of-{day}", "test")
    assert claimed is not None
    post = await an_approved_post(db, Day(account, key, claimed.id))
    container = f"container-of-{claimed.id}"
    await db.reels.save_container(post.reel, post.revision, container, at)
    revision = post.revision
    await db.reels.mark_commit_attempt(post.reel, at, revision=revision, container_id=container)
    await db.reels.save_post(post.reel, f"media-of-{claimed.id}", None, at)


async def row_of(db: Database, reel: str) -> ReelRow:
    row = await db.reels.get(reel)
    assert row is not None
    return row


class Attempt:
    """One attempt of an activity, which keeps what it told Temporal."""

    def __init__(self, after: "Attempt | None" = None, **info: Any) -> None:  # noqa: ANN401 - fields of activity.Info
        self.said: list[Heartbeat] = []
        self._environment = ActivityEnvironment()
        self._environment.on_heartbeat = self.said.append
        details = [beat.model_dump(mode="json") for beat in after.said[-1:]] if after else []
        facts = {"workflow_run_id": "run-1", "heartbeat_details": details}
        self._environment.info = dataclasses.replace(self._environment.info, **(facts | info))

    async def run(self, method: Callable[[A], Coroutine[Any, Any, B]], argument: A) -> B:
        return await self._environment.run(method, argument)


async def run(method: Callable[[A], Coroutine[Any, Any, B]], argument: A) -> B:
    """Run an activity as a first attempt."""
    return await Attempt().run(method, argument)
