"""The web process as one ASGI application."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from clients.errors import ClientError
from db.failures import DatabaseError
from web.connect import Connect
from web.discord.door import DiscordDoor
from web.edge import Edge, shown_path
from web.health import Health
from web.reels import ReelFiles
from web.slack.door import SlackDoor

ChatDoor = SlackDoor | DiscordDoor

_log = structlog.get_logger("web")


def create_app(
    *,
    health: Health,
    files: ReelFiles,
    connect: Connect,
    chats: Mapping[str, ChatDoor] = MappingProxyType({}),
    pages: Sequence[Route] = (),
) -> ASGIApp:
    """Put the routes together; `chats` has the door of each chat service by its name."""
    routes = [
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/reels/{revision}/poster.png", files.poster),
        Route("/reels/{revision}/video.mp4", files.video),
        Route("/connect/callback", connect.callback, methods=["GET"]),
        Route("/connect/{account}", connect.begin, methods=["GET"]),
        *(
            Route(f"/{name}/interactions", door.interactions, methods=["POST"])
            for name, door in chats.items()
        ),
        *pages,
    ]
    unavailable = {DatabaseError: _unavailable, ClientError: _unavailable}
    app = Starlette(routes=routes, exception_handlers=unavailable)
    app.router.redirect_slashes = False
    return Edge(app)


async def _unavailable(request: Request, error: Exception) -> Response:
    """A part behind us is down: said to the log, not to the caller."""
    _log.error("web.part.failed", path=shown_path(request.url.path)[:20], error=str(error))
    return PlainTextResponse("not available for now", 503, {"retry-after": "5"})
