"""Composing the split screen: object keys in, object keys out."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from temporalio import activity

from activities.failures import failed
from activities.footage import Footage, footage_of
from activities.heartbeats import pulse
from clients.ffmpeg import Composition, FFmpeg, MediaFacts, sha256_of
from clients.store import ObjectStore
from schemas.account import AccountDay
from schemas.failures import FailureKind
from schemas.reel import ComposedReel, CompositionRequest, CoverRequest

_BYTES_PER_SECOND = 2_500_000
"""Of a Reel at its peak bit rate of 20 Mbit/s."""
_SPARE_BYTES = 100 << 20


@dataclass(frozen=True)
class CompositionActivities:
    """The steps before the review that need FFmpeg; they run on the task queue `media`."""

    store: ObjectStore
    ffmpeg: FFmpeg

    @activity.defn
    async def compose_reel(self, request: CompositionRequest) -> ComposedReel:
        """Join the top clips, put them over the gameplay window, check, and store the Reel.

        The Reel lasts as long as the joined top, at most `request.seconds`, at least 3 s. Pooled
        gameplay is used where it fits its pane, the original where it does not or the pooled
        clip is gone. Heartbeats twice a second with the per cent of pictures composed and
        how many a second. Raises BadMedia for a file that breaks a rule and Retryable
        (DISK_LOW) when there is no room to work.

        Again: composes anew from the same objects, in a folder of its own, and stores the same
        bytes under the same keys; nothing is left of the first run but those.
        """
        async with pulse("composing") as beats:
            beats.note("fetching")
            footage = await footage_of(request, self.store)
            made = int(request.seconds * _BYTES_PER_SECOND) + _SPARE_BYTES
            with self.ffmpeg.workspace(needs_bytes=footage.bytes + made) as folder:
                asked = await self._fetch(request, footage, folder)
                reel, poster = folder / "reel.mp4", folder / "poster.png"
                composed = await self.ffmpeg.compose(asked, out=reel, progress=beats.worked)
                beats.note("checking")
                await self.ffmpeg.examine(reel, composed)
                cover_seconds = await self.ffmpeg.poster(reel, composed, out=poster)
                beats.note("storing")
                video_sha256 = await asyncio.to_thread(sha256_of, reel)
                video_key = f"{request.key.prefix}/reel-{video_sha256[:16]}.mp4"
                poster_key = await self._store_poster(poster, request.key)
                await self.store.put(reel, video_key, "video/mp4")
        return ComposedReel(
            video_key=video_key,
            poster_key=poster_key,
            video_sha256=video_sha256,
            bytes=composed.facts.bytes,
            seconds=_length(composed.facts),
            cover_seconds=cover_seconds,
        )

    @activity.defn
    async def pick_cover(self, request: CoverRequest) -> ComposedReel:
        """The finished Reel with the picture at that second as its poster and cover.

        Raises NOT_FOUND when the file is gone, NOT_APPROVED when the store holds other bytes,
        and BadMedia where there is no such picture. Again: stores the same picture under the
        same key.
        """
        composed = request.composed
        async with pulse("picking the cover"):
            with self.ffmpeg.workspace(needs_bytes=composed.bytes + _SPARE_BYTES) as folder:
                reel, poster = folder / "reel.mp4", folder / "poster.png"
                if await self.store.get(composed.video_key, reel) != composed.video_sha256:
                    raise failed(
                        FailureKind.NOT_APPROVED, "the object store holds other bytes than the Reel"
                    )
                await self.ffmpeg.still(reel, request.seconds, out=poster)
                poster_key = await self._store_poster(poster, request.key)
        return composed.model_copy(
            update={
                "poster_key": poster_key,
                "cover_seconds": request.seconds,
                "cover_picked": True,
            }
        )

    async def _store_poster(self, poster: Path, day: AccountDay) -> str:
        digest = await asyncio.to_thread(sha256_of, poster)
        key = f"{day.prefix}/poster-{digest[:16]}.png"
        await self.store.put(poster, key, "image/png")
        return key

    async def _fetch(
        self, request: CompositionRequest, footage: Footage, folder: Path
    ) -> Composition:
        tops, store = [], self.store
        for number, top in enumerate(footage.tops):
            tops.append(await top.fetch(store, folder / f"top-{number}"))
        gameplay, music = footage.gameplay, footage.music
        window = request.gameplay
        return Composition(
            tops=tuple(tops),
            gameplay=await gameplay.fetch(store, folder / "gameplay") if gameplay else None,
            start=window.start_seconds,
            seconds=request.seconds,
            layout=request.layout,
            top_anchor=request.top_anchor,
            gameplay_anchor=window.anchor,
            sound=request.sound,
            music=await music.fetch(store, folder / "music") if music else None,
            music_start=window.bed.start_seconds if window.bed else 0.0,
            hook_text=request.hook_text,
        )


def _length(reel: MediaFacts) -> float:
    return reel.video.seconds if reel.video else reel.seconds
