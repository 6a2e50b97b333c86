"""A worker that is killed between any two lines of buying a clip: one purchase, the same job.

Every line that an attempt comes to is found by running it once; then, for each of them, a new
order is bought by an attempt that is killed right there, and by those that follow it, as the
workflow would send them. The simulators' ledger and bill are the truth.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.database import Database
from schemas.video import ClipJob, ClipOrder, FilmedClip, FoundOrder
from tests.conftest import StoreAccess
from tests.factories import an_order
from tests.faults import doomed
from tests.faults.doomed import UNKNOWN, Line, Said, Scene, Studio
from tests.integration.activities.days import Day, a_day

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([doomed.__name__])


@dataclass(frozen=True)
class Stage:
    """Where one order after the other is bought."""

    scene: Scene
    db: Database
    studio: Studio
    http: httpx.AsyncClient
    folder: Path

    async def order(self, provider: str) -> ClipOrder:
        """An order of a day of its own, in words of its own."""
        day: Day = await a_day(self.db)
        words = f"A paper boat on its way to {day.account.id} of {self.folder.name}"
        return an_order(day.key, day.reel, provider=provider, seconds=5, prompt=words)

    async def attempt(
        self, name: str, argument: ClipOrder | ClipJob, kill_at: Line | None = None
    ) -> Said | None:
        """One attempt in a process of its own; None when it was killed."""
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        facts = (self.scene.model_dump_json(), name, argument.model_dump_json())
        process = FORKS.Process(target=doomed.live, args=(*facts, kill_at, str(answer)))
        process.start()
        await asyncio.to_thread(process.join, 30)
        if process.exitcode == -9:
            return None
        assert process.exitcode == 0
        return Said.model_validate_json(answer.read_text())

    async def purchases(self, order: ClipOrder) -> list[dict[str, Any]]:
        """What the provider would charge for the words of this order."""
        entries = (await self.http.get(f"{self.scene.simulators_url}/_ledger")).json()["entries"]
        jobs = {
            entry["ids"]["job"]
            for entry in entries
            if entry["effect"] == "job.created" and entry["facts"]["prompt"] == order.prompt
        }
        bill = (await self.http.get(f"{self.scene.simulators_url}/_bill")).json()
        return [line for line in bill["lines"] if line["ids"].get("job") in jobs]

    async def submitted(self, order: ClipOrder) -> Said:
        """What the workflow does for an order: it sends it, and finds out when it is unknown."""
        said = await self.studio.attempt("submit_clip", order)
        if said.failure != UNKNOWN:
            return said
        found = await self.studio.attempt("find_order", order)
        if found.value is None:
            return found
        job = FoundOrder.model_validate_json(found.value).job
        if job is None:
            return await self.studio.attempt("submit_clip", order)
        return Said(value=job.model_dump_json())

    async def brought_home(self, job: ClipJob) -> FilmedClip:
        """The rest of the way."""
        assert (await self.studio.attempt("await_clip", job)).failure is None
        said = await self.studio.attempt("fetch_clip", job)
        assert said.value is not None, said.message
        return FilmedClip.model_validate_json(said.value)


@pytest.fixture(scope="module")
async def stage(
    db: Database,
    database_url: str,
    quick_simulators: str,
    object_store: StoreAccess,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("killed")
    scene = Scene(
        database_url=database_url,
        simulators_url=quick_simulators,
        store_endpoint=object_store.endpoint,
        store_bucket=object_store.bucket,
        store_key_id=object_store.key_id,
        store_secret=object_store.secret,
        work_dir=folder,
    )
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(doomed.store_of(scene))
        http = await stack.enter_async_context(httpx.AsyncClient())
        yield Stage(scene, db, doomed.studio_of(scene, db, store), http, folder)


def a_job(said: Said) -> ClipJob:
    assert said.value is not None, said.message
    return ClipJob.model_validate_json(said.value)


async def lines_of(stage: Stage, name: str, argument: ClipOrder | ClipJob) -> tuple[Line, ...]:
    """Every line that an undisturbed attempt comes to."""
    said = await stage.attempt(name, argument)
    assert said is not None
    assert said.failure is None, said.message
    assert len(said.lines) > 10
    return said.lines


@pytest.mark.timeout(400)
@pytest.mark.parametrize("provider", ["luma"])
async def test_an_order_is_bought_once_wherever_its_worker_is_killed(
    stage: Stage, provider: str
) -> None:
    unknown: list[Line] = []
    for line in await lines_of(stage, "submit_clip", await stage.order(provider)):
        order = await stage.order(provider)
        assert await stage.attempt("submit_clip", order, line) is None

        said = await stage.submitted(order)
        if said.failure == UNKNOWN:
            unknown.append(line)
            assert len(await stage.purchases(order)) <= 1, line
            row = await stage.db.usage.by_step(order.reel, f"clip/{provider}/0/take-1")
            assert row is not None
            assert row.state.value == "unknown", line
            continue
        clip = await stage.brought_home(a_job(said))
        (bought,) = await stage.purchases(order)
        assert bought["ids"]["job"] == clip.job_id, line
    # Luma has no list: what was sent and not written down stays unknown, for a person.
    assert unknown
    assert {name for name, _ in unknown} <= {"film", "luma", "usage", "clips", "spending"}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("provider", ["luma"])
@pytest.mark.parametrize("name", ["await_clip", "fetch_clip"])
async def test_the_same_job_goes_on_wherever_its_worker_is_killed(
    stage: Stage, name: str, provider: str
) -> None:
    first = a_job(await stage.submitted(await stage.order(provider)))
    assert (await stage.studio.attempt("await_clip", first)).failure is None
    for line in await lines_of(stage, name, first):
        order = await stage.order(provider)
        job = a_job(await stage.submitted(order))
        if name == "fetch_clip":
            assert (await stage.studio.attempt("await_clip", job)).failure is None
        assert await stage.attempt(name, job, line) is None

        clip = await stage.brought_home(job)
        (bought,) = await stage.purchases(order)
        assert bought["ids"]["job"] == clip.job_id == job.job_id, line
        row = await stage.db.usage.by_job(provider, job.job_id)
        assert row is not None
        assert (row.state.value, row.cost_micros) == ("settled", bought["micros"]), line
