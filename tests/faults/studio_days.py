"""Days of one clip over the real clients, while the simulators misbehave as they are told."""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
from temporalio.testing import TimeSkipper

import providers
from activities.breaker import Breakers
from clients.claude import Query, Reply
from clients.download import Downloader
from clients.video.terms import SHIPPED
from runtime.groups import VideoSettings
from runtime.settings import load
from schemas.day import Stage
from tests.factories import a_story
from tests.fakes import a_reply
from tests.faults.provider_faults import SERVICES, Fault, Outcome, wish
from tests.waiting import SECONDS
from tests.workflows.cast import Author
from tests.workflows.world import LiveDay, World

MARK = re.compile(r"mark-[0-9a-f]{12}")
"""Stands in an account's theme, and so in every prompt that is bought for it."""

NEXT = "another studio"
"""The provider that each account would ask next: nothing is ever wrong there."""

CLIP_ROWS = """
    SELECT coalesce(cost_micros, estimated_micros) AS counted,
        CASE state WHEN 'settled' THEN 'settled: ' || outcome ELSE state END AS said
    FROM api_usage_logs WHERE account_id = $1 AND operation = 'clip' ORDER BY reserved_at
"""

PAUSE = timedelta(seconds=90)


class Marker(Author):
    """Writes the mark of the account into every shot."""

    async def ask(self, query: Query) -> Reply:
        mark = MARK.search(query.prompt)
        properties = (query.schema or {}).get("properties", {})
        assert isinstance(properties, dict)
        if mark is None or not {"shots", "prompt"} & properties.keys():
            return await super().ask(query)
        if "shots" not in properties:
            return a_reply(json.dumps({"prompt": f"A milder boat of {mark[0]}"}))
        story = a_story(prompt=f"A boat of {mark[0]}", shots=(f"A paper boat of {mark[0]}",))
        return a_reply(story.model_dump_json())


@dataclass(frozen=True)
class Came:
    """Where a day came to, as the database and the simulators tell."""

    day: LiveDay
    outcome: Outcome
    """In the form of what is stated; its `meaning` is what the day waits for."""
    counted: int
    """What the clip costs by the ledger, in micro-dollars."""
    billed: int
    """What is charged for it."""
    arrived: int
    """Downloads that no fault met."""


class Set:
    """The days of one test module, and the two worlds that they know."""

    def __init__(self, world: World, clock: TimeSkipper, urls: tuple[str, str]) -> None:
        """`urls`: where three of the providers are, and where the legacy one and the next are."""
        self.world = world
        self.clock = clock
        self.http = httpx.AsyncClient(timeout=30)
        self._urls = urls

    def url(self, provider: str) -> str:
        """The world that has a provider: two share the name of a service, but no world."""
        return self._urls[provider in {NEXT, "luma, legacy"}]

    async def aclose(self) -> None:
        """Close what is still open."""
        for one in (self.http, self.world.fetching, *self.world.providers.values()):
            assert isinstance(one, providers.Closes)
            await one.aclose()

    async def begin(self, provider: str, fault: Fault) -> tuple[LiveDay, int]:
        """A day with the provider while the fault is armed; and how long its ledger was."""
        wished = wish(SERVICES[provider], fault)
        armed = await self.http.post(f"{self.url(provider)}/_faults", json=wished)
        armed.raise_for_status()
        since = len(await self.entries(provider))
        account = await self.world.account(
            theme=f"paper boats of mark-{token_hex(6)}",
            video_providers=(provider, NEXT),
            reel_seconds=SERVICES[provider].seconds,
        )
        return await self.world.start(account), since

    async def disarm(self) -> None:
        for url in self._urls:
            await self.http.delete(f"{url}/_faults")

    async def entries(self, provider: str) -> list[dict[str, Any]]:
        """What was asked of a provider and of those in the same world."""
        entries = (await self.http.get(f"{self.url(provider)}/_ledger")).json()["entries"]
        return list(entries)

    async def until_it_waits(self, day: LiveDay) -> None:
        """Until a person has to review it, or to act."""
        async with asyncio.timeout(SECONDS):
            while (await day.progress()).stage not in {Stage.REVIEW, Stage.NEEDS_ATTENTION}:
                await asyncio.sleep(0.2)

    async def until_it_pauses(self, day: LiveDay) -> None:
        """Until an order is to be sent again after PAUSE; then move the day's clock there."""
        async with asyncio.timeout(SECONDS):
            while (until := await _pause_of(day)) is None:
                await asyncio.sleep(0.1)
        await self.clock.fast_forward(day.handle, until - datetime.now(UTC))

    async def came(self, provider: str, day: LiveDay, since: int) -> Came:
        """What there is to be seen of a day; `since` is the entry after which it began."""
        service, mark = SERVICES[provider], await self._mark(day)
        entries = (await self.entries(provider))[since:]
        mine = [entry for entry in entries if entry["service"] == service.name]
        bought = _bought(mine, mark)
        elsewhere = _bought(await self.entries(NEXT), mark) - bought
        fetched = [one for one in mine if one["op"] == "download"]
        rows = await self.world.db.pool.rows(CLIP_ROWS, day.key.account)
        now = await day.progress()
        outcome = Outcome(
            meaning=now.waiting_for or "",
            sent=sum(one["op"] == service.order for one in mine),
            bought=len(bought),
            elsewhere=len(elsewhere),
            ledger=tuple(row["said"] for row in rows),
            fetched=len(fetched),
            parked=_parked(now.waiting_for) if now.stage is Stage.NEEDS_ATTENTION else None,
        )
        return Came(
            day=day,
            outcome=outcome,
            counted=sum(row["counted"] for row in rows),
            billed=await self._billed(bought | elsewhere),
            arrived=sum(one["fault"] is None and one["status"] in {200, 206} for one in fetched),
        )

    async def _mark(self, day: LiveDay) -> str:
        account = await self.world.db.accounts.get(day.key.account)
        assert account is not None
        return account.theme.rpartition(" ")[2]

    async def _billed(self, jobs: set[str]) -> int:
        bills = [(await self.http.get(f"{url}/_bill")).json() for url in self._urls]
        lines = [line for bill in bills for line in bill["lines"]]
        return sum(line["micros"] for line in lines if line["ids"].get("job") in jobs)


