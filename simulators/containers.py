"""What becomes of a container between its creation and its publishing."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request

from simulators.calls import World
from simulators.instagram_posts import Accounts, Container
from simulators.intake import Intake
from simulators.mp4 import BadReel

PATIENCE = 4.0
"""How long a look at a container waits for its fetch, when everything is immediate."""


class Containers:
    """Fetches each container's video once, also after a restart."""

    def __init__(self, world: World, accounts: Accounts, folder: Path, *, seconds: float) -> None:
        self._world = world
        self._accounts = accounts
        self._seconds = seconds
        """What processing takes after the fetch."""
        self._pending = folder / "pending"
        self._pending.mkdir(parents=True, exist_ok=True)
        self._intake = Intake(folder / "intake", seconds / 4)
        self._taking: dict[str, asyncio.Task[None]] = {}

    def state_of(self, container: Container) -> str:
        """`status_code` now."""
        return container.state(self._world.clock.now(), self._seconds)

    def start(self, name: str, url: str, will_fail: int | None) -> None:
        """Begin to fetch. Signed addresses are credentials: kept apart until it is done."""
        kept = self._pending / name
        kept.touch(mode=0o600)
        kept.write_text(url)
        self._taking[name] = asyncio.create_task(self._take(name, kept, will_fail))

    def resume(self) -> None:
        """Go on with what wasn't fetched when the simulators ended."""
        for kept in self._pending.iterdir():
            container = self._accounts.containers.get(kept.name)
            if container is None or container.taken_at is not None:
                kept.unlink()
            elif kept.name not in self._taking:
                fails = container.facts.get("will_fail")
                self._taking[kept.name] = asyncio.create_task(self._take(kept.name, kept, fails))

    async def settle(self, request: Request) -> None:
        """When everything is immediate, a look at a container waits for its fetch."""
        task = self._taking.get(str(request.path_params["node"]))
        if task is not None and self._seconds == 0:
            await asyncio.wait([task], timeout=PATIENCE)

    async def close(self) -> None:
        """Stop fetching."""
        for task in self._taking.values():
            task.cancel()
        await asyncio.gather(*self._taking.values(), return_exceptions=True)

    async def _take(self, name: str, kept: Path, will_fail: int | None) -> None:
        ids = {"container": name}
        try:
            facts = await self._fetched(kept.read_text(), will_fail)
        except BadReel as bad:
            refusal = {"rule": str(bad), "subcode": bad.subcode}
            self._world.record(
                "instagram", "fetch_video", ids=ids, effect="container.refused", facts=refusal
            )
        else:
            self._world.record(
                "instagram", "fetch_video", ids=ids, effect="container.fetched", facts=facts
            )
        kept.unlink(missing_ok=True)

    async def _fetched(self, url: str, will_fail: int | None) -> dict[str, Any]:
        facts = await self._intake.take(url)
        if will_fail:
            raise BadReel("a fault was armed", will_fail)
        return facts
