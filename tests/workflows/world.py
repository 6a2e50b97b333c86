"""A whole day in one process: real Temporal and PostgreSQL, everything remote a fake."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

import letters
import worker
from activities.breaker import Breakers
from activities.cards import CardActivities
from activities.carrying import CarryingActivities
from activities.clearance import ClearanceActivities
from activities.day import DayActivities
from activities.digests import DigestActivities
from activities.film import FilmActivities
from activities.gameplay import GameplayActivities
from activities.orders import OrderActivities
from activities.pauses import PauseActivities
from activities.posting import PostingActivities
from activities.review import ReviewActivities
from activities.run import RunActivities
from activities.secret_ages import SecretActivities
from activities.spending import Spending
from activities.story import WritingActivities
from activities.tokens import TokenActivities
from activities.trust import TrustActivities
from clients.download import Downloader
from clients.mail import Mail
from clients.publishing import Publisher
from clients.review import ReviewChannel
from clients.video import VideoProvider
from db.cipher import TokenCipher
from db.database import Database
from db.reel_row import ReelRow
from runtime import doors
from schemas.account import Account, AccountDay, Login
from schemas.day import (
    AccountDayResult,
    DayProgress,
    PublishNow,
    Resolution,
    ResolveAction,
    Stage,
)
from schemas.decision import Answer, Decision, Refusal, Verdict
from schemas.gameplay import GameplayFacts
from tests import waiting
from tests.factories import DAY, DECISION_KEY, an_account
from tests.fakes import FakeAccess, FakeChannel, FakeDownloader, FakeStore
from tests.workflows.cast import (
    Author,
    Gate,
    HeldReels,
    Platform,
    Registry,
    Studio,
)
from tests.workflows.cutting import QuickFFmpeg

CIPHER = TokenCipher({"k1": bytes(32)}, "k1")
TOKEN = "IGAA-canary"


@dataclass
class World:
    """The outside of a day, and the workers that live it."""

    client: Client
    db: Database
    work_dir: Path
    downloader: FakeDownloader
    claude: Author = field(default_factory=Author)
    provider: Studio = field(default_factory=lambda: Studio("luma"))
    second: Studio = field(default_factory=lambda: Studio("second"))
    store: FakeStore = field(default_factory=FakeStore)
    publisher: Platform = field(default_factory=Platform)
    channel: FakeChannel = field(default_factory=FakeChannel)
    access: FakeAccess = field(default_factory=FakeAccess)

    def __post_init__(self) -> None:
        self.ffmpeg = QuickFFmpeg(self.work_dir)
        self.reels = HeldReels(self.db.pool)
        self.db = replace(self.db, reels=self.reels)
        self.days: list[LiveDay] = []
        self.gates: list[Gate] = []
        self.channels: Sequence[ReviewChannel] = (self.channel,)
        self.providers: dict[str, VideoProvider] = {"luma": self.provider, "second": self.second}
        self.publishers: dict[Login, Publisher] = dict.fromkeys(Login, self.publisher)
        self.fetching: Downloader = self.downloader
        self.breakers = Breakers(lambda _name, _is_open: None)
        self.later = timedelta(0)
        self.mail: Mail | None = None
        self.fingerprints: dict[str, str] = {}
        self._working = AsyncExitStack()

    def now(self) -> datetime:
        """The time of housekeeping and of clearances, which a test may put off."""
        return datetime.now(UTC) + self.later

    def gate(self) -> Gate:
        """A gate that is open when the test is over, whatever came before."""
        gate = Gate()
        self.gates.append(gate)
        return gate

    def activities(self) -> list[object]:
        """What worker.py builds, over the fakes."""
        providers, publishers = self.providers, self.publishers
        spending, files = Spending(self.db), (self.fetching, self.store)
        limits = worker.prompt_limits(providers)
        return [
            DayActivities(self.db, self.store, spending, providers, work_dir=self.work_dir),
            WritingActivities(self.claude, self.db, spending, self.claude, limits),
            FilmActivities(
                providers, *files, self.db, spending, poll_seconds=0.01, breakers=self.breakers
            ),
            OrderActivities(providers, self.db, poll_seconds=0.01),
            GameplayActivities(self.db),
            ReviewActivities(self.db, self.channels, DECISION_KEY, "https://reels.test"),
            CardActivities(self.db, self.channels, "https://reels.test"),
            PostingActivities(
                publishers,
                self.db,
                self.store,
                CIPHER,
                poll_seconds=0.01,
                in_flight_seconds=0.0,
                now=self.now,
            ),
            ClearanceActivities(publishers, self.db, CIPHER, self.now),
            PauseActivities(self.db, (self.channel,)),
            CarryingActivities(self.db),
            TrustActivities(self.db, DECISION_KEY),
            RunActivities(self.db, (self.channel,)),
            TokenActivities(
                self.db, CIPHER, dict.fromkeys(Login, self.access), (self.channel,), self.now
            ),
            SecretActivities(self.db, (self.channel,), self.fingerprints, self.now),
            DigestActivities(
                self.db,
                self.store,
                self.mail,
                letters.writer(DECISION_KEY, "https://reels.test"),
                self.now,
            ),
        ]

    def with_a_list(self) -> Registry:
        """Give the first provider a list of its jobs, which the workers know at once."""
        registry = Registry("luma")
        self.provider = self.providers["luma"] = registry
        return registry

    async def work(self) -> None:
        """Start both workers."""
        enter = self._working.enter_async_context
        await enter(worker.reels_worker(self.client, self.activities()))
        await enter(worker.media_worker(self.client, self.store, self.ffmpeg, slots=2))

    async def rest(self) -> None:
        """Stop both workers."""
        await self._working.aclose()

    async def account(self, **changes: object) -> Account:
        """An account of one clip a day, with a token, and gameplay for it."""
        account = an_account(**{"reel_seconds": 10} | changes)
        await self.db.accounts.add(account, CIPHER.seal(account.id, TOKEN))
        content = b"gameplay"
        facts = GameplayFacts(
            seconds=60,
            width=1920,
            height=1080,
            fps=60,
            has_audio=True,
            codec="h264",
            bytes=len(content),
            sha256=sha256(content).hexdigest(),
        )
        self.store.objects["gameplay/clip.mp4"] = content
        await self.db.gameplay.add(facts, "gameplay/clip.mp4", "a clip")
        return account

    async def start(self, account: Account, day: date = DAY) -> "LiveDay":
        """Start the account's day."""
        key = AccountDay(account=account.id, day=day)
        await doors.start_day(self.client, key, "test")
        return self.day(key)

    def day(self, key: AccountDay) -> "LiveDay":
        """A day that something else has started."""
        day = LiveDay(self, key, self.client.get_workflow_handle(key.workflow_id))
        self.days.append(day)
        return day

    async def in_review(self, **changes: object) -> "LiveDay":
        """A day of a new account that waits for its review."""
        day = await self.start(await self.account(**changes))
        await day.until(Stage.REVIEW)
        return day

    async def end(self) -> None:
        """Leave no day running, and no fake waiting, for the next test's workers."""
        for gate in self.gates:
            gate.open()
        for day in self.days:
            with suppress(RPCError):
                await day.handle.terminate("the test is over")
        await self.rest()


