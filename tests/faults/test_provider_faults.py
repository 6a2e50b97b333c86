"""Each provider, each way in which it may fail: where the day comes to, and what it bought.

A whole account-day on a real Temporal server and PostgreSQL, the real clients and downloader;
what was bought and what it costs, the simulators tell. docs/providers.md shows the same table.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from db.database import Database
from runtime.temporal import connect
from schemas.day import ResolveAction, Stage
from tests.fakes import FakeDownloader
from tests.faults.provider_faults import FAULTS, OUTCOMES, SERVICES, tables
from tests.faults.studio_days import Came, Marker, Set, cast
from tests.unit.deploy.compose import ROOT
from tests.workflows.world import World


class Days(NamedTuple):
    """What came of one fault, by provider."""

    fault: str
    came: Mapping[str, Came | BaseException]

    def of(self, provider: str) -> Came:
        came = self.came[provider]
        if isinstance(came, BaseException):
            raise came
        return came


@pytest.fixture(scope="module")
async def stage(
    temporal_address: str,
    db: Database,
    quick_simulators: str,
    other_simulators: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Set]:
    client: Client = await connect(temporal_address, "default", "test")
    clock = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    urls, folder = (quick_simulators, other_simulators), tmp_path_factory.mktemp("studio")
    world = World(clock.client, db, folder, FakeDownloader(b""), claude=Marker())
    cast(world, urls, folder)
    await world.work()
    stage = Set(world, clock, urls)
    yield stage
    await world.end()
    await stage.aclose()


@pytest.fixture(scope="module", params=FAULTS)
async def days(request: pytest.FixtureRequest, stage: Set) -> Days:
    """One day with each provider, all at once: no two of them share a simulator of a service."""
    name = str(request.param)

    async def live(provider: str) -> Came:
        day, since = await stage.begin(provider, FAULTS[name])
        if "Retry-After" in name:
            await stage.until_it_pauses(day)
        await stage.until_it_waits(day)
        return await stage.came(provider, day, since)

    came = await asyncio.gather(*map(live, SERVICES), return_exceptions=True)
    await stage.disarm()
    return Days(name, dict(zip(SERVICES, came, strict=True)))


@pytest.mark.parametrize("provider", SERVICES)
async def test_a_fault_has_the_outcome_that_is_stated(days: Days, provider: str) -> None:
    stated = OUTCOMES[FAULTS[days.fault].outcome(provider)]
    came = days.of(provider)

    parked = stated.parked.format(provider=provider) if stated.parked else None
    assert came.outcome == stated._replace(meaning=came.outcome.meaning, parked=parked)
    assert came.arrived == (parked is None and not stated.elsewhere)
    if stated.bought or stated.elsewhere:
        assert came.counted == came.billed
    else:
        assert came.counted > came.billed == 0


async def test_a_file_that_broke_off_is_fetched_when_a_person_says_so(stage: Set) -> None:
    fault = FAULTS["a file that breaks off, always"]
    day, since = await stage.begin("luma", fault)
    await stage.until_it_waits(day)
    await stage.disarm()
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    came = await stage.came("luma", day, since)
    assert (came.outcome.sent, came.outcome.bought, came.outcome.elsewhere) == (1, 1, 0)
    assert (came.outcome.ledger, came.arrived) == (("settled: ok",), 1)


def test_the_document_states_the_same() -> None:
    assert tables() in (ROOT / "docs" / "providers.md").read_text()
