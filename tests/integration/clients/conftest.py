"""Scripted remotes for the clients."""

import socket
from collections.abc import AsyncIterator

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
