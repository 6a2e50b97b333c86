"""Composing the split screen: object keys in, object keys out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from temporalio import activity

from clients.errors import Refused, Retryable
from clients.ffmpeg import Composition, FFmpeg, Progress, sha256_of
from clients.store import ObjectStore
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.reel import ComposedReel, CompositionRequest

_BEAT_SECONDS = 1.0
_BYTES_PER_SECOND = 2_500_000
"""Of a Reel at its peak bit rate of 20 Mbit/s."""
_SPARE_BYTES = 100 << 20


@dataclass(frozen=True)
class CompositionActivities:
    """The step that needs FFmpeg; it runs on the task queue `media`."""

    store: ObjectStore
    ffmpeg: FFmpeg

    @activity.defn
    async def compose_reel(self, request: CompositionRequest) -> ComposedReel:
        """Join the top clips, put them over the gameplay window, check, and store the Reel.

        The Reel lasts as long as the joined top, at most `request.seconds`, at least 3 s. Its
        sound is the gameplay's, silence when that has none. Heartbeats about once a second
        with the per cent of pictures composed. Raises BadMedia for a file that breaks a rule
        and Retryable (DISK_LOW) when there is no room to work.

        Again: composes anew from the same objects, in a folder of its own, and stores the same
        bytes under the same keys; nothing is left of the first run but those.
        """
        async with _pulse() as pulse:
            needs_bytes = await self._needs_bytes(request)
            with self.ffmpeg.workspace(needs_bytes=needs_bytes) as folder:
                asked = await self._fetch(request, folder, pulse)
                reel, poster = folder / "reel.mp4", folder / "poster.png"
                facts = await self.ffmpeg.compose(asked, out=reel, progress=pulse.composed)
                await self.ffmpeg.poster(reel, out=poster)
                pulse.note("storing")
                video_sha256 = await asyncio.to_thread(sha256_of, reel)
                poster_sha256 = await asyncio.to_thread(sha256_of, poster)
                video_key = f"{request.key.prefix}/reel-{video_sha256[:16]}.mp4"
                poster_key = f"{request.key.prefix}/poster-{poster_sha256[:16]}.png"
                await self.store.put(poster, poster_key, "image/png")
                await self.store.put(reel, video_key, "video/mp4")
        return ComposedReel(
            video_key=video_key,
            poster_key=poster_key,
            video_sha256=video_sha256,
            bytes=facts.bytes,
            seconds=facts.video.seconds if facts.video else facts.seconds,
        )

    async def _needs_bytes(self, request: CompositionRequest) -> int:
        gameplay = await self.store.size(request.gameplay.object_key)
        if gameplay is None:
            message = f"gameplay clip {request.gameplay.clip} is gone; import it again"
            raise Refused("store", FailureKind.NOT_FOUND, message)
        tops = sum(clip.bytes for clip in request.top.clips)
        return tops + gameplay + int(request.seconds * _BYTES_PER_SECOND) + _SPARE_BYTES

    async def _fetch(
        self, request: CompositionRequest, folder: Path, pulse: "_Pulse"
    ) -> Composition:
        pulse.note("fetching")
        tops = []
        for number, clip in enumerate(request.top.clips):
            path = folder / f"top-{number}"
            if await self.store.get(clip.object_key, path) != clip.sha256:
                message = f"segment {clip.segment} came back other than it was stored"
                raise Retryable("store", FailureKind.UNAVAILABLE, message)
            tops.append(path)
        gameplay = folder / "gameplay"
        await self.store.get(request.gameplay.object_key, gameplay)
        return Composition(
            tops=tuple(tops),
            gameplay=gameplay,
            start=request.gameplay.start_seconds,
            seconds=request.seconds,
            layout=request.layout,
            top_anchor=request.top_anchor,
            gameplay_anchor=request.gameplay.anchor,
        )


class _Pulse:
    """What is told next, and to whom: Temporal, about once a second."""

    def __init__(self) -> None:
        self._next = Heartbeat()

    def note(self, text: str) -> None:
        self._next = self._next.model_copy(update={"note": text})

    def composed(self, progress: Progress) -> None:
        self._next = Heartbeat(
            percent=round(progress.percent, 1),
            frames_per_second=progress.frames_per_second,
            note="composing",
        )

    async def beat(self) -> None:
        while True:
            activity.heartbeat(self._next)
            await asyncio.sleep(_BEAT_SECONDS)


@asynccontextmanager
async def _pulse() -> AsyncIterator[_Pulse]:
    pulse = _Pulse()
    beating = asyncio.create_task(pulse.beat())
    try:
        yield pulse
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
