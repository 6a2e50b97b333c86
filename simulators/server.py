"""Serving the app on a port, or on one more with TLS, with the power to cut connections."""

import asyncio
import contextlib
import errno
import functools
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_SECONDS = 2
BACKLOG = 512


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests find `cut` in their state: it ends their connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the connection's requests their `cut`."""
        self.app_state = {**self.app_state, "cut": functools.partial(cut, transport)}
        super().connection_made(transport)


def cut(transport: asyncio.Transport, *, flush: bool) -> None:
    """End a connection: after its written bytes, or at once with a TCP reset."""
    if flush:
        transport.close()
        return
    with contextlib.suppress(OSError):
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Server(uvicorn.Server):
    """Uvicorn whose signals are somebody else's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


SETTINGS: dict[str, Any] = {
    "http": CuttableProtocol,
    "ws": "none",
    "loop": "asyncio",
    "log_level": "warning",
    # Access lines would hold query strings, and those hold tokens.
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": 30,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}


@dataclass(frozen=True)
class Secured:
    """A port that speaks TLS."""

    listening: socket.socket
    certificate: Path
    key: Path


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one). Exits with 2 when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as refused:
        if refused.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
            raise
        sys.stderr.write(f"simulators: can't listen on {host}:{port}: {refused.strerror}\n")
        raise SystemExit(2) from None
    server.listen(BACKLOG)
    return server


def serve(app: ASGIApp, listening: socket.socket, secured: Secured | None = None) -> None:
    """Serve until SIGTERM or SIGINT, which are the normal end: they don't raise."""
    asyncio.run(_serve(app, listening, secured))


async def _serve(app: ASGIApp, listening: socket.socket, secured: Secured | None) -> None:
    servers = [(Server(uvicorn.Config(app, **SETTINGS)), listening)]
    if secured is not None:
        # The app begins and ends with the plain server.
        tls: dict[str, Any] = {"ssl_certfile": secured.certificate, "ssl_keyfile": secured.key}
        tls["lifespan"] = "off"
        servers.append((Server(uvicorn.Config(app, **SETTINGS, **tls)), secured.listening))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve(sockets=[port]) for server, port in servers))
