"""How quickly the queue's page answers while decisions arrive.

One process has all three: the application under uvicorn, as `python -m web` serves it, the
decisions, and whoever reads the page. They share one thread, which is harder on the page
than real days are, whose decisions are weighed by workers elsewhere. A decision does in
the database what the activity of a day does: `Approvals.decide` and the log. Temporal has no
part in it; the page does not ask it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from starlette.types import ASGIApp
from temporalio.client import Client

from bench.measuring import MeasuringFailed
from bench.queue_rows import fill
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database, open_database
from db.migrate import migrate
from db.review_queue import BEFORE_ALL, QUEUE, Waiting
from schemas.account import Role
from schemas.decision import Decision, Verdict
from web.app import create_app
from web.connect import Connect
from web.delivery import Delivery
from web.health import Health
from web.pages.queue import A_PAGE
from web.pages.site import Site
from web.reels import ReelFiles
from web.server import listening, server_for
from web.who import SESSION_COOKIE, Who

WAITING, DECIDED = 1000, 4000
SECONDS = 30
A_SECOND = 20
"""Decisions."""
THINK_SECONDS = 0.1
"""Between an answer and the next look at the page."""

_HOST = "127.0.0.1"
_PERSON = "bench"


@dataclass(frozen=True)
class Load:
    """What was seen in one run."""

    pages_ms: tuple[float, ...]
    """How long each look at the page took, in milliseconds, from request to the last byte."""
    decisions: int
    """That counted."""
    seconds: float
    waiting: int
    """Reels that waited when the run was over; it began with as many more as were decided."""
    plan: str
    """PostgreSQL's own words on how it read the page."""

    @property
    def decisions_a_second(self) -> float:
        """The rate that was reached."""
        return self.decisions / self.seconds

    def at(self, percent: int) -> float:
        """The time that so many percent of the pages were within: nearest rank."""
        ranked = sorted(self.pages_ms)
        return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


async def load(dsn: str, seconds: float = SECONDS) -> Load:
    """Fill an empty database, load it, look. Raises MeasuringFailed when a page or decision fails.

    So many wait at the beginning that WAITING of them still do at the end.
    """
    await migrate(dsn)
    async with open_database(dsn) as db:
        await fill(db, WAITING + round(seconds * A_SECOND), DECIDED)
        async with _page(db) as page:
            counted, pages = await _loaded(db, page, seconds)
        waiting = sum(one.reels for one in await db.review_queue.counts())
        plan = await db.pool.rows(
            f"EXPLAIN (ANALYZE, BUFFERS) {QUEUE}", A_PAGE + 1, BEFORE_ALL, "", None
        )
        lines = "\n".join(row[0] for row in plan)
        return Load(tuple(pages), counted, seconds, waiting, lines)


async def _loaded(
    db: Database, page: httpx.AsyncClient, seconds: float
) -> tuple[int, Sequence[float]]:
    oldest = await db.review_queue.page(round(seconds * A_SECOND))
    await _look(page)  # connections and templates are made once
    ends = time.monotonic() + seconds
    looking = asyncio.create_task(_look_until(page, ends))
    counted = await _decide_all(db, oldest, ends)
    return counted, await looking


async def _decide_all(db: Database, reels: Sequence[Waiting], ends: float) -> int:
    """Approve one Reel after the other at their rate, the oldest first, those that the page shows.

    How many counted until the end.
    """
    began, counted = time.monotonic(), 0

    async def decide(reel: Waiting) -> None:
        nonlocal counted
        accepted = await _approve(db, reel)
        counted += accepted and time.monotonic() < ends

    async with asyncio.TaskGroup() as deciding:
        for number, reel in enumerate(reels):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            deciding.create_task(decide(reel))
    return counted


async def _approve(db: Database, reel: Waiting) -> bool:
    now = datetime.now(UTC)
    decision = Decision(
        key=reel.key,
        revision=reel.revision,
        verdict=Verdict.APPROVE,
        reviewer=_PERSON,
        channel=_PERSON,
        decided_at=now,
    )
    accepted = await db.approvals.decide(reel.reel_id, reel.revision, decision)
    await db.approvals.record_attempt(
        reel.key,
        reel.revision,
        decision,
        channel=_PERSON,
        accepted=accepted,
        refusal=None,
        at=now,
        event_key=decision.id,
    )
    return accepted


async def _look_until(page: httpx.AsyncClient, ends: float) -> list[float]:
    taken = []
    while time.monotonic() < ends:
        taken.append(await _look(page))
        await asyncio.sleep(THINK_SECONDS)
    return taken


async def _look(page: httpx.AsyncClient) -> float:
    """Milliseconds of one page. Raises MeasuringFailed when it is not a full one."""
    began = time.perf_counter()
    shown = await page.get("/")
    took = (time.perf_counter() - began) * 1000
    if shown.status_code != httpx.codes.OK or shown.text.count('class="card"') != A_PAGE:
        raise MeasuringFailed(f"the page answered {shown.status_code}, or not with {A_PAGE} Reels")
    return took


@asynccontextmanager
async def _page(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The application on a port, and a browser there in which somebody is signed in."""
    with listening(_HOST, 0) as port:
        url = f"http://{_HOST}:{port.getsockname()[1]}"
        who = Who(db.people, db.sign_ins, url)
        server = server_for(await _app(db, who))
        serving = asyncio.create_task(server.serve(sockets=[port]))
        session = {who.cookie(SESSION_COOKIE): await _session(db)}
        try:
            async with httpx.AsyncClient(
                base_url=url, cookies=session, trust_env=False, timeout=30
            ) as client:
                yield client
        finally:
            server.should_exit = True
            await serving


async def _session(db: Database) -> str:
    now = datetime.now(UTC)
    person = await db.people.put(_PERSON, email=None, slack=None, discord=None, role=Role.REVIEWER)
    session = await db.sign_ins.begin(await db.sign_ins.make_link(person.id, now), now)
    if session is None:
        raise MeasuringFailed("nobody could be signed in")
    return session


async def _app(db: Database, who: Who) -> ASGIApp:
    """Everything that `python -m web` serves but chats, with nobody behind it but the database."""
    # Connects when it is first needed, which no look at the queue does.
    temporal = await Client.connect(f"{_HOST}:1", lazy=True)
    site = Site(
        db=db,
        temporal=temporal,
        delivery=Delivery(temporal, bytes(32)),
        who=who,
        mail=None,
        temporal_ui_url="",
    )
    store = ObjectStore(
        endpoint_url=f"http://{_HOST}:1",
        bucket=_PERSON,
        region="us-east-1",
        access_key_id="",
        secret_access_key="",
    )
    return create_app(
        health=Health(db, temporal),
        files=ReelFiles(db.reels, store),
        connect=Connect(db, TokenCipher({"1": bytes(32)}, "1"), {}, who.public_base_url),
        pages=site.routes,
    )
