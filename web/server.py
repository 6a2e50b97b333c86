"""The HTTP server under the application, and the port that it takes."""

import socket

import uvicorn
from starlette.types import ASGIApp

from runtime.exits import InputError

DRAIN_SECONDS = 15
"""What is under way at SIGTERM may take this long to end."""

MOST_AT_ONCE = 200
"""Connections; the next one gets a 503."""


def server_for(app: ASGIApp) -> uvicorn.Server:
    """A server that leaves logging to the process and tells nobody what it is."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """Take a port. Raises InputError that names the settings when it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            f"WEB_HOST {host}, WEB_PORT {port} can't be listened on ({error.strerror}): "
            "choose others"
        ) from None
