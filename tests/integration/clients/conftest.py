"""Real servers for the clients: scripted ones, and an S3 server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.clients.remotes import Remote


@pytest.fixture
async def remote() -> AsyncIterator[Remote]:
    server = await Remote().start()
    yield server
    await server.stop()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Remote]:
    """A second server, on another port and so of another origin."""
    server = await Remote().start()
    yield server
    await server.stop()


@pytest.fixture
def dead_url() -> str:
    """Where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@dataclass(frozen=True)
class S3Server:
    url: str
    access_key_id: str
    secret_access_key: str


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """rclone, which checks signatures, and answers ranges with 200."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("rclone")), "serve", "s3"),
            *("--config", os.devnull, "--addr", f"127.0.0.1:{port}", "--log-level", "ERROR"),
            str(tmp_path_factory.mktemp("s3")),
        ],
        env={"RCLONE_AUTH_KEY": '"clients-key,clients-secret"'},
    )
    try:
        _wait_for(port, server)
        yield S3Server(f"http://127.0.0.1:{port}", "clients-key", "clients-secret")
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert server.poll() is None, "rclone ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("rclone did not listen within ten seconds")
