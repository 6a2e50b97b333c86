"""A world for killed workers: real servers, and simulators that hand out one short clip."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest

from db.database import Database, open_database
from runtime.stack.home import Home
from runtime.stack.processes import Simulators
from runtime.stack.supervisor import Supervisor
from tests.looking_once import look_once
from tests.ports import free_port


@pytest.fixture(scope="session")
def top_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second at 24 frames, without sound."""
    path = tmp_path_factory.mktemp("top") / "top.mp4"
    source = "testsrc2=size=160x160:rate=24:duration=1"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source),
            *("-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)),
        ],
        check=True,
    )
    return path


async def quick(name: str, home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """A world of its own, whose videos are finished at once; where it answers."""
    simulators = Simulators(home.path / name, free_port(), top_clip=top_clip, pace=0)
    part = simulators.part(home.logs / f"{name}.log")
    await supervisor.start(replace(part, name=name))
    return simulators.url


@pytest.fixture(scope="session")
async def quick_simulators(home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """The outside world."""
    return await quick("quick-simulators", home, supervisor, top_clip)


@pytest.fixture(scope="session")
async def other_simulators(home: Home, supervisor: Supervisor, top_clip: Path) -> str:
    """Another outside world, which knows nothing of the first one's faults."""
    return await quick("other-simulators", home, supervisor, top_clip)


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="session", autouse=True)
def looking_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        look_once(patch, tmp_path_factory.mktemp("facts"))
        yield
