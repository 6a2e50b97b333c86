"""One engine, one folder of clips for all tests of media."""

from pathlib import Path

import pytest

from clients.ffmpeg import FFmpeg
from tests.integration.media.corpus import FFMPEG


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture
def engine(tmp_path: Path) -> FFmpeg:
    return FFmpeg(FFMPEG, threads=1, work_dir=tmp_path / "work")