def _bought(entries: list[dict[str, Any]], mark: str) -> set[str]:
    """The jobs that were accepted for an account's words."""
    made = [entry for entry in entries if entry["effect"] == "job.created"]
    return {entry["ids"]["job"] for entry in made if mark in entry["facts"]["prompt"]}


def _parked(waiting_for: str | None) -> str:
    """`clip 1: film failed (moderated): ...` as `clip 1: film (moderated)`."""
    step, _, rest = (waiting_for or "").partition(" failed (")
    return f"{step} ({rest.partition(')')[0]})"


async def _pause_of(day: LiveDay) -> datetime | None:
    """When the day's order is sent again, None while it was not put off yet."""
    for one in (await day.handle.describe()).raw_description.pending_activities:
        if one.activity_type.name == "submit_clip" and one.attempt > 1:
            again = one.scheduled_time.ToDatetime(UTC)
            put_off = again - one.last_attempt_complete_time.ToDatetime(UTC)
            assert abs(put_off - PAUSE) < timedelta(seconds=1)
            return again
    return None


def films(urls: tuple[str, str], folder: Path) -> dict[str, providers.OpenProvider]:
    """Every provider as the worker builds it, but that their lists show a job at once."""
    terms = folder / "terms.toml"
    terms.write_text(re.sub(r"list_lag_seconds = \d+", "list_lag_seconds = 0", SHIPPED.read_text()))
    here, there = (_settings(url, terms) for url in urls)
    legacy = {**there, "LUMA_API": "legacy", "LUMAAI_API_KEY": "luma-test"}
    del legacy["LUMA_AGENTS_API_KEY"]
    others = providers.build(load(VideoSettings, {**legacy, "LUMA_RESOLUTION": "540p"}))
    return providers.build(load(VideoSettings, here)) | {
        "luma, legacy": others["luma"],
        NEXT: others["runway"],
    }


def _settings(url: str, terms: Path) -> dict[str, str]:
    return {
        "LUMA_BASE_URL": f"{url}/luma/v1",
        "LUMA_AGENTS_API_KEY": "luma-api-test",
        "LUMA_LEGACY_BASE_URL": f"{url}/luma/dream-machine/v1",
        "RUNWAY_BASE_URL": f"{url}/runway",
        "RUNWAYML_API_SECRET": "key_test",
        "FAL_BASE_URL": f"{url}/fal",
        "FAL_API_BASE_URL": f"{url}/fal/v1",
        "FAL_KEY": "fal:test",
        "VIDEO_TERMS_FILE": str(terms),
    }


def cast(world: World, urls: tuple[str, str], folder: Path) -> None:
    """Give a world the real clients, before it works.

    Its breakers never open: the faults of one test would otherwise be told to the next.
    """
    world.providers = dict(films(urls, folder))
    world.fetching = Downloader(*urls)
    world.breakers = Breakers(lambda _name, _is_open: None, failures=10_000)
