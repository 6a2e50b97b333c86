"""Every video client against the simulators, which were written apart from it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from activities.segments import nearest_aspect
from clients.download import Downloader
from clients.errors import OutcomeUnknown, Refused
from clients.video import CancelsJobs, JobState, JobStatus, ListsJobs, VideoProvider
from clients.video.luma import Luma
from clients.video.luma_legacy import LumaLegacy
from clients.video.pika import Pika
from clients.video.runway import Runway
from clients.video.terms import read_terms
from schemas.failures import FailureKind

TERMS = read_terms()
SECONDS = 5


class Studio(NamedTuple):
    """A client, and what its simulator calls an order and a look."""

    make: Callable[[str], VideoProvider]
    service: str
    order: str
    look: str
    moderation: str


STUDIOS = {
    "luma": Studio(
        lambda url: Luma("luma-any", f"{url}/luma/v1", "ray-3.2", "360p", TERMS.luma),
        *("luma", "create_generation", "get_generation", "content_moderated"),
    ),
    "luma legacy": Studio(
        lambda url: LumaLegacy(
            "luma-any", f"{url}/luma/dream-machine/v1", "ray-flash-2", "540p", TERMS.luma_legacy
        ),
        *("luma", "create_generation", "get_generation", "content_moderated"),
    ),
    "runway": Studio(
        lambda url: Runway("key_any", f"{url}/runway", "gen4.5", TERMS.runway),
        *("runway", "create_task", "get_task", "SAFETY.INPUT.TEXT"),
    ),
    "pika": Studio(
        lambda url: Pika("id:any", f"{url}/fal", f"{url}/fal/v1", "720p", TERMS.pika),
        *("fal", "submit", "get_status", "content_policy_violation"),
    ),
}
every_studio = pytest.mark.parametrize("studio", STUDIOS.values(), ids=STUDIOS)


class World:
    """The simulators' own doors: faults go in, the truth comes out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, trust_env=False)

    async def arm(self, service: str, op: str, kind: str, **options: object) -> None:
        wish = {"service": service, "op": op, "kind": kind, **options}
        (await self.http.post("/_faults", json=wish)).raise_for_status()

    async def jobs(self, service: str) -> list[str]:
        entries = (await self.http.get("/_ledger", params={"effect": "job.created"})).json()
        return [one["ids"]["job"] for one in entries["entries"] if one["service"] == service]

    async def micros(self, job: str) -> int:
        lines = (await self.http.get("/_bill")).json()["lines"]
        return sum(line["micros"] for line in lines if line["ids"].get("job") == job)


@pytest.fixture
async def painted(simulators_url: str) -> AsyncIterator[World]:
    """Simulators that draw each film."""
    async for world in opened(simulators_url):
        yield world


@pytest.fixture
async def world(quick_simulators: str) -> AsyncIterator[World]:
    """Simulators that have one film for all orders."""
    async for world in opened(quick_simulators):
        yield world


async def opened(url: str) -> AsyncIterator[World]:
    world = World(url)
    yield world
    await world.http.delete("/_faults")
    await world.http.aclose()


async def order(provider: VideoProvider, prompt: str) -> str:
    ordered = await provider.submit(
        prompt=prompt,
        seconds=SECONDS,
        aspect=nearest_aspect(provider.capabilities.aspects),
        reference=str(uuid4()),
    )
    return ordered.job_id


async def ended(provider: VideoProvider, job_id: str) -> JobStatus:
    async with asyncio.timeout(90):
        while True:
            status = await provider.status(job_id)
            if status.state in {JobState.COMPLETED, JobState.FAILED}:
                return status
            await asyncio.sleep(0.3)


def a_prompt() -> str:
    return f"A paper boat 🚤 {uuid4()}"


@every_studio
async def test_an_order_becomes_a_film_at_the_price_of_the_table(
    painted: World, studio: Studio, tmp_path: Path
) -> None:
    world = painted
    provider = studio.make(world.url)
    job_id = await order(provider, a_prompt())
    status = await ended(provider, job_id)
    assert (status.state, status.failure) == (JobState.COMPLETED, None)
    downloader = Downloader("https://elsewhere.example", world.url)
    done = await downloader.fetch(
        str(status.url), tmp_path / "clip.mp4", limit_bytes=100_000_000, progress=lambda *_: None
    )
    await downloader.aclose()
    assert done.bytes > 0
    billed = await world.micros(job_id.rpartition("/")[2])
    assert billed == provider.capabilities.price_micros[SECONDS]
    assert status.cost_micros in {None, billed}


@every_studio
@pytest.mark.parametrize("fault", ["execute-then-reset", "truncate"])
async def test_a_lost_answer_is_one_job_which_the_list_knows_where_there_is_one(
    world: World, studio: Studio, fault: str
) -> None:
    provider, prompt, since = studio.make(world.url), a_prompt(), datetime.now(UTC)
    before = await world.jobs(studio.service)
    await world.arm(studio.service, studio.order, fault)
    with pytest.raises(OutcomeUnknown):
        await order(provider, prompt)
    (job,) = set(await world.jobs(studio.service)) - set(before)
    if isinstance(provider, ListsJobs):
        async with asyncio.timeout(60):
            while not (found := await provider.find(prompt=prompt, seconds=SECONDS, since=since)):
                await asyncio.sleep(0.5)
        assert [job_id.rpartition("/")[2] for job_id in found] == [job]
        assert (await ended(provider, found[0])).state is JobState.COMPLETED


@every_studio
async def test_moderation_is_told_and_never_counts_less_than_is_billed(
    world: World, studio: Studio
) -> None:
    provider = studio.make(world.url)
    await world.arm(studio.service, studio.order, "fail", failure_code=studio.moderation)
    job_id = await order(provider, a_prompt())
    status = await ended(provider, job_id)
    assert (status.state, status.failure) == (JobState.FAILED, FailureKind.MODERATED)
    billed = await world.micros(job_id.rpartition("/")[2])
    price = provider.capabilities.price_micros[SECONDS]
    assert (price if status.cost_micros is None else status.cost_micros) * status.charged >= billed


@every_studio
async def test_a_word_that_is_new_to_us_is_waited_out(world: World, studio: Studio) -> None:
    provider = studio.make(world.url)
    job_id = await order(provider, a_prompt())
    await world.arm(studio.service, studio.look, "odd-state")
    assert (await provider.status(job_id)).state in {JobState.QUEUED, JobState.PROCESSING}
    assert (await ended(provider, job_id)).state is JobState.COMPLETED


@every_studio
async def test_a_job_of_nobody_is_not_found(world: World, studio: Studio) -> None:
    provider = studio.make(world.url)
    prefix = "fal-ai/pika/requests/" if studio.service == "fal" else ""
    with pytest.raises(Refused) as raised:
        await provider.status(f"{prefix}{uuid4()}")
    assert raised.value.kind is FailureKind.NOT_FOUND


@pytest.mark.parametrize("name", ["runway", "pika"])
async def test_a_job_is_cancelled_once(painted: World, name: str) -> None:
    provider = STUDIOS[name].make(painted.url)
    assert isinstance(provider, CancelsJobs)
    job_id = await order(provider, a_prompt())
    assert await provider.cancel(job_id)
    assert not await provider.cancel(f"{job_id[:-4]}0000")
