"""The stack as a whole: what is started, in which order, and where a person finds it."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from runtime.exits import Refusal
from runtime.settings import ROOT
from runtime.stack.processes import WORKER_STOP_SECONDS, Processes
from runtime.stack.supervisor import Supervisor
from runtime.stack.wiring import Wiring

READY_SECONDS = 60
"""How long the workers may take until they ask for work."""

_CHATS = ("Slack", "Discord")
_SIMULATED = {
    "Slack": "/slack/",
    "Discord": "/discord/",
    "Instagram": "/instagram",
    "Luma": "/luma/",
}
"""Services, each with what begins its path where it is simulated: a user may bring any of them."""


class NotReady(Refusal):
    """Everything runs, but a part does not do its work."""


async def bring_up(
    wiring: Wiring, supervisor: Supervisor, *, worker_stop_seconds: float = WORKER_STOP_SECONDS
) -> Processes:
    """Start every part in the order of who needs whom; returns when a day could be made.

    Raises PartFailed or NotReady; what was started then still runs, until the supervisor
    is stopped.
    """
    logs = wiring.home.logs
    servers = [wiring.simulators.part(logs / "simulators.log")]
    if "DATABASE_URL" not in wiring.brought:
        await wiring.postgres.create(supervisor, logs / "initdb.log")
        servers.append(wiring.postgres.part(logs / "postgres.log"))
    if "TEMPORAL_ADDRESS" not in wiring.brought:
        servers.append(wiring.temporal.part(logs / "temporal.log"))
    if "S3_ENDPOINT_URL" not in wiring.brought:
        servers.append(wiring.store.part(logs / "object-store.log"))
    await supervisor.start(*servers)
    processes = Processes(wiring.home.path, wiring.settings, worker_stop_seconds)
    await supervisor.finish(processes.admin(logs / "migrate.log", "migrate"))
    await supervisor.start(
        processes.worker("reels", logs / "worker-reels.log"),
        processes.worker("media", logs / "worker-media.log"),
        processes.web(logs / "web.log"),
    )
    await _until_ready(f"http://127.0.0.1:{wiring.settings['WEB_PORT']}/readyz")
    return processes


def addresses(settings: Mapping[str, str], home: Path) -> str:
    """Where a person looks, and where the logs are."""
    simulated = {
        name: url.partition(path)[0]
        for name, path in _SIMULATED.items()
        if path in (url := settings.get(f"{name.upper()}_BASE_URL", ""))
    }
    ledger = [("simulators", f"{url}/_ledger") for url in simulated.values()]
    chats = [
        (name, f"{simulated[name]}/{name.lower()}/_messages")
        for name in _CHATS
        if name in simulated
    ]
    lines = [
        ("Temporal Web UI", settings["TEMPORAL_UI_URL"]),
        ("web process", settings["PUBLIC_BASE_URL"]),
        *ledger[:1],
        *chats,
        ("logs", shown(home / "logs")),
    ]
    return "\n".join(f"  {name:<17} {where}" for name, where in lines)


def shown(path: Path) -> str:
    """A path as a person in the checkout would type it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


async def _until_ready(url: str) -> None:
    deadline, why = time.monotonic() + READY_SECONDS, "the web process does not answer"
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        while time.monotonic() < deadline:
            try:
                response = await client.get(url)
            except httpx.TransportError as error:
                why = f"the web process does not answer: {error}"
            else:
                if response.is_success:
                    return
                why = response.text
            await asyncio.sleep(0.2)
    raise NotReady(f"the stack runs, but is not ready after {READY_SECONDS} seconds: {why}")
