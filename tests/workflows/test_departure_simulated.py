"""What holds an approved Reel back, by the simulated Instagram and its clock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.testing import TimeSkipper

from clients.publishing.instagram import Instagram
from db.database import Database
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor
from schemas.account import Account, Login
from schemas.day import Outcome, Stage
from tests.conftest import quick
from tests.factories import DAY
from tests.fakes import FakeDownloader
from tests.faults.attempts import Shelf
from tests.integration.simulators.reels import VideoHost, make
from tests.workflows.world import LiveDay, World

A_DAY = timedelta(days=1)


@dataclass
class Outside:
    """The simulated Instagram, and the three clocks that go on together."""

    world: World
    clock: TimeSkipper
    http: httpx.AsyncClient

    async def arm(self, op: str, kind: str, account: Account, **options: object) -> None:
        fault = {"service": "instagram", "op": op, "kind": kind, "user": account.platform_user_id}
        (await self.http.post("/_faults", json={**fault, **options})).raise_for_status()

    async def later(self, day: LiveDay, by: timedelta, *, but: str = "") -> None:
        """Put on the clock of the platform, of our activities, and of the day."""
        await (day.quiet_but(but) if but else day.quiet())
        await self.http.post("/_clock", json={"advance": by.total_seconds()})
        self.world.later += by
        await self.clock.fast_forward(day.handle, by)

    async def entries(self, effect: str, account: Account) -> list[dict[str, Any]]:
        answer = await self.http.get("/_ledger", params={"effect": effect})
        user = account.platform_user_id
        return [one for one in answer.json()["entries"] if one["ids"]["user"] == user]


@pytest.fixture(scope="module")
async def places(
    home: Home, supervisor: Supervisor, top_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, str]]:
    """A platform whose clock nobody else looks at, and where it fetches a video."""
    url = await quick("clocked-simulators", home, supervisor, top_clip)
    host = VideoHost()
    yield url, host.url(make(tmp_path_factory.mktemp("reel") / "reel.mp4"))
    host.close()


@pytest.fixture
async def outside(
    clock: TimeSkipper, db: Database, clip: bytes, tmp_path: Path, places: tuple[str, str]
) -> AsyncIterator[Outside]:
    platform_url, video_url = places
    world = World(clock.client, db, tmp_path, FakeDownloader(clip), store=Shelf(video_url))
    instagram = Instagram(f"{platform_url}/instagram", "v25.0")
    world.publishers[Login.INSTAGRAM] = instagram
    await world.work()
    async with httpx.AsyncClient(base_url=platform_url, timeout=30) as http:
        yield Outside(world, clock, http)
        await http.delete("/_faults")
    await world.end()
    await instagram.aclose()


async def in_review(outside: Outside, account: Account) -> LiveDay:
    day = await outside.world.start(account)
    await day.until(Stage.REVIEW)
    return day


async def test_a_reel_that_is_approved_after_25_hours_goes_out_in_a_fresh_container(
    outside: Outside,
) -> None:
    account = await outside.world.account()
    day = await in_review(outside, account)
    await outside.later(day, timedelta(hours=25))
    await day.decide()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    (post,) = await outside.entries("post.published", account)
    (container,) = await outside.entries("container.created", account)
    assert post["ids"]["container"] == container["ids"]["container"]


async def test_a_container_that_grew_old_while_the_account_was_paused_is_never_published(
    outside: Outside,
) -> None:
    account = await outside.world.account()
    await outside.arm("media_publish", "graph-error", account, code=190, subcode=460)
    day = await in_review(outside, account)
    await day.decide()
    await day.until_waiting("account paused")
    await outside.later(day, timedelta(hours=25), but="await_resume")
    assert await outside.entries("post.published", account) == []
    await outside.world.db.accounts.resume(account.id)
    await outside.clock.fast_forward(day.handle, timedelta(hours=1))

    assert (await day.result()).outcome is Outcome.PUBLISHED
    (post,) = await outside.entries("post.published", account)
    first, second = await outside.entries("container.created", account)
    assert first["ids"]["container"] != post["ids"]["container"] == second["ids"]["container"]


async def test_at_its_quota_a_reel_waits_until_the_post_that_fills_it_is_a_day_old(
    outside: Outside,
) -> None:
    account = await outside.world.account()
    await outside.arm("any", "quota", account, total=1)
    first = await in_review(outside, account)
    await first.decide()
    assert (await first.result()).outcome is Outcome.PUBLISHED
    second = await outside.world.start(account, DAY + A_DAY)
    await second.until(Stage.REVIEW)
    await second.decide()
    await second.until_waiting("1 of 1 posts in 24 hours")
    await outside.later(second, A_DAY - timedelta(minutes=30))
    assert len(await outside.entries("post.published", account)) == 1
    await outside.later(second, timedelta(minutes=32))

    assert (await second.result()).outcome is Outcome.PUBLISHED
    assert len(await outside.entries("post.published", account)) == 2


async def test_under_a_throttle_of_90_minutes_a_reel_waits_as_long_and_nobody_is_asked(
    outside: Outside,
) -> None:
    account = await outside.world.account()
    day = await in_review(outside, account)
    await outside.arm("any", "throttle", account, minutes=90)
    await day.decide()
    await day.until_waiting("takes no more calls")
    await outside.later(day, timedelta(minutes=80))
    assert await outside.entries("container.created", account) == []
    await outside.later(day, timedelta(minutes=12))

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(await outside.entries("post.published", account)) == 1
    assert outside.world.channel.told == []