@dataclass
class LiveDay:
    """A day that runs."""

    world: World
    key: AccountDay
    handle: "WorkflowHandle[object, object]"

    async def progress(self) -> DayProgress:
        answer: DayProgress = await self.handle.query("progress", result_type=DayProgress)
        return answer

    async def until(self, stage: Stage) -> DayProgress:
        """Wait until the day stands at a stage."""
        return await self._stands(lambda now: now.stage is stage, f"at {stage}")

    async def decision(self, **changes: object) -> Decision:
        """A decision on the revision under review."""
        revision = (await self.progress()).revision or ""
        facts: dict[str, object] = {
            "key": self.key,
            "revision": revision,
            "verdict": Verdict.APPROVE,
            "reviewer": "alice",
            "channel": "test",
            "decided_at": "2026-11-23T09:00:00Z",
        }
        return Decision.model_validate(facts | changes)

    async def decide(self, **changes: object) -> Answer:
        """Send a decision as a door does."""
        (answer,) = await self.answers(await self.decision(**changes))
        return answer

    async def answers(self, *decisions: Decision) -> list[Answer]:
        """Send decisions side by side as doors do, with more patience than a person's."""
        patience = timedelta(seconds=waiting.SECONDS)
        sent = await asyncio.gather(
            *(
                doors.send_decision(self.world.client, one, DECISION_KEY, patience=patience)
                for one in decisions
            )
        )
        answers = [one.answer for one in sent if one.answer]
        assert len(answers) == len(sent)
        return answers

    async def resolve(self, action: ResolveAction) -> str:
        """Answer a parked step."""
        resolution = Resolution(action=action, by="bob")
        patience = timedelta(seconds=waiting.SECONDS)
        return await doors.send_resolution(
            self.world.client, self.key, resolution, patience=patience
        )

    async def until_parked(self, step: str) -> DayProgress:
        """Wait until a step waits for a person."""
        return await self._stands(lambda now: now.parked_step == step, f"parked in {step}")

    async def until_waiting(self, words: str) -> DayProgress:
        """Wait until the day says that it waits for this."""
        return await self._stands(lambda now: words in (now.waiting_for or ""), f"for {words}")

    async def publish_now(self) -> str:
        """Let the Reel go out without waiting for its posting time."""
        patience = timedelta(seconds=waiting.SECONDS)
        word = PublishNow(by="bob")
        return await doors.send_publish_now(self.world.client, self.key, word, patience=patience)

    async def _stands(self, so: Callable[[DayProgress], bool], said: str) -> DayProgress:
        """Wait until the day's own words say so."""
        seen: list[DayProgress] = []

        async def look() -> bool:
            seen[:] = [await self.progress()]
            return so(seen[0])

        try:
            await waiting.until(look, f"{self.handle.id} is not {said}")
        except AssertionError as never:
            never.add_note(f"but: {seen}")
            raise
        return seen[0]

    async def until_started(self) -> None:
        """Wait until something else has started the day."""

        async def described() -> bool:
            with suppress(RPCError):
                await self.handle.describe()
                return True
            return False

        await waiting.until(described, f"{self.handle.id} is not started")

    async def quiet(self) -> None:
        """Wait until nothing is under way: the day waits for a person, or for the clock."""
        async with asyncio.timeout(waiting.SECONDS):
            while await self._is_busy():
                await asyncio.sleep(0.05)

    async def quiet_but(self, activity: str) -> None:
        """The same, while one activity is waiting for its next attempt."""
        async with asyncio.timeout(waiting.SECONDS):
            while await self._is_busy(but=activity):
                await asyncio.sleep(0.05)

    async def _is_busy(self, but: str = "") -> bool:
        now = (await self.handle.describe()).raw_description
        pending = [one.activity_type.name for one in now.pending_activities]
        waits = [but] if but else []
        return pending != waits or now.HasField("pending_workflow_task")

    async def row(self) -> ReelRow:
        """The day in the database."""
        row = await self.world.db.reels.by_day(self.key)
        assert row is not None
        return row

    async def refusals(self) -> list[Refusal | None]:
        """What the log says of every try to decide, in order; None for the one that counted."""
        return [row.refusal for row in await self.world.db.approvals.attempts(self.key)]

    async def events(self) -> list[HistoryEvent]:
        """The history of the newest run."""
        history = await self.world.client.get_workflow_handle(self.handle.id).fetch_history()
        return list(history.events)

    async def result(self) -> AccountDayResult:
        """Wait for the end."""
        async with asyncio.timeout(waiting.SECONDS):
            handle = self.world.client.get_workflow_handle(
                self.handle.id, result_type=AccountDayResult
            )
            result: AccountDayResult = await handle.result()
            return result
