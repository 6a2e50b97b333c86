"""A worker that is killed between any two lines of buying a clip: one purchase, the same job.

Every line that an attempt comes to is found by running it once; then, for each of them, a new
order is bought by an attempt that is killed right there, and by those that follow it, as the
workflow would send them. The simulators' ledger and bill are the truth.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from multiprocessing.connection import wait
from secrets import token_hex
from typing import Any, TypeVar

import httpx
import pytest

from db.database import Database
from schemas.video import ClipJob, ClipOrder, FilmedClip, FoundOrder
from tests.commands import FORKS
from tests.factories import an_order
from tests.faults import doomed
from tests.faults.doomed import UNKNOWN, Line, Said, Scene, Studio
from tests.integration.activities.days import Day, a_day

T = TypeVar("T")

AT_ONCE = 3
"""Lines that are tried at a time."""

OWN = {"runway": {"runway", "api"}, "pika": {"pika", "pika_errors", "listing"}}
"""The modules whose lines only this provider comes to; Luma's own runs come to all others."""


@dataclass(frozen=True)
class Stage:
    """Where one order after the other is bought."""

    scene: Scene
    db: Database
    studio: Studio
    http: httpx.AsyncClient
    at_once: asyncio.Semaphore

    async def order(self, provider: str) -> ClipOrder:
        """An order of a day of its own, in words of its own."""
        day: Day = await a_day(self.db)
        words = f"A paper boat on its way to {token_hex(8)}"
        return an_order(day.key, day.reel, provider=provider, seconds=5, prompt=words)

    async def attempt(
        self, name: str, argument: ClipOrder | ClipJob, kill_at: Line | None = None
    ) -> Said | None:
        """One attempt in a process of its own; None when it was killed."""
        answer = self.scene.work_dir / f"{token_hex(8)}.json"
        facts = (self.scene.model_dump_json(), name, argument.model_dump_json())
        process = FORKS.Process(target=doomed.live, args=(*facts, kill_at, str(answer)))
        process.start()
        # Not with join in a thread: two threads would take the exit code from each other.
        await asyncio.to_thread(wait, [process.sentinel], 30)
        process.join(1)
        if process.exitcode == -9:
            return None
        assert process.exitcode == 0
        return Said.model_validate_json(answer.read_text())

    async def at_each(
        self, lines: Collection[Line], live: Callable[[Line], Awaitable[T]]
    ) -> dict[Line, T]:
        """What came of being killed at each of these lines."""

        async def one(line: Line) -> T:
            async with self.at_once:
                return await live(line)

        async with asyncio.TaskGroup() as group:
            tasks = {line: group.create_task(one(line)) for line in lines}
        return {line: task.result() for line, task in tasks.items()}

    async def bought(self) -> dict[str, list[dict[str, Any]]]:
        """What the providers would charge, by the words of the orders."""
        url = self.scene.simulators_url
        query = {"effect": "job.created"}
        entries = (await self.http.get(f"{url}/_ledger", params=query)).json()["entries"]
        words = {entry["ids"]["job"]: entry["facts"]["prompt"] for entry in entries}
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in (await self.http.get(f"{url}/_bill")).json()["lines"]:
            lines.setdefault(words[line["ids"]["job"]], []).append(line)
        return lines

    async def submitted(self, order: ClipOrder) -> Said:
        """What the workflow does for an order: it sends it, and finds out when it is unknown."""
        said = await self.studio.attempt("submit_clip", order)
        return await self.found(order) if said.failure == UNKNOWN else said

    async def found(self, order: ClipOrder) -> Said:
        """What the workflow does then."""
        found = await self.studio.attempt("find_order", order)
        if found.value is None:
            return found
        job = FoundOrder.model_validate_json(found.value).job
        if job is None:
            return await self.studio.attempt("submit_clip", order)
        return Said(value=job.model_dump_json())


