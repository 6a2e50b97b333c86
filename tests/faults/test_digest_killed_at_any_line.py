"""A worker that is killed between any two lines of sending a digest: one letter, or none.

Every line that an attempt comes to is found by running it once; then, for each of them, somebody
is written to by an attempt that is killed right there, and by another one, as the workflow would
send it. The mail server's own count is the truth.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path
from secrets import token_hex

import pytest

from db.database import Database
from db.digests import DigestState
from schemas.account import Role
from schemas.digest import Digest, DigestOutcome
from tests.commands import FORKS
from tests.faults import doomed_post
from tests.faults.doomed import Line
from tests.faults.doomed_post import Said, Scene, activities_of
from tests.integration.activities.days import a_day, a_revision, run
from tests.integration.web.letterbox import Letterbox, a_letterbox
from tests.waiting import until

AT_ONCE = 3
"""Lines that are tried at a time."""

AFTER = {
    None: DigestOutcome.SENT,
    DigestState.BEGUN: DigestOutcome.SENT,
    DigestState.SENDING: DigestOutcome.UNKNOWN,
    DigestState.SENT: DigestOutcome.SENT,
}
"""What the next attempt comes to, by what the killed one left behind."""


@dataclass(frozen=True)
class Post:
    """Where one person after the other is written to."""

    scene: Scene
    db: Database
    box: Letterbox
    at_once: asyncio.Semaphore

    async def digest(self) -> Digest:
        """The digest of somebody new."""
        name = f"ann-{token_hex(6)}"
        await self.db.people.put(
            name, email=f"{name}@example.com", slack=None, discord=None, role=Role.REVIEWER
        )
        await self.db.people.set_digest(name, zone=None, at="00:00")
        return Digest(person=name, day=datetime.now(UTC).date())

    async def attempt(self, digest: Digest, kill_at: Line | None = None) -> Said | None:
        """One attempt in a process of its own; None when it was killed."""
        answer = self.scene.store / f"{token_hex(8)}.json"
        facts = (self.scene.model_dump_json(), digest.model_dump_json(), kill_at, str(answer))
        process = FORKS.Process(target=doomed_post.live, args=facts)
        process.start()
        await asyncio.to_thread(wait, [process.sentinel], 30)
        process.join(1)
        if process.exitcode == -9:
            return None
        assert process.exitcode == 0
        return Said.model_validate_json(answer.read_text())

    async def again(self, digest: Digest) -> DigestOutcome:
        """One more attempt, which nobody kills."""
        send = activities_of(self.scene, self.db).send_digest
        return (await run(send, digest)).outcome

    async def killed_at(self, line: Line) -> tuple[str, DigestState | None]:
        """Whom it was about, and how the killed attempt left the row."""
        async with self.at_once:
            digest = await self.digest()
            assert await self.attempt(digest, line) is None, line
            row = await self.db.digests.get(digest)
            left = row.state if row else None
            outcomes = [await self.again(digest) for _ in range(2)]
            assert outcomes == [AFTER[left]] * 2, line
            return digest.person, left


@pytest.fixture
async def post(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    await a_revision(db, await a_day(db))
    async with a_letterbox() as box:
        scene = Scene(database_url=database_url, smtp_port=box.port, store=tmp_path)
        yield Post(scene, db, box, asyncio.Semaphore(AT_ONCE))


async def test_wherever_its_sender_is_killed_a_letter_comes_once_or_is_not_known(
    post: Post,
) -> None:
    undisturbed = await post.attempt(await post.digest())
    assert undisturbed is not None
    assert undisturbed.result.outcome is DigestOutcome.SENT
    assert len(post.box.letters) == 1
    assert len(undisturbed.lines) > 50

    async with asyncio.TaskGroup() as group:
        tasks = {line: group.create_task(post.killed_at(line)) for line in undisturbed.lines}
    await until(lambda: not post.box.talking, "the mail server still listens to somebody")
    came = Counter(letter["to"].addresses[0].username for letter in post.box.letters)
    left: dict[DigestState | None, set[int]] = {}
    for line, task in tasks.items():
        person, state = task.result()
        left.setdefault(state, set()).add(came[person])
        assert came[person] == 1 or state is DigestState.SENDING, line

    assert left == {
        None: {1},
        DigestState.BEGUN: {1},
        DigestState.SENDING: {0, 1},
        DigestState.SENT: {1},
    }
