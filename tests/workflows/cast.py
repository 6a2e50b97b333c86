"""The cast of a day: the fakes of tests/fakes.py, each able to be held at a gate."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from clients.claude import Query, Reply
from clients.errors import OutcomeUnknown, Refused
from clients.publishing import Credentials, Handle, Job, Look, State, Video
from clients.video import Capabilities, JobStatus, Ordered
from db.pool import Pool
from db.reel_row import ReelRow
from db.reels import Reels
from schemas.day import Outcome, Stage
from schemas.failures import FailureKind
from schemas.story import Story
from tests.factories import PASSED, a_story, two_captions
from tests.fakes import LUMA_LIKE, FakeClaude, FakeProvider, FakePublisher, a_reply
from tests.waiting import SECONDS


class Gate:
    """A place where a fake waits until the test lets it on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.left = asyncio.Event()

    async def stop(self) -> None:
        self.reached.set()
        try:
            await self.opened.wait()
        finally:
            self.left.set()

    async def until_reached(self) -> None:
        async with asyncio.timeout(SECONDS):
            await self.reached.wait()

    def open(self) -> None:
        self.opened.set()


def a_tale(number: int) -> Story:
    """A story like no other: no two numbers share their words."""
    words = sha256(str(number).encode()).hexdigest()
    said = [words[start : start + 8] for start in range(0, 64, 8)]
    return a_story(prompt=" ".join(said), shots=(" ".join(said[:4]), " ".join(said[4:])))


class Author(FakeClaude):
    """Writes what is asked for, and passes every story, unless told otherwise.

    `stories`, `critiques` and `captions` count what was asked; the troubles are raised first,
    the tales told and the verdicts given first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stories = self.critiques = self.captions = self.searches = 0
        self.search_fails = False
        self.verdicts: deque[dict[str, object]] = deque()
        self.tales: deque[Story] = deque()
        self.story_troubles: deque[Exception] = deque()
        self.caption_troubles: deque[Exception] = deque()
        self.gate: Gate | None = None
        self.busy = self.busiest = 0
        self.seconds = 0.0

    async def ask(self, query: Query) -> Reply:
        assert query.system
        assert query.prompt
        self.queries.append(query)
        if query.searches:
            self.searches += 1
            if self.search_fails:
                raise Refused("claude", FailureKind.PERMISSION, "no searches for this key")
            return a_reply(json.dumps({"topics": ["paper boats"], "hashtags": ["#paperboat"]}))
        properties = (query.schema or {}).get("properties")
        assert isinstance(properties, Mapping)
        if "shots" in properties:
            return await self._story()
        if "hooks" in properties:
            self.critiques += 1
            return a_reply(json.dumps(self.verdicts.popleft() if self.verdicts else PASSED))
        if "first" not in properties:
            return a_reply(json.dumps({"prompt": "The robot pours a cup, milder"}))
        self.captions += 1
        if self.caption_troubles:
            raise self.caption_troubles.popleft()
        if query.rest:  # a reviewer sent the first ones back
            return a_reply(json.dumps(two_captions(caption=f"Take {self.captions} ☕")))
        return a_reply(json.dumps(two_captions()))

    async def _story(self) -> Reply:
        self.stories += 1
        if self.gate is not None:
            await self.gate.stop()
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(self.seconds)
        self.busy -= 1
        if self.story_troubles:
            raise self.story_troubles.popleft()
        told = self.tales.popleft() if self.tales else a_tale(self.stories)
        return a_reply(json.dumps(told.model_dump(mode="json")))


class Studio(FakeProvider):
    """A provider under a name, that can be held at each look."""

    def __init__(self, name: str, capabilities: Capabilities = LUMA_LIKE) -> None:
        super().__init__(capabilities)
        self.name = name
        self.gate: Gate | None = None

    async def status(self, job_id: str) -> JobStatus:
        if self.gate is not None:
            await self.gate.stop()
        return await super().status(job_id)


class Registry(Studio):
    """A provider with a list of its jobs, that stops them when it is told to.

    The answers to the next `lost` orders get lost, after the orders were accepted.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, replace(LUMA_LIKE, lists_jobs=True, cancels=True))
        self.lost = 0
        self.list_trouble: Exception | None = None
        self.listed: list[tuple[str, str]] = []
        self.stopped: list[str] = []

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:
        ordered = await super().submit(
            prompt=prompt, seconds=seconds, aspect=aspect, reference=reference
        )
        self.listed.append((prompt, ordered.job_id))
        if self.lost:
            self.lost -= 1
            raise OutcomeUnknown(self.name, "no answer")
        return ordered

    async def find(self, *, prompt: str, seconds: int, since: datetime) -> Sequence[str]:
        assert seconds
        assert since
        if self.list_trouble is not None:
            raise self.list_trouble
        return [job for words, job in self.listed if words == prompt]

    async def cancel(self, job_id: str) -> bool:
        self.stopped.append(job_id)
        return True


class Platform(FakePublisher):
    """Instagram, that can be held before and after a post goes out.

    New containers stand as `first_states` say, in order, then finished; those that failed did
    so for `failure`. The next looks at a container wait at `poll_gates`, where that is one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.prepare_gate: Gate | None = None
        self.commit_gate: Gate | None = None
        self.answer_gate: Gate | None = None
        self.link_gate: Gate | None = None
        self.poll_gates: deque[Gate | None] = deque()
        self.first_states: deque[State] = deque()
        self.failure: FailureKind | None = None

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        if self.poll_gates and (gate := self.poll_gates.popleft()) is not None:
            await gate.stop()
        look = await super().poll(who, handle)
        failed = look.state is State.FAILED
        return replace(look, failure=self.failure if failed else None)

    async def prepare(self, who: Credentials, job: Job, video: Video) -> Handle:
        if self.prepare_gate is not None:
            await self.prepare_gate.stop()
        handle = await super().prepare(who, job, video)
        if self.first_states:
            self.containers[handle.id] = self.first_states.popleft()
        return handle

    async def commit(self, who: Credentials, handle: Handle) -> str:
        if self.commit_gate is not None:
            await self.commit_gate.stop()
        media_id = await super().commit(who, handle)
        if self.answer_gate is not None:
            await self.answer_gate.stop()
        return media_id

    async def permalink(self, who: Credentials, media_id: str) -> str | None:
        if self.link_gate is not None:
            await self.link_gate.stop()
        return await super().permalink(who, media_id)


class HeldReels(Reels):
    """The table of Reels, that can be held before a stage or an ending is written down."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        object.__setattr__(self, "gates", [])

    gates: list[Gate]

    async def set_stage(self, reel: str, stage: Stage, waiting_for: str | None = None) -> None:
        await self._stop()
        await super().set_stage(reel, stage, waiting_for)

    async def close(self, reel: str, outcome: Outcome, reason: str | None) -> ReelRow:
        await self._stop()
        return await super().close(reel, outcome, reason)

    async def _stop(self) -> None:
        for gate in self.gates:
            await gate.stop()
