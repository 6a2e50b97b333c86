"""Every row of Instagram's error table, armed, has the action that stands there.

The activities are those that a worker runs, and each row comes over the wire.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.exceptions import ApplicationError

from activities.interceptor import named_errors
from activities.posting import PostingActivities
from clients.publishing.instagram import Instagram
from clients.store import ObjectStore
from db.database import Database
from db.tokens import NewTokens
from schemas.account import AccountStatus, Login
from schemas.failures import FailureKind
from schemas.post import Container, Liveness, PostRequest
from schemas.reel import ComposedReel
from tests.conftest import StoreAccess
from tests.factories import NOW, a_decision, two_variants
from tests.integration.activities import error_table
from tests.integration.activities.days import a_day, run
from tests.integration.activities.desks import CIPHER, TOKEN
from tests.integration.activities.error_table import Expected
from tests.integration.simulators.reels import make

Code = tuple[int, int | None]


@pytest.fixture(scope="module")
async def store(object_store: StoreAccess) -> AsyncIterator[ObjectStore]:
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        yield store


@pytest.fixture(scope="module")
async def posting(
    db: Database, store: ObjectStore, quick_simulators: str
) -> AsyncIterator[PostingActivities]:
    """As worker.py builds it, with no pause between two looks."""
    async with AsyncExitStack() as stack:
        instagram = Instagram(f"{quick_simulators}/instagram", "v25.0")
        stack.push_async_callback(instagram.aclose)
        publishers = {Login.INSTAGRAM: instagram}
        yield PostingActivities(
            publishers, db, store, CIPHER, poll_seconds=0.0, in_flight_seconds=0.0
        )


@pytest.fixture(scope="module")
async def video(store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> ComposedReel:
    """One stored file for all of them."""
    file = make(Path(tmp_path_factory.mktemp("reel"), "reel.mp4"))
    digest = sha256(file.read_bytes()).hexdigest()
    await store.put(file, f"errors/{digest}.mp4", "video/mp4")
    return ComposedReel(
        video_key=f"errors/{digest}.mp4",
        poster_key="errors/poster.png",
        video_sha256=digest,
        bytes=file.stat().st_size,
        seconds=3.5,
    )


@dataclass(frozen=True)
class Platform:
    """The activities, an approved Reel, and Instagram as a witness sees it."""

    db: Database
    http: httpx.AsyncClient
    posting: PostingActivities
    request: PostRequest

    async def arm(self, op: str, kind: str = "graph-error", **options: Any) -> None:  # noqa: ANN401
        fault = {"service": "instagram", "op": op, "kind": kind, **options}
        (await self.http.post("/_faults", json=fault)).raise_for_status()

    async def arm_row(self, op: str, code: Code, **options: Any) -> None:  # noqa: ANN401
        await self.arm(op, options={"code": code[0], "subcode": code[1], **options})

    async def container(self) -> Container:
        """A container that can be published."""
        container = await run(self.posting.prepare_post, self.request)
        return await run(self.posting.await_container, container)

    async def calls(self, op: str) -> int:
        """All calls of an operation: one that met a fault names nobody."""
        found = await self.http.get("/_ledger", params={"service": "instagram", "op": op})
        return len(found.json()["entries"])

    async def posts(self) -> int:
        found = await self.http.get("/_ledger", params={"effect": "post.published"})
        user = self.request.account.platform_user_id
        return sum(entry["ids"]["user"] == user for entry in found.json()["entries"])

    async def outcome(self, step: Coroutine[Any, Any, object]) -> Expected:
        """What became of an activity."""
        kind, again = None, False
        try:
            with named_errors():
                await step
        except ApplicationError as error:
            kind, again = FailureKind(error.type or ""), not error.non_retryable
        account = await self.db.accounts.get(self.request.account.id)
        assert account is not None
        assert account.status is AccountStatus.ACTIVE or account.paused_reason
        return Expected(kind, again, paused=account.status is AccountStatus.PAUSED)


@pytest.fixture(scope="module")
async def http(quick_simulators: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=quick_simulators, trust_env=False) as http:
        yield http
        await http.delete("/_faults")


@pytest.fixture
async def platform(
    db: Database, posting: PostingActivities, http: httpx.AsyncClient, video: ComposedReel
) -> Platform:
    day = await a_day(db)
    await db.tokens.set(day.account.id, NewTokens(CIPHER.seal(day.account.id, TOKEN)), NOW)
    (laid,) = await db.approvals.lay(day.reel, video, two_variants(video)[:1])
    assert await db.approvals.decide(day.reel, laid.revision, a_decision(day.key, laid.revision))
    request = PostRequest(key=day.key, reel=day.reel, account=day.account, revision=laid.revision)
    return Platform(db, http, posting, request)


async def created(platform: Platform, code: Code) -> None:
    await platform.arm_row("create_container", code)
    found = await platform.outcome(run(platform.posting.prepare_post, platform.request))
    assert found == error_table.of_create(code)
    row = await platform.db.reels.get(platform.request.reel)
    assert row is not None
    assert row.container_id is None


async def read(platform: Platform, code: Code) -> None:
    container = await run(platform.posting.prepare_post, platform.request)
    await platform.arm_row("get_container", code)
    expected = error_table.of_read(code)
    assert await platform.outcome(run(platform.posting.await_container, container)) == expected
    if not expected.paused:
        await _read_before_commit(platform, code, container)


async def _read_before_commit(platform: Platform, code: Code, container: Container) -> None:
    before = await platform.calls("media_publish")
    await platform.arm_row("get_container", code)
    found = await platform.outcome(run(platform.posting.commit_post, container))
    assert found == error_table.of_read_before_commit(code)
    assert await platform.calls("media_publish") == before


async def published(platform: Platform, code: Code) -> None:
    await _published(platform, code, Liveness.ABSENT)


async def published_all_the_same(platform: Platform, code: Code) -> None:
    await _published(platform, code, Liveness.LIVE)


async def _published(platform: Platform, code: Code, truth: Liveness) -> None:
    container = await platform.container()
    before = await platform.calls("media_publish")
    await platform.arm_row("media_publish", code, after_effect=truth is Liveness.LIVE)
    found = await platform.outcome(run(platform.posting.commit_post, container))
    assert found == error_table.of_publish(code)
    status = await run(platform.posting.reconcile_post, container)
    assert status.liveness is truth
    assert await platform.calls("media_publish") == before + 1
    assert await platform.posts() == (truth is Liveness.LIVE)


async def told_in_words(platform: Platform, code: Code) -> None:
    subcode = code[1] or 0
    await platform.arm("create_container", "container-error", options={"subcode": subcode})
    container = await run(platform.posting.prepare_post, platform.request)
    found = await platform.outcome(run(platform.posting.await_container, container))
    assert found == error_table.of_status_text(subcode)
    assert await platform.posts() == 0


CALLS = (created, read, published)
UNCLEAR = [code for code in error_table.ALL if error_table.ALL[code].startswith("U")]
CASES: list[tuple[Callable[[Platform, Code], Coroutine[Any, Any, None]], Code]] = [
    *((call, code) for call in CALLS for code in error_table.ALL),
    *((published_all_the_same, code) for code in UNCLEAR),
    *((told_in_words, (0, subcode)) for subcode in error_table.IN_STATUS_TEXT),
]


@pytest.mark.parametrize(
    ("call", "code"), CASES, ids=[f"{call.__name__}-{code[0]}-{code[1]}" for call, code in CASES]
)
async def test_every_row_has_its_action_at_every_call(
    platform: Platform,
    call: Callable[[Platform, Code], Coroutine[Any, Any, None]],
    code: Code,
) -> None:
    await call(platform, code)
