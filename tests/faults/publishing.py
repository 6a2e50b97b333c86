"""Publishing one approved Reel after the other, each while something else goes wrong.

The workflow is the product's own `Posting`, on the real Temporal server, and its activities are
the product's, over real HTTP and PostgreSQL. An attempt that is to be killed runs in a process
of its own; what it leaves behind is an attempt that nobody hears of any more.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

from db.database import Database
from schemas.base import Frozen
from schemas.clearance import Clearance, ClearanceRequest
from schemas.day import DayProgress
from schemas.post import Container, PostRequest, PostStatus
from tests.commands import FORKS
from tests.faults.attempts import AtWrite, Said, Scene, Watch, WatchedPool, attempt, live
from tests.faults.meddler import Harm, Wire
from workflows import sla
from workflows.departure import Departure
from workflows.journal import Journal
from workflows.parking import Parking
from workflows.posting import Posting
from workflows.recutting import Recutting
from workflows.steps import Steps

SILENT = 3600.0
BEAT = sla.HEARTBEAT.total_seconds() / 3


@dataclass
class Trial:
    """One Reel that is published while something goes wrong."""

    request: PostRequest
    scene: Scene
    strokes: tuple[object, ...]
    wire: Wire
    told: int = 0
    """How often a person was told."""
    writes: dict[str, int] = field(default_factory=dict)
    """Of the first attempt of each activity."""

    @property
    def kills(self) -> bool:
        """Whether a process is still to be killed."""
        harms = {getattr(one, "harm", None) for one in self.strokes if one not in self.wire.struck}
        return Harm.KILL in harms

    def stroke_in(self, name: str) -> AtWrite | None:
        """What is still to be done to the writes of this activity."""
        writes = (one for one in self.strokes if isinstance(one, AtWrite))
        undone = (one for one in writes if one not in self.wire.struck)
        return next((one for one in undone if one.activity == name), None)


@dataclass
class Stage:
    """Where the trials are held."""

    db: Database
    folder: Path
    trials: dict[str, Trial] = field(default_factory=dict)

    async def run(self, name: str, account: str, argument: Frozen) -> Said:
        """One attempt of an activity, as a worker would make it."""
        trial = self.trials[account]
        info = activity.info()
        most = info.retry_policy.maximum_attempts if info.retry_policy else 0
        scene = trial.scene.model_copy(update={"attempt": info.attempt, "most": most})
        stroke = trial.stroke_in(name)
        if trial.kills:
            async with _heard():
                said = await self._doomed(trial, name, (scene, argument), stroke)
            if said is None:
                await asyncio.sleep(SILENT)  # nobody hears of it again
            assert said is not None
            return said
        pool, watch = self.db.pool, Watch(stroke)
        async with _heard():
            watched = WatchedPool(pool.inner, pool.place, watch)
            said = await attempt(scene, name, argument, watched)
        if watch.struck:
            trial.wire.struck.add(stroke)
        trial.writes.setdefault(name, said.writes)
        return said

    async def _doomed(
        self, trial: Trial, name: str, given: tuple[Scene, Frozen], stroke: AtWrite | None
    ) -> Said | None:
        """An attempt in a process of its own; None when it was killed."""
        answer = self.folder / f"{token_hex(8)}.json"
        scene, argument = given
        facts = (scene.model_dump_json(), name, argument.model_dump_json())
        process = FORKS.Process(target=live, args=(*facts, stroke, str(answer)))
        process.start()
        trial.wire.victim = process
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(process.sentinel)
        process.join()
        trial.wire.victim = None
        if process.exitcode == -signal.SIGKILL:
            trial.wire.struck.update(one for one in (stroke,) if one is not None)
            return None
        assert process.exitcode == 0
        return Said.model_validate_json(answer.read_text())


@asynccontextmanager
async def _heard() -> AsyncIterator[None]:
    """Beat as a worker does while an attempt lives."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


def _unless_failed(said: Said) -> str:
    if said.value is None:
        raise ApplicationError(
            said.message,
            type=said.failure,
            non_retryable=said.final,
            next_retry_delay=said.retry_after,
        )
    return said.value


@dataclass(frozen=True)
class TriedPosting:
    """The posting activities by their names, each attempt of which a stage makes."""

    stage: Stage

    @activity.defn
    async def prepare_post(self, request: PostRequest) -> Container:
        """As PostingActivities."""
        said = await self.stage.run("prepare_post", request.account.id, request)
        return Container.model_validate_json(_unless_failed(said))

    @activity.defn
    async def await_container(self, container: Container) -> Container:
        """As PostingActivities."""
        said = await self.stage.run("await_container", container.request.account.id, container)
        return Container.model_validate_json(_unless_failed(said))

    @activity.defn
    async def commit_post(self, container: Container) -> PostStatus:
        """As PostingActivities."""
        return await self._status("commit_post", container)

    @activity.defn
    async def reconcile_post(self, container: Container) -> PostStatus:
        """As PostingActivities."""
        return await self._status("reconcile_post", container)

    @activity.defn
    async def link_post(self, container: Container) -> PostStatus:
        """As PostingActivities."""
        return await self._status("link_post", container)

    async def _status(self, name: str, container: Container) -> PostStatus:
        said = await self.stage.run(name, container.request.account.id, container)
        return PostStatus.model_validate_json(_unless_failed(said))


@dataclass(frozen=True)
class TriedClearance:
    """The looks before a Reel may go out; the quota is read over the trial's own wire."""

    stage: Stage

    @activity.defn
    async def choose_time(self, request: PostRequest) -> Clearance:
        """As ClearanceActivities."""
        return await self._clearance("choose_time", request)

    @activity.defn
    async def clear_account(self, request: PostRequest) -> Clearance:
        """As ClearanceActivities."""
        return await self._clearance("clear_account", request)

    @activity.defn
    async def clear_post(self, asked: ClearanceRequest) -> Clearance:
        """As ClearanceActivities."""
        return await self._clearance("clear_post", asked)

    async def _clearance(self, name: str, argument: PostRequest | ClearanceRequest) -> Clearance:
        request = argument if isinstance(argument, PostRequest) else argument.post
        said = await self.stage.run(name, request.account.id, argument)
        return Clearance.model_validate_json(_unless_failed(said))


class Fitting(Recutting):
    """A file that keeps every rule: looking at it makes no call and no commit."""

    async def fit(self, request: PostRequest) -> PostRequest:
        """The approved one."""
        return request


@workflow.defn(name="Publication", sandboxed=False)
class Publication:
    """The part of an AccountDay that publishes."""

    @workflow.init
    def __init__(self, request: PostRequest) -> None:
        journal = Journal(request.key)
        self._journal, self._parking = journal, Parking(journal)
        self._steps = Steps(request.key, journal, self._parking)
        self._steps.about(request.account, request.reel)
        self._departure = Departure(self._steps, journal)
        self._recutting = Fitting(self._steps, journal)

    @workflow.run
    async def run(self, request: PostRequest) -> PostStatus:
        """Publish."""
        return await Posting(self._steps, self._departure, self._recutting).publish(request)

    @workflow.update
    def resolve(self, *resolution: object) -> str:
        """Let a parked step go on."""
        return self._parking.resolve(resolution)

    @workflow.query
    def progress(self) -> DayProgress:
        """Where it stands."""
        return self._journal.progress
