"""Whatever goes wrong, and wherever: a Reel goes out once, and the books say so.

An undisturbed run tells the points: every call to the platform and every commit of the
database, before and after. Then Reels are published by the hundred, each with one harm at one
point, under each of the three ways in which the platform may answer a second publish. The
simulators' ledger is the truth.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker
from temporalio.workflow import ActivityConfig

import worker
from activities.day import DayActivities
from activities.pauses import PauseActivities
from activities.review import ReviewActivities
from activities.spending import Spending
from clients.publishing import graph
from db.database import Database
from db.tokens import NewTokens
from runtime.temporal import connect
from schemas.day import Resolution, ResolveAction
from schemas.post import Liveness, PostStatus
from tests.factories import DECISION_KEY
from tests.fakes import FakeChannel, FakeStore
from tests.faults.attempts import CIPHER, AtWrite, Scene, hurry
from tests.faults.meddler import AtCall, Harm, Meddler, Outage, Side, Wire
from tests.faults.publishing import Publication, Stage, Trial, TriedClearance, TriedPosting
from tests.integration.activities.days import a_day, an_approved_post, row_of
from tests.integration.simulators.reels import VideoHost, make
from workflows import sla

PUBLISH = "POST media_publish"
MODES = ("same_id", "error", "duplicate")
AT_ONCE = 24
MOST_TOLD = 5
LONGEST = 90.0
"""Seconds that a trial may take on a crowded machine."""
TRIES = 4
QUEUE = "publication"
HARMS = (Harm.KILL, Harm.LOST, Harm.TIMEOUT, Harm.ERROR)
PATIENCE = timedelta(seconds=12)
"""What stands for the hour and the five minutes after which a person is told."""


@dataclass(frozen=True)
class Came:
    """Where a trial came to."""

    trial: Trial
    status: PostStatus
    posts: list[dict[str, Any]]
    containers: set[str]


@dataclass
class Books:
    """The trials, the worker that lives them, and what they are held against."""

    db: Database
    client: Client
    stage: Stage
    meddler: Meddler
    http: httpx.AsyncClient
    scene: Scene
    channel: FakeChannel
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def came(self, strokes: tuple[object, ...], mode: str, *, blind: bool = False) -> Came:
        """Publish a Reel of a new account under these strokes, to the end.

        On a busy machine a call may be late by itself and the publishing take another way, past
        the point that is meant: that trial is held to the law, too, and another one is made.
        """
        for _ in range(TRIES):
            came = await self._came(strokes, mode, blind=blind)
            missed = set(strokes) - came.trial.wire.struck
            if not missed or await faults_of(came, self.db):
                return came
        raise AssertionError(f"never came to {missed}: {came.trial.wire.calls}")

    async def _came(self, strokes: tuple[object, ...], mode: str, *, blind: bool) -> Came:
        async with self.at_once:
            trial = await self._trial(strokes, blind=blind)
            user = trial.request.account.platform_user_id
            for kind, op in (("second-commit", "media_publish"), ("decoys", "media_publish")):
                fault = {"service": "instagram", "op": op, "kind": kind, "mode": mode, "user": user}
                (await self.http.post("/_faults", json=fault)).raise_for_status()
            handle = await self.client.start_workflow(
                Publication.run,
                trial.request,
                id=f"publication/{trial.request.account.id}",
                task_queue=QUEUE,
            )
            return await self._booked(trial, await self._lived(trial, handle))

    async def _trial(self, strokes: tuple[object, ...], *, blind: bool) -> Trial:
        day = await a_day(self.db)
        sealed = CIPHER.seal(day.account.id, f"IGAA-{day.account.id}")
        await self.db.tokens.set(day.account.id, NewTokens(sealed), datetime.now(UTC))
        request = await an_approved_post(self.db, day)
        wire = self.meddler.wires[day.account.id] = Wire(strokes)
        base_url = f"{self.meddler.url}/{day.account.id}/instagram"
        scene = self.scene.model_copy(update={"base_url": base_url, "blind": blind})
        trial = Trial(request, scene, strokes, wire)
        self.stage.trials[day.account.id] = trial
        return trial

    async def _lived(self, trial: Trial, handle: WorkflowHandle[Any, PostStatus]) -> PostStatus:
        """Wait for the end; a person who is told waits until reads work again, and says retry."""
        key = trial.request.key
        asked = f"resolve {key.account} {key.day} "
        ended = asyncio.ensure_future(handle.result())
        since = asyncio.get_running_loop().time()
        while not ended.done():
            await asyncio.wait({ended}, timeout=0.3)
            if asyncio.get_running_loop().time() > since + LONGEST:
                raise AssertionError(f"never ended: {await handle.query(Publication.progress)}")
            told = sum(asked in text for _, text in self.channel.told)
            if told > trial.told:
                trial.told = told
                assert told < MOST_TOLD, f"a person is asked again and again: {self.channel.told}"
                trial.wire.over = True
                answer = Resolution(action=ResolveAction.RETRY, by="bob")
                await handle.execute_update(Publication.resolve, answer)
        return await ended

    async def _booked(self, trial: Trial, status: PostStatus) -> Came:
        answer = await self.http.get("/_ledger", params={"service": "instagram"})
        user = trial.request.account.platform_user_id
        mine = [one for one in answer.json()["entries"] if one["ids"].get("user") == user]
        return Came(
            trial,
            status,
            posts=[one for one in mine if one["effect"] == "post.published"],
            containers={one["ids"]["container"] for one in mine if "container" in one["ids"]},
        )


@pytest.fixture(scope="module")
async def books(
    temporal_address: str,
    scene: Scene,
    db: Database,
    quick_simulators: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Books]:
    client = await connect(temporal_address, "default", "test")
    meddler = Meddler(quick_simulators)
    await meddler.start()
    channel, folder = FakeChannel(), tmp_path_factory.mktemp("trials")
    stage = Stage(db, folder)
    days = DayActivities(db, FakeStore(), Spending(db), {}, work_dir=folder)
    review = ReviewActivities(db, (channel,), DECISION_KEY, "https://reels.test")
    tried = (TriedPosting(stage), TriedClearance(stage), PauseActivities(db, (channel,)))
    lived = Worker(
        client,
        task_queue=QUEUE,
        workflows=[Publication],
        activities=[one for each in (*tried, days, review) for one in worker.methods(each)],
        max_concurrent_activities=400,
    )
    async with lived, httpx.AsyncClient(base_url=quick_simulators, timeout=30) as http:
        yield Books(db, client, stage, meddler, http, scene, channel)
    await meddler.stop()


@pytest.fixture(scope="module", autouse=True)
def hurried() -> Iterator[None]:
    """Hours as seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CALL_SECONDS", "READ_SECONDS"):
            patch.setattr(graph, name, getattr(graph, name))
        hurry()
        patch.setitem(sla.INSTAGRAM_UPLOAD, "start_to_close_timeout", PATIENCE)
        patch.setattr(sla, "reading_for", soon)
        yield


