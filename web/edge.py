"""What every answer passes on its way out: security headers, and one log line."""

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    # A draft may be watched in a tab of its own, and nothing else happens in it.
    "content-security-policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Strict-Transport-Security is the TLS proxy's to send: only it knows its host."""

_PROBES = frozenset({"/healthz", "/readyz"})
_DIGEST = re.compile(r"([0-9a-f]{12})[0-9a-f]{52}")
_LETTER = re.compile(r"^(/mail/).*", re.DOTALL)


class Edge:
    """Wraps a whole application, so that its error pages pass here too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger("web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def send_secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_secured)
        finally:
            self._note(scope, status, time.monotonic() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        quiet = scope["path"] in _PROBES
        self._log.log(
            10 if quiet else 20,
            "web.request.served",
            method=scope["method"],
            path=shown_path(scope["path"]),
            status=int(status),
            duration_ms=round(seconds * 1000),
        )


def shown_path(path: str) -> str:
    """A path as it may stand in a log: a whole digest opens a draft, a letter's link decides."""
    return _LETTER.sub(r"\1...", _DIGEST.sub(r"\1", path))[:200]
