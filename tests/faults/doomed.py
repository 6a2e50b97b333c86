"""One attempt of an activity in a process of its own, which may be killed at any line.

The process kills itself with SIGKILL when it comes to the line that it was told, so that
nothing is closed, flushed or said. It is forked from a server that has everything imported.
"""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import clips, film, heartbeats, orders, spending
from activities.breaker import Breakers
from activities.film import FilmActivities
from activities.orders import OrderActivities
from activities.spending import Spending
from clients import download, part_file
from clients.download import Downloader
from clients.errors import ClientError
from clients.store import ObjectStore
from clients.video import VideoProvider, api, listing, luma, pika, pika_errors, runway
from clients.video.luma import Luma
from clients.video.pika import Pika
from clients.video.runway import Runway
from clients.video.terms import read_terms
from db import usage
from db.database import Database, open_database
from schemas.base import Frozen
from schemas.failures import FailureKind
from schemas.video import ClipJob, ClipOrder
from tests.looking_once import look_once

Line = tuple[str, int]
"""A module's file name and a line in it."""

OURS = (clips, film, heartbeats, orders, spending)
THEIRS = (api, listing, luma, pika, pika_errors, runway, download, part_file, usage)
WATCHED = frozenset(str(module.__file__) for module in (*OURS, *THEIRS))


PATIENT = Breakers(lambda _name, _is_open: None, failures=10_000)
"""Orders whose answers get lost, one after the other, are no reason to hold the next one back."""


class Scene(Frozen):
    """Where the activities find the outside."""

    database_url: str
    simulators_url: str
    work_dir: Path
    store: Path


class Said(Frozen):
    """What an attempt came to, when it was not killed."""

    value: str | None = None
    """The result as JSON."""
    failure: str | None = None
    message: str = ""
    lines: tuple[Line, ...] = ()


class Folder(ObjectStore):
    """Objects as files: an object is there whole, or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, path: Path, key: str, content_type: str) -> None:
        assert content_type
        kept = self._path / key.replace("/", "-")
        part = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copyfile(path, part)
        part.replace(kept)

    async def size(self, key: str) -> int | None:
        kept = self._path / key.replace("/", "-")
        return kept.stat().st_size if kept.exists() else None


@dataclass(frozen=True)
class Studio:
    """The activities over real clients."""

    film: FilmActivities
    orders: OrderActivities

    async def attempt(self, name: str, argument: ClipOrder | ClipJob) -> Said:
        """Run one activity; heartbeats are lost, as those of a killed worker may be."""
        method = getattr(self.film if hasattr(self.film, name) else self.orders, name)
        try:
            value: Frozen = await ActivityEnvironment().run(method, argument)
        except ApplicationError as error:
            return Said(failure=str(error.type), message=error.message)
        except ClientError as error:
            return Said(failure=error.kind.value, message=error.message)
        return Said(value=value.model_dump_json())


def providers_of(url: str) -> dict[str, VideoProvider]:
    """The real clients, each towards its simulator, whose lists show a job at once."""
    terms = read_terms()
    pika_terms = terms.pika.model_copy(update={"list_lag_seconds": 0})
    return {
        "luma": Luma("luma-api-test", f"{url}/luma/v1", "ray-3.2", "360p", terms.luma),
        "runway": Runway("key_test", f"{url}/runway", "gen4.5", terms.runway),
        "pika": Pika("fal-test", f"{url}/fal", f"{url}/fal/v1", "720p", pika_terms),
    }


def studio_of(scene: Scene, db: Database) -> Studio:
    """The activities as worker.py builds them."""
    providers = providers_of(scene.simulators_url)
    downloader = Downloader(scene.simulators_url)
    files = (downloader, Folder(scene.store))
    return Studio(
        FilmActivities(providers, *files, db, Spending(db), 0.05, scene.work_dir, PATIENT),
        OrderActivities(providers, db, 0.05),
    )


def killing(watched: Collection[str], kill_at: Line | None, seen: dict[Line, None]) -> Any:  # noqa: ANN401 - what sys.settrace takes
    """Notes each line of the watched files that is come to, and kills the process at one."""

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:  # noqa: ANN401 - sys.settrace's own
        if frame.f_code.co_filename not in watched:
            return None
        if event == "line":
            line = (Path(frame.f_code.co_filename).stem, frame.f_lineno)
            if line == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            seen[line] = None
        return trace

    return trace


def live(scene: str, name: str, argument: str, kill_at: Line | None, answer: str) -> None:
    """Run one attempt in this process, and write what it came to into the file `answer`."""
    seen: dict[Line, None] = {}
    trace = killing(WATCHED, kill_at, seen)
    model = ClipOrder if name in {"submit_clip", "find_order"} else ClipJob
    read = Scene.model_validate_json(scene)

    look_once(pytest.MonkeyPatch(), read.work_dir)

    async def attempt() -> Said:
        async with open_database(read.database_url) as db:
            studio = studio_of(read, db)
            sys.settrace(trace)
            try:
                return await studio.attempt(name, model.model_validate_json(argument))
            finally:
                sys.settrace(None)

    said = asyncio.run(attempt())
    Path(answer).write_text(said.model_copy(update={"lines": tuple(seen)}).model_dump_json())


UNKNOWN = FailureKind.OUTCOME_UNKNOWN.value

# What a first call loads, certificates among it, costs more than all the rest of an attempt:
# the processes that are forked have it already.
providers_of("http://127.0.0.1:1")