def soon(left: timedelta) -> ActivityConfig:
    """The row of a reconciliation that ends soon, however long it may take."""
    row = sla.INSTAGRAM_RECONCILE.copy()
    row["schedule_to_close_timeout"] = min(left, PATIENCE)
    return row


@pytest.fixture(scope="module")
def scene(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """With a video that the platform takes."""
    host = VideoHost()
    video_url = host.url(make(tmp_path_factory.mktemp("reel") / "reel.mp4"))
    yield Scene(base_url="", video_url=video_url, database_url=database_url)
    host.close()


def harms_of(calls: Sequence[str | None], writes: dict[str, int]) -> Iterator[object]:
    """Everything that may go wrong at the points of a run; None is a call that is none."""
    for number, call in enumerate(calls, start=1):
        if call is None:
            continue
        yield Outage(number)
        for side in Side:
            yield from (AtCall(number, side, harm) for harm in HARMS)
        if call == PUBLISH:
            yield AtCall(number, Side.AFTER, Harm.SPAM)
            yield AtCall(number, Side.BEFORE, Harm.LATE)
    for name, count in writes.items():
        for number in range(1, count + 1):
            for side in Side:
                yield from (AtWrite(name, number, side, harm) for harm in (Harm.KILL, Harm.LOST))


async def faults_of(came: Came, db: Database) -> list[str]:
    """What is wrong with a trial's end; empty when the Reel is out once and the books agree."""
    request = came.trial.request
    row = await row_of(db, request.reel)
    wrong = []
    if len(came.posts) != 1:
        wrong.append(f"{len(came.posts)} posts are live")
    if came.status.liveness is not Liveness.LIVE or row.published_at is None:
        wrong.append("the books have no post")
    live = {post["ids"]["media"] for post in came.posts}
    # Which post it is may stay unknown where no list could be read; another's it never is.
    unread = row.media_id is None and any(isinstance(one, Outage) for one in came.trial.strokes)
    if {row.media_id} != live and not unread:
        wrong.append(f"the books have {row.media_id}, live is {live}")
    if row.container_id not in {post["ids"]["container"] for post in came.posts}:
        wrong.append("the books have another container")
    return wrong


async def hold(books: Books, trials: Iterable[tuple[tuple[object, ...], str]]) -> list[Came]:
    """Live all of them, and hold each to the law."""
    wanted = list(trials)
    ended = await asyncio.gather(
        *(books.came(strokes, mode) for strokes, mode in wanted), return_exceptions=True
    )
    wrong = {}
    for (strokes, mode), came in zip(wanted, ended, strict=True):
        name = f"{' + '.join(map(str, strokes))} ({mode})"
        if isinstance(came, BaseException):
            wrong[name] = [repr(came)]
        elif found := await faults_of(came, books.db):
            wrong[name] = [*found, " ".join(came.trial.wire.calls)]
    assert not wrong, "\n".join(f"{name}: {'; '.join(found)}" for name, found in wrong.items())
    return [came for came in ended if isinstance(came, Came)]


@pytest.mark.timeout(600)
async def test_a_reel_goes_out_once_whatever_goes_wrong_at_any_point(books: Books) -> None:
    (undisturbed,) = await hold(books, [((), "duplicate")])
    harms = list(harms_of(undisturbed.trial.wire.calls, undisturbed.trial.writes))
    assert len(harms) > 60
    await hold(books, [((harm,), mode) for harm in harms for mode in MODES])


@pytest.mark.timeout(600)
async def test_a_reel_goes_out_once_when_the_reading_after_a_lost_answer_goes_wrong(
    books: Books,
) -> None:
    lost = AtCall(await the_publish(books), Side.AFTER, Harm.LOST)
    (found,) = await hold(books, [((lost,), "duplicate")])
    reading = [None] * lost.number + found.trial.wire.calls[lost.number :]
    writes = {name: found.trial.writes.get(name, 0) for name in ("reconcile_post", "link_post")}
    harms = list(harms_of(reading, writes))
    assert len(harms) > 20
    await hold(books, [((lost, harm), "duplicate") for harm in harms])


@pytest.mark.timeout(300)
async def test_without_the_reading_two_posts_go_out_and_these_trials_say_so(books: Books) -> None:
    lost = AtCall(await the_publish(books, blind=True), Side.AFTER, Harm.LOST)
    came = await books.came((lost,), "duplicate", blind=True)
    assert "2 posts are live" in await faults_of(came, books.db)


async def the_publish(books: Books, *, blind: bool = False) -> int:
    """The number of the call that publishes."""
    undisturbed = await books.came((), "duplicate", blind=blind)
    assert await faults_of(undisturbed, books.db) == []
    return undisturbed.trial.wire.calls.index(PUBLISH) + 1
