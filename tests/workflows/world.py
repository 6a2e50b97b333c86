"""A whole day in one process: real Temporal and PostgreSQL, everything remote a fake."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

import worker
from activities.composition import CompositionActivities
from activities.day import DayActivities
from activities.film import FilmActivities
from activities.gameplay import GameplayActivities
from activities.posting import PostingActivities
from activities.review import ReviewActivities
from activities.run import RunActivities
from activities.story import WritingActivities
from clients.claude import Reply
from clients.ffmpeg import FFmpeg, MediaFacts, SplitScreen
from db.cipher import TokenCipher
from db.database import Database
from runtime import doors
from schemas.account import Account, AccountDay
from schemas.day import AccountDayResult, DayProgress, Resolution, ResolveAction, Stage
from schemas.decision import Answer, Decision, Verdict
from schemas.gameplay import GameplayFacts
from schemas.names import MEDIA_QUEUE, TASK_QUEUE
from tests.factories import DAY, DECISION_KEY, a_caption, a_story, an_account
from tests.fakes import (
    FakeChannel,
    FakeClaude,
    FakeDownloader,
    FakeProvider,
    FakePublisher,
    FakeStore,
    a_reply,
)

CIPHER = TokenCipher({"k1": bytes(32)}, "k1")
TOKEN = "IGAA-canary"


class Author(FakeClaude):
    """Writes a story or a caption, whichever is asked for, once `replies` are used up."""

    async def ask(
        self, *, system: str, prompt: str, schema: Mapping[str, object], max_tokens: int
    ) -> Reply:
        if not self.replies:
            properties = schema["properties"]
            assert isinstance(properties, Mapping)
            wanted = a_story() if "shots" in properties else a_caption()
            self.replies.append(a_reply(json.dumps(wanted.model_dump(mode="json"))))
        return await super().ask(system=system, prompt=prompt, schema=schema, max_tokens=max_tokens)


class QuickFFmpeg(FFmpeg):
    """Composes bytes at once; `cuts` tells what was asked for."""

    def __init__(self, work_dir: Path) -> None:
        super().__init__(executable=get_ffmpeg_exe(), threads=1, work_dir=work_dir)
        object.__setattr__(self, "cuts", [])

    cuts: list[SplitScreen]

    async def compose(
        self, cut: SplitScreen, *, out: Path, progress: Callable[[float], None]
    ) -> MediaFacts:
        self.cuts.append(cut)
        progress(50.0)
        out.write_bytes(b"reel" + b"".join(top.read_bytes() for top in cut.tops))
        return MediaFacts(container="mov", bytes=out.stat().st_size, seconds=20.0, streams=2)

    async def poster(self, video: Path, *, out: Path) -> None:
        out.write_bytes(b"poster" + video.read_bytes())


@dataclass
class World:
    """The outside of a day, and the workers that live it."""

    client: Client
    db: Database
    work_dir: Path
    downloader: FakeDownloader
    claude: Author = field(default_factory=Author)
    provider: FakeProvider = field(default_factory=FakeProvider)
    store: FakeStore = field(default_factory=FakeStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    channel: FakeChannel = field(default_factory=FakeChannel)

    def __post_init__(self) -> None:
        self.ffmpeg = QuickFFmpeg(self.work_dir)
        self.days: list[LiveDay] = []

    def activities(self) -> list[object]:
        """What worker.py builds, over the fakes."""
        return [
            DayActivities(self.db, self.store, 10**9, 10**9, work_dir=self.work_dir),
            WritingActivities(self.claude, self.db),
            FilmActivities(
                {"luma": self.provider}, self.downloader, self.store, self.db, poll_seconds=0.01
            ),
            GameplayActivities(self.db),
            ReviewActivities(self.db, (self.channel,), DECISION_KEY, "https://reels.test"),
            PostingActivities(
                self.publisher,
                self.db,
                self.store,
                CIPHER,
                poll_seconds=0.01,
                in_flight_seconds=0.0,
            ),
            RunActivities(self.db, (self.channel,)),
        ]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run both workers."""
        composition = CompositionActivities(self.store, self.ffmpeg)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(worker.reels_worker(self.client, self.activities()))
            media: Worker = worker.media_worker(self.client, composition, slots=2)
            await stack.enter_async_context(media)
            yield

    async def account(self, **changes: object) -> Account:
        """An account with a token, and a clip of gameplay for it."""
        account = an_account(**changes)
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

    async def start(self, account: Account) -> "LiveDay":
        """Start the account's day."""
        key = AccountDay(account=account.id, day=DAY)
        await doors.start_day(self.client, key, "test")
        day = LiveDay(self, key, self.client.get_workflow_handle(key.workflow_id))
        self.days.append(day)
        return day

    async def end(self) -> None:
        """Leave no day running for the next test's workers."""
        for day in self.days:
            with suppress(RPCError):
                await day.handle.terminate("the test is over")


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
        for _ in range(600):
            now = await self.progress()
            if now.stage is stage:
                return now
            await asyncio.sleep(0.05)
        raise AssertionError(f"not at {stage} after half a minute, but: {now}")

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
        sent = await doors.send_decision(
            self.world.client, await self.decision(**changes), DECISION_KEY
        )
        assert sent.answer is not None
        return sent.answer

    async def resolve(self, action: ResolveAction) -> str:
        """Answer a parked step."""
        resolution = Resolution(action=action, by="bob")
        return await doors.send_resolution(self.world.client, self.key, resolution)

    async def result(self) -> AccountDayResult:
        """Wait for the end."""
        async with asyncio.timeout(30):
            handle = self.world.client.get_workflow_handle(
                self.handle.id, result_type=AccountDayResult
            )
            return await handle.result()


QUEUES = (TASK_QUEUE, MEDIA_QUEUE)
