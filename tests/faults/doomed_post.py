"""One attempt to send a digest in a process of its own, which may be killed at any line."""

import asyncio
import sys
from pathlib import Path

import letters
from activities import digests
from activities.digests import DigestActivities
from clients import mail
from clients.mail import Mail
from db import digests as rows
from db.database import Database, open_database
from schemas.base import Frozen
from schemas.digest import Digest, DigestResult
from tests.factories import DECISION_KEY
from tests.faults.doomed import Folder, Line, killing
from tests.integration.activities.days import run

WATCHED = frozenset(str(module.__file__) for module in (digests, mail, rows))


class Scene(Frozen):
    """Where the activity finds the outside."""

    database_url: str
    smtp_port: int
    store: Path


class Said(Frozen):
    """What an attempt came to, when it was not killed."""

    result: DigestResult
    lines: tuple[Line, ...] = ()


def activities_of(scene: Scene, db: Database) -> DigestActivities:
    """The activities as worker.py builds them."""
    taker = Mail(f"smtp://127.0.0.1:{scene.smtp_port}", "reels@example.com")
    writer = letters.writer(DECISION_KEY, "https://reels.example")
    return DigestActivities(db, Folder(scene.store), taker, writer)


def live(scene: str, digest: str, kill_at: Line | None, answer: str) -> None:
    """Run one attempt in this process, and write what it came to into the file `answer`."""
    seen: dict[Line, None] = {}
    read = Scene.model_validate_json(scene)

    async def attempt() -> DigestResult:
        async with open_database(read.database_url) as db:
            send = activities_of(read, db).send_digest
            sys.settrace(killing(WATCHED, kill_at, seen))
            try:
                return await run(send, Digest.model_validate_json(digest))
            finally:
                sys.settrace(None)

    said = Said(result=asyncio.run(attempt()), lines=tuple(seen))
    Path(answer).write_text(said.model_dump_json())
