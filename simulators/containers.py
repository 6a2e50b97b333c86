"""What becomes of a container between its creation and its publishing."""

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.requests import Request

from simulators.calls import World
from simulators.instagram_accounts import Accounts
from simulators.instagram_posts import Container
from simulators.intake import Intake
from simulators.mp4 import BadReel

PATIENCE = 4.0
"""How long a look at a container waits for its fetch, when everything is immediate."""
BAD_THUMBNAIL = 2207057


class Containers:
    """Takes each container's video once, also after a restart.

    Signed addresses are credentials: they lie in `pending`, apart from the ledger, until it is
    done; so do the bytes of uploads, in `uploads`.
    """

    def __init__(self, world: World, accounts: Accounts, folder: Path, *, seconds: float) -> None:
        self._world = world
        self._accounts = accounts
        self._seconds = seconds
        """What processing takes after the fetch."""
        self._pending, self._uploads = folder / "pending", folder / "uploads"
        for one in (self._pending, self._uploads):
            one.mkdir(parents=True, exist_ok=True)
        self._intake = Intake(folder / "intake", seconds / 4)
        self._taking: dict[str, asyncio.Task[None]] = {}

    def state_of(self, container: Container) -> str:
        """`status_code` now."""
        return container.state(self._world.clock.now(), self._seconds)

    def start(self, name: str, *, video: str | None, cover: str | None = None) -> None:
        """Begin to take the video at an address, or with None what was uploaded."""
        kept = self._pending / name
        kept.touch(mode=0o600)
        kept.write_text(json.dumps({"video": video, "cover": cover}))
        self._taking[name] = asyncio.create_task(self._take(name, kept))

    def keep_cover(self, name: str, cover: str) -> None:
        """Remember a cover's address until the upload is whole."""
        kept = self._uploads / f"{name}.cover"
        kept.touch(mode=0o600)
        kept.write_text(cover)

    def receive(self, container: Container, content: bytes, size: int) -> int:
        """Append to an upload; how many bytes it has now. What is whole is taken."""
        file = self._uploads / container.id
        file.touch(mode=0o600)
        with file.open("r+b") as stream:
            # Killed between the bytes and the ledger line: the ledger says what counts.
            stream.truncate(container.transferred)
            stream.seek(container.transferred)
            stream.write(content)
        received = container.transferred + len(content)
        if received == size:
            self.start(container.id, video=None, cover=self.cover_of(container.id))
        return received

    def cover_of(self, name: str) -> str | None:
        """The address of an upload's cover."""
        kept = self._uploads / f"{name}.cover"
        return kept.read_text() if kept.exists() else None

    def resume(self) -> None:
        """Go on with what wasn't taken when the simulators ended."""
        for kept in self._pending.iterdir():
            container = self._accounts.containers.get(kept.name)
            if container is None or container.taken_at is not None:
                kept.unlink()
            elif kept.name not in self._taking:
                self._taking[kept.name] = asyncio.create_task(self._take(kept.name, kept))

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

    async def _take(self, name: str, kept: Path) -> None:
        try:
            wanted = json.loads(kept.read_text())
            effect, facts = "container.fetched", await self._facts(name, **wanted)
        except BadReel as bad:
            effect, facts = "container.refused", {"rule": str(bad), "subcode": bad.subcode}
        ids = {"container": name}
        self._world.record("instagram", "fetch_video", ids=ids, effect=effect, facts=facts)
        for done in (kept, self._uploads / name, self._uploads / f"{name}.cover"):
            done.unlink(missing_ok=True)

    async def _facts(self, name: str, video: str | None, cover: str | None) -> dict[str, Any]:
        if video is None:
            facts = await self._intake.look(self._uploads / name)
        else:
            facts = await self._intake.take(video)
        if cover is not None:
            facts["cover"] = await self._intake.cover(cover)
        asked = self._accounts.containers[name].facts
        if asked.get("will_fail"):
            raise BadReel("a fault was armed", asked["will_fail"])
        if asked.get("thumb_offset", 0) >= facts["seconds"] * 1000:
            raise BadReel("thumb_offset lies behind the end", BAD_THUMBNAIL)
        return facts
