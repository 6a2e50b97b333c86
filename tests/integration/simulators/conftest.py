from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost, make


@pytest.fixture(scope="module")
def shared_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    outside = Outside(tmp_path_factory.mktemp("outside"))
    outside.start()
    yield outside
    assert outside.end() == 0


@pytest.fixture
def outside(shared_outside: Outside) -> Outside:
    """One process for a module; each test finds no armed faults and the real time."""
    shared_outside.http.delete("/_faults")
    offset = shared_outside.http.get("/_clock").json()["offset"]
    shared_outside.advance(-offset)
    return shared_outside


@pytest.fixture
def own_outside(tmp_path: Path) -> Iterator[Outside]:
    """A process that a test may kill."""
    outside = Outside(tmp_path)
    outside.start()
    yield outside
    outside.end()


@pytest.fixture
def slow(tmp_path: Path, reel: Path) -> Iterator[Outside]:
    """Video jobs take a thousand seconds of the simulators' clock; their file is there already."""
    outside = Outside(tmp_path, "--pace", "1000", "--top-clip", str(reel))
    outside.start()
    yield outside
    outside.end()


@pytest.fixture(scope="session")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("reels") / "reel.mp4")


@pytest.fixture(scope="session")
def video_host() -> Iterator[VideoHost]:
    host = VideoHost()
    yield host
    host.close()
