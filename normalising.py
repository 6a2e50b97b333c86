"""Bringing clips into the pool's format: as many processes as are started, each clip once.

Whoever is at a clip says so every few seconds. One that was killed is silent, and a minute
later its clip is taken by the next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from clients.errors import Refused
from clients.ffmpeg import BadMedia, FFmpeg, sha256_of
from clients.ffmpeg.normalise import most_bytes, normalise
from clients.store import ObjectStore
from db.database import Database
from db.normalising import LEASE, RawClip
from runtime.bar import Bar
from schemas.failures import FailureKind
from schemas.gameplay import PooledClip


@dataclass
class Done:
    """What came of it."""

    clips: int = 0
    troubles: list[str] = field(default_factory=list)
    """A sentence for each clip that stays as it was imported."""


@dataclass(frozen=True)
class Normaliser:
    """Normalises one clip after the other, until none is left that nobody is at."""

    db: Database
    store: ObjectStore
    ffmpeg: FFmpeg
    bar: Bar

    async def run(self, seconds: float) -> Done:
        """Normalise what is to be; `seconds` are what it lasts together, for the bar.

        Again: goes on with what is left. A clip that breaks a rule stays as it is, and the
        next one is taken. Cancelled: lets go of the clip that it is at.
        """
        done, beside, behind = Done(), list[str](), 0.0
        self.bar.begin("normalising")
        while (clip := await self.db.normalising.claim(beside=beside)) is not None:
            try:
                async with self._held(clip.id):
                    await self._one(clip, behind, max(seconds, behind + clip.seconds))
            except (BadMedia, Refused) as error:
                if isinstance(error, Refused) and error.kind is not FailureKind.NOT_FOUND:
                    raise
                beside.append(clip.id)
                done.troubles.append(f"{clip.id} {clip.title}: {_why(error)}")
            else:
                done.clips += 1
            behind += clip.seconds
            self.bar.at(100 * behind / max(seconds, behind))
        return done

    async def _one(self, clip: RawClip, behind: float, whole: float) -> None:
        needs = clip.bytes + most_bytes(clip.seconds)
        with self.ffmpeg.workspace(needs_bytes=needs) as folder:
            raw, out = folder / "raw", folder / "pool.mp4"
            await self.store.get(clip.object_key, raw)

            def tell(percent: float) -> None:
                self.bar.at(100 * (behind + clip.seconds * percent / 100) / whole)

            facts = await normalise(self.ffmpeg, raw, clip.anchor, out=out, progress=tell)
            pooled = await self._store(out, facts.seconds)
        await self.db.normalising.save(clip, pooled)

    async def _store(self, out: Path, seconds: float) -> PooledClip:
        sha256 = await asyncio.to_thread(sha256_of, out)
        key = f"gameplay/pool/{sha256}.mp4"
        await self.store.put(out, key, "video/mp4")
        return PooledClip(object_key=key, sha256=sha256, bytes=out.stat().st_size, seconds=seconds)

    @asynccontextmanager
    async def _held(self, clip: str) -> AsyncIterator[None]:
        """Say again and again that one is at a clip; let go of it at the end."""
        saying = asyncio.create_task(self._say(clip))
        try:
            yield
        finally:
            saying.cancel()
            with suppress(asyncio.CancelledError):
                await saying
            await self.db.normalising.let_go(clip)

    async def _say(self, clip: str) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            await self.db.normalising.keep(clip)


def _why(error: BadMedia | Refused) -> str:
    if isinstance(error, BadMedia):
        return f"{error.message} ({error.rule})"
    return "its file is gone from the store; import it again"