@pytest.fixture(scope="module")
async def stage(
    db: Database, database_url: str, quick_simulators: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    scene = Scene(
        database_url=database_url,
        simulators_url=quick_simulators,
        work_dir=tmp_path_factory.mktemp("killed"),
        store=tmp_path_factory.mktemp("store"),
    )
    async with httpx.AsyncClient(timeout=30) as http:
        studio = doomed.studio_of(scene, db)
        yield Stage(scene, db, studio, http, asyncio.Semaphore(AT_ONCE))


def a_job(said: Said) -> ClipJob:
    assert said.value is not None, said.message
    return ClipJob.model_validate_json(said.value)


def the_id(job: ClipJob) -> str:
    """As the simulators name it: fal's stands in a path."""
    return job.job_id.rpartition("/")[2]


async def lines_of(
    stage: Stage, name: str, argument: ClipOrder | ClipJob, modules: Collection[str] = ()
) -> list[Line]:
    """Every line that an undisturbed attempt comes to, in these modules or in all."""
    said = await stage.attempt(name, argument)
    assert said is not None
    assert said.failure is None, said.message
    lines = [line for line in said.lines if not modules or line[0] in modules]
    assert len(lines) > 10
    return lines


@pytest.mark.timeout(400)
@pytest.mark.parametrize("provider", ["luma", "runway", "pika"])
async def test_an_order_is_bought_once_wherever_its_worker_is_killed(
    stage: Stage, provider: str
) -> None:
    async def live(line: Line) -> tuple[ClipOrder, Said]:
        order = await stage.order(provider)
        assert await stage.attempt("submit_clip", order, line) is None
        return order, await stage.submitted(order)

    # Pika has a list: what follows a kill is another way than Luma's, at every line.
    modules = OWN["runway"] if provider == "runway" else ()
    lines = await lines_of(stage, "submit_clip", await stage.order(provider), modules)
    came = await stage.at_each(lines, live)
    bought = await stage.bought()
    for line, (order, said) in came.items():
        jobs = [one["ids"]["job"] for one in bought.get(order.prompt, [])]
        if said.failure != UNKNOWN:
            assert jobs == [the_id(a_job(said))], line
            continue
        assert len(jobs) <= 1, line
        row = await stage.db.usage.by_step(order.reel, f"clip/{provider}/0/take-1")
        assert row is not None
        assert row.state.value == "unknown", line
    # Without a list, what was sent and not written down stays unknown, for a person.
    unknown = any(said.failure == UNKNOWN for _, said in came.values())
    assert unknown == (provider != "pika")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("accepted", [True, False])
async def test_an_order_is_found_wherever_the_search_is_killed(
    stage: Stage,
    accepted: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    async def lost() -> ClipOrder:
        order = await stage.order("pika")
        fault = {"service": "fal", "op": "submit", "kind": "status", "status": 500}
        await stage.http.post(
            f"{stage.scene.simulators_url}/_faults", json={**fault, "after_effect": accepted}
        )
        assert (await stage.studio.attempt("submit_clip", order)).failure == UNKNOWN
        return order

    lines = await lines_of(stage, "find_order", await lost())
    orders = {line: await lost() for line in lines}

    async def live(line: Line) -> Said:
        assert await stage.attempt("find_order", orders[line], line) is None
        return await stage.found(orders[line])

    came = await stage.at_each(lines, live)
    bought = await stage.bought()
    for line, said in came.items():
        jobs = [one["ids"]["job"] for one in bought[orders[line].prompt]]
        assert jobs == [the_id(a_job(said))], line


@pytest.mark.timeout(400)
@pytest.mark.parametrize("provider", ["luma", "runway", "pika"])
@pytest.mark.parametrize("name", ["await_clip", "fetch_clip"])
async def test_the_same_job_goes_on_wherever_its_worker_is_killed(
    stage: Stage, name: str, provider: str
) -> None:
    async def live(line: Line) -> tuple[ClipJob, Said]:
        job = a_job(await stage.submitted(await stage.order(provider)))
        assert await stage.attempt(name, job, line) is None
        return job, await stage.studio.attempt(name, job)

    first = a_job(await stage.submitted(await stage.order(provider)))
    lines = await lines_of(stage, name, first, OWN.get(provider, ()))
    came = await stage.at_each(lines, live)
    bought = await stage.bought()
    for line, (job, said) in came.items():
        (one,) = bought[job.order.prompt]
        assert one["ids"]["job"] == the_id(job), line
        if name == "await_clip":
            assert a_job(said) == job, line
            continue
        assert said.value is not None, (line, said.message)
        assert FilmedClip.model_validate_json(said.value).job_id == job.job_id
        row = await stage.db.usage.by_job(provider, job.job_id)
        assert row is not None
        assert (row.state.value, row.cost_micros) == ("settled", one["micros"]), line
