"""The outside world as one ASGI app."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from simulators.calls import World
from simulators.claude import Claude
from simulators.clips import Clips
from simulators.clock import Clock
from simulators.control import Control
from simulators.discord import Discord
from simulators.discord_presses import Presser
from simulators.fal import Fal
from simulators.fal_platform import FalPlatform
from simulators.faults import Faults
from simulators.instagram import hosts, platform_of
from simulators.instagram_doors import Doors
from simulators.ledger import Ledger
from simulators.luma import Luma
from simulators.luma_legacy import LumaLegacy
from simulators.runway import Runway
from simulators.slack import Slack
from simulators.slack_api import SlackApi
from simulators.slack_clicks import Clicker
from simulators.slack_workspace import Workspace

PACE = 6.0
"""Seconds that a video job takes unless asked otherwise."""
CONTAINER_SHARE, CLAUDE_SHARE = 1 / 3, 1 / 5
"""What a container's processing and Claude's answer take of that."""


@dataclass(frozen=True)
class Options:
    """How the simulators are to behave."""

    state: Path | None = None
    """Where the ledger is kept; None: a temporary folder that goes when the app ends."""
    top_clip: Path | None = None
    """The file that every video job hands out, as it is."""
    slack_interactions_url: str | None = None
    slack_signing_secret_file: Path | None = None
    discord_interactions_url: str | None = None
    discord_key_file: Path | None = None
    """What signs presses in Discord; None: one of its own, in the state folder."""
    pace: float = PACE
    """Seconds that a video job takes; all else in proportion; 0: everything at once."""


def create_app(options: Options | None = None) -> Starlette:
    """The app, with its `state.folder`. Raises LedgerTaken when others use the state folder."""
    options = options or Options()
    temporary = None
    if options.state is None:
        temporary = tempfile.TemporaryDirectory(prefix="simulators-")
    state = options.state or Path(temporary.name if temporary else "")
    state.mkdir(parents=True, exist_ok=True)
    world = World(Ledger(state / "ledger.jsonl"), Clock(state / "clock.json"), Faults())
    clips = Clips(state / "clips", options.top_clip)
    luma = Luma(world, clips, state, seconds=options.pace)
    dream_machine = LumaLegacy(world, clips, state, seconds=options.pace)
    runway = Runway(world, clips, state, seconds=options.pace)
    fal = Fal(world, clips, state, seconds=options.pace)
    jobs = (luma.jobs, dream_machine.jobs, runway.jobs, fal.jobs)
    platform = platform_of(world, state, options.pace * CONTAINER_SHARE)
    clicker = Clicker(options.slack_interactions_url, options.slack_signing_secret_file)
    discord_key = options.discord_key_file or state / "discord-key.hex"
    presser = Presser(options.discord_interactions_url, discord_key)
    workspace = Workspace()
    mounted: dict[str, list[Route]] = {
        "/anthropic": Claude(world, seconds=options.pace * CLAUDE_SHARE).routes(),
        "/luma": [*luma.routes(), *dream_machine.routes()],
        "/runway": runway.routes(),
        "/fal": [*fal.routes(), *FalPlatform(world, fal).routes()],
        **hosts(platform),
        "/discord": Discord(world, presser).routes(),
        "/slack": [
            *Slack(world, clicker, workspace).routes(),
            *SlackApi(world, workspace).routes(),
        ],
    }

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for one in jobs:
            one.resume()
        platform.containers.resume()
        yield
        await platform.containers.close()
        await clips.close()
        world.ledger.close()
        if temporary is not None:
            temporary.cleanup()

    services = [Mount(path, routes=routes) for path, routes in mounted.items()]
    doors = [*Control(world, jobs, asdict(options)).routes(), *Doors(platform).routes()]
    routes = [*doors, *services]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.folder = state
    return app
