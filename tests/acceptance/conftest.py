"""One local stack for all acceptance tests, started and stopped by its own commands."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from temporalio.client import Client

from db.database import Database, open_database
from runtime import doors
from runtime.temporal import connect
from schemas.account import AccountDay
from schemas.day import DayProgress, Stage
from tests.acceptance.stack import TOKEN, Stack, wait_until
from tests.commands import ROOT
from tests.ports import free_port, local_ports


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="reels-up-"))
    home.chmod(0o755)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}  # noqa: TID251 - what the user's shell would pass on
    ports = {name.upper(): str(port) for name, port in local_ports().items()}
    stack = Stack(home, {**kept, **ports, "REELS_HOME": str(home), "TOP": str(top_clip(home))})
    stack.local("up")
    stack.ok("admin.py", "gameplay", "import", "--no-normalise", str(gameplay(home)))
    yield stack
    stack.local("down")
    shutil.rmtree(home)


def top_clip(home: Path) -> Path:
    """Ten silent seconds without the simulators' grain, which costs most of a composition."""
    path = home / "top.mp4"
    draw("testsrc2=s=360x384:r=24:d=10", "-pix_fmt", "yuv420p", "-movflags", "+faststart", path)
    return path


def gameplay(home: Path) -> Path:
    """Twelve seconds at 60 pictures a second, with sound."""
    folder = home / "footage"
    folder.mkdir()
    sound = ("-f", "lavfi", "-i", "sine=f=330:d=12", "-c:a", "aac")
    draw("testsrc2=s=640x360:r=60:d=12", *sound, folder / "run.mp4")
    return folder


def draw(pictures: str, *rest: str | Path) -> None:
    command = (get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", pictures)
    subprocess.run((*command, *rest[:-1], "-preset", "ultrafast", rest[-1]), check=True)


@pytest.fixture(scope="session")
async def temporal(stack: Stack) -> Client:
    return await connect(stack.settings["TEMPORAL_ADDRESS"], "default", "test")


@pytest.fixture
async def db(stack: Stack) -> AsyncIterator[Database]:
    async with open_database(stack.settings["DATABASE_URL"]) as database:
        yield database


@dataclass(frozen=True)
class Day:
    """A day of the running stack."""

    stack: Stack
    temporal: Client
    key: AccountDay
    user: str

    @property
    def words(self) -> tuple[str, str]:
        """The account and the date as commands take them."""
        return self.key.account, self.key.day.isoformat()

    async def progress(self) -> DayProgress:
        found = await doors.read_progress(self.temporal, self.key)
        return found or DayProgress()

    async def at(self, stage: Stage, seconds: float = 120) -> DayProgress:
        """Wait until the day stands at a stage."""
        return await self._until(lambda now: now.stage is stage, f"at {stage}", seconds)

    async def running(self, step: str) -> DayProgress:
        """Wait until a step runs."""
        return await self._until(
            lambda now: any(one.name == step and one.state == "running" for one in now.steps),
            f"running {step}",
            90,
        )

    async def waits_for(self, what: str) -> DayProgress:
        """Wait until the day waits for this by itself."""
        return await self._until(lambda now: what in (now.waiting_for or ""), f"for {what}", 90)

    async def _until(
        self, true: Callable[[DayProgress], bool], what: str, seconds: float
    ) -> DayProgress:
        now = await self.progress()
        for _ in range(int(seconds / 0.3)):
            now = await self.progress()
            if true(now):
                return now
            await asyncio.sleep(0.3)
        raise AssertionError(f"never {what}: {now}")

    def posts(self) -> list[dict[str, Any]]:
        """The posts of this account, as the platform counted them."""
        posts = self.stack.ledger(effect="post.published")
        return [entry for entry in posts if entry["ids"]["user"] == self.user]

    def approve(self) -> str:
        return self.stack.ok("starter.py", "approve", *self.words)

    def published(self) -> None:
        """Wait for the day's end; exactly one post is out."""
        account = self.key.account
        wait_until(self.posts, f"{account} has no post", 180)
        wait_until(lambda: "published" in self.line(), f"{account} is not shown as published", 60)
        assert len(self.posts()) == 1

    def line(self) -> str:
        """What `starter.py show` says of this day."""
        lines = self.stack.ok("starter.py", "show").splitlines()
        return next((line for line in lines if line.startswith(f"{self.key.account} ")), "")


_numbers = count(1)


@pytest.fixture
def new_account(stack: Stack, temporal: Client, tmp_path: Path) -> Callable[..., Day]:
    """Adds an account; its day is not started yet."""

    def add(*options: str, seconds: int = 3) -> Day:
        number = next(_numbers)
        account, user = f"acceptance-{number}", f"1784140000000{number:04}"
        token = tmp_path / f"token-{number}"
        token.touch(mode=0o600)
        token.write_text(f"{TOKEN}-{user}")
        facts = ("--handle", account, "--platform-user-id", user, "--theme", "tiny robots")
        more = ("--reel-seconds", str(seconds), "--token-file", str(token))
        stack.ok("admin.py", "account", "add", account, *facts, *more, *options)
        key = AccountDay(account=account, day=datetime.now(UTC).date())
        return Day(stack, temporal, key, user)

    return add


@pytest.fixture
def new_day(stack: Stack, new_account: Callable[..., Day]) -> Callable[..., Day]:
    """Adds an account and starts its day."""

    def start(*, seconds: int = 3) -> Day:
        day = new_account(seconds=seconds)
        stack.ok("starter.py", "start", day.key.account)
        return day

    return start


@pytest.fixture(scope="module")
def second_worker(stack: Stack) -> Iterator[tuple[str, str]]:
    """Another worker beside the stack's, on the same task queue; where its metrics are."""
    ports = [str(free_port()), str(free_port())]
    more = dict(zip(("METRICS_PORT", "SDK_METRICS_PORT"), ports, strict=True))
    log = stack.home / "logs" / f"second-worker-{ports[0]}.log"
    with log.open("wb") as lines:
        worker = subprocess.Popen(
            (sys.executable, "worker.py", "reels"),
            cwd=ROOT,
            env={**stack.environ, **stack.settings, **more},
            stdout=lines,
            stderr=lines,
        )
    wait_until(lambda: "worker.started" in log.read_text(), "the second worker does not start")
    first, second = (f"http://127.0.0.1:{port}/metrics" for port in ports)
    yield first, second
    worker.terminate()
    assert worker.wait(60) == 0
