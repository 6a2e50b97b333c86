"""Video jobs that were accepted: where each stands, by the ledger and the simulators' clock."""

import asyncio
import heapq
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum, auto
from typing import Any

from starlette.requests import Request

from simulators.calls import Call, World
from simulators.clips import Clips, ClipSpec
from simulators.ledger import Entry
from simulators.looks import DRAFT, FINE

QUEUED_SHARE = 0.15
"""The part of a job's time that it waits in the queue."""
PATIENCE = 4.0
"""How long a look at a job that is due waits for its file, when everything is immediate."""


class Phase(Enum):
    """Where a job stands, whatever its service calls that."""

    HELD = auto()
    """As many others as may be are at work."""
    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()


@dataclass(frozen=True)
class Job:
    """One accepted order."""

    id: str
    created: float
    model: str
    spec: ClipSpec
    failure_code: str | None
    """How it will fail, if it will."""
    failure_reason: str | None
    facts: dict[str, Any]
    """All that the ledger says of the order."""


@dataclass(frozen=True)
class Failure:
    """How an order is going to fail."""

    code: str
    reason: str | None


class Jobs:
    """All jobs of one API, in the order in which they were accepted.

    `job.created` begins one, `job.cancelled` (fact `refunded`) ends one before its time,
    `job.deleted` hides one. `at_once` bounds how many of a model work at a time; where a job
    takes no time, there is nothing to bound.
    """

    def __init__(
        self, world: World, clips: Clips, home: tuple[str, str], *, seconds: float, at_once: int = 0
    ) -> None:
        """`home`: the service, and its `api` in the facts, empty for a service with one."""
        self._world = world
        self._clips = clips
        self._home = home
        self.seconds = seconds
        """What one job takes."""
        self._at_once = at_once if seconds else 0
        self.all: dict[str, Job] = {}
        self._starts: dict[str, float] = {}
        self._busy: dict[str, list[float]] = {}
        self._cancelled: dict[str, Entry] = {}
        self._deleted: set[str] = set()
        world.ledger.on_entry(self._apply)

    def find(self, name: str) -> Job | None:
        """A job that hasn't been deleted."""
        return None if name in self._deleted else self.all.get(name)

    def listed(self) -> list[Job]:
        """The jobs that haven't been deleted, oldest first."""
        return [job for name, job in self.all.items() if name not in self._deleted]

    def phase(self, job: Job) -> Phase:
        """Where a job stands now. It isn't done before its file is there."""
        now, start = self._world.clock.now(), self._starts[job.id]
        if job.id in self._cancelled:
            return Phase.CANCELLED
        if now < start:
            return Phase.HELD
        if now < start + self.seconds * QUEUED_SHARE:
            return Phase.QUEUED
        if now < start + self.seconds:
            return Phase.RUNNING
        if job.failure_code:
            return Phase.FAILED
        return Phase.DONE if self._clips.ready(job.spec) else Phase.RUNNING

    def start(self, job: Job) -> float:
        """When it left the crowd of those that are held; infinite when it never did."""
        return self._starts[job.id]

    def end(self, job: Job) -> float:
        """When it ends or ended, in seconds since the epoch."""
        cancelled = self._cancelled.get(job.id)
        return cancelled.moment if cancelled else self._starts[job.id] + self.seconds

    def progress(self, job: Job) -> float:
        """How much of its work is done, from 0 to 1."""
        waited = self.seconds * QUEUED_SHARE
        work = self.seconds - waited
        done = (self._world.clock.now() - self._starts[job.id] - waited) / work if work else 1.0
        return round(min(max(done, 0.0), 0.99), 2)

    def refunded(self, job: Job) -> bool:
        """Whether its cancellation gave the money back."""
        cancelled = self._cancelled.get(job.id)
        return cancelled is not None and bool(cancelled.facts["refunded"])

    def ahead(self, job: Job) -> int:
        """How many jobs wait before this one."""
        waiting = (Phase.HELD, Phase.QUEUED)
        before = (one for one in self.all.values() if one.created < job.created)
        return sum(1 for one in before if self.phase(one) in waiting)

    def under_way(self, model: str | None = None) -> int:
        """How many jobs haven't ended."""
        open_phases = (Phase.HELD, Phase.QUEUED, Phase.RUNNING)
        mine = (job for job in self.all.values() if model in (None, job.model))
        return sum(1 for job in mine if self.phase(job) in open_phases)

    def spec(
        self,
        look: str,
        size: tuple[int, int],
        seconds: int,
        *,
        start: int = 0,
        audio: bool = False,
    ) -> ClipSpec:
        """A clip to film; where everything is to be immediate, a rougher picture."""
        painted = FINE if self.seconds else DRAFT
        return ClipSpec(look, *size, seconds, start, painted, audio)

    def accept(self, model: str, spec: ClipSpec, failure: Failure | None) -> dict[str, Any]:
        """The facts of a new job, whose file begins to be made if it is going to succeed."""
        if failure is None:
            self._clips.order(spec)
        facts = {
            "model": model,
            "seconds": spec.seconds,
            "clip": asdict(spec),
            "failure_code": failure.code if failure else None,
            "failure_reason": failure.reason if failure else None,
        }
        return {**facts, "api": self._home[1]} if self._home[1] else facts

    def resume(self) -> None:
        """Make the files that were being made when the simulators ended."""
        for job in self.all.values():
            if not job.failure_code:
                self._clips.order(job.spec)

    async def wait_for_file(self, request: Request) -> None:
        """When everything is immediate, the only wait is for FFmpeg: take it in the call."""
        job = self.all.get(str(request.path_params["job"]))
        if job is None or job.failure_code or self.seconds:
            return
        task = self._clips.order(job.spec)
        if task is not None:
            await asyncio.wait([task], timeout=PATIENCE)

    def _apply(self, entry: Entry) -> None:
        name = entry.ids.get("job", "")
        if entry.effect == "job.created":
            if (entry.service, entry.facts.get("api", "")) == self._home:
                self.all[name] = job = _job(entry)
                self._schedule(job)
        elif name in self.all and entry.effect == "job.cancelled":
            self._cancelled[name] = entry
            self._reschedule()
        elif name in self.all and entry.effect == "job.deleted":
            self._deleted.add(name)

    def _reschedule(self) -> None:
        """A cancelled job leaves its place to those that wait."""
        self._busy.clear()
        for job in self.all.values():
            self._schedule(job)

    def _schedule(self, job: Job) -> None:
        """Give a job its start, in the order of acceptance."""
        busy = self._busy.setdefault(job.model, [])
        full = self._at_once and len(busy) >= self._at_once
        start = max(job.created, busy[0]) if full else job.created
        cancelled = self._cancelled.get(job.id)
        if cancelled and cancelled.moment < start:
            self._starts[job.id] = math.inf
            return
        end = min(start + self.seconds, cancelled.moment if cancelled else math.inf)
        self._starts[job.id] = start
        (heapq.heapreplace if full else heapq.heappush)(busy, end)


def failure_of(call: Call, default: str, reasons: Mapping[str, str | None]) -> Failure | None:
    """How a `fail` fault wants the job to end; None without one."""
    if not call.meets("fail"):
        return None
    code = str(call.option("failure_code", default))
    return Failure(code, call.option("failure_reason", reasons.get(code)))


def odd_word(call: Call, default: str) -> str | None:
    """The state that an `odd-state` fault wants to be told; None without one."""
    return str(call.option("state", default)) if call.meets("odd-state") else None


def _job(entry: Entry) -> Job:
    facts = entry.facts
    return Job(
        entry.ids["job"],
        entry.moment,
        facts["model"],
        ClipSpec(**facts["clip"]),
        facts["failure_code"],
        facts["failure_reason"],
        facts,
    )
