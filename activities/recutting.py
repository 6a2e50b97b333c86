"""Looking at an approved Reel's file before it is sent, and making it anew where it has to be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio import activity

from activities.failures import failed
from activities.heartbeats import Pulse, pulse
from clients.ffmpeg import BadMedia, Composed, Composition, FFmpeg, MediaFacts, sha256_of
from clients.store import ObjectStore
from schemas.account import AccountDay
from schemas.composition import Layout
from schemas.failures import FailureKind
from schemas.recut import (
    ApprovedFile,
    BrokenRule,
    Preflight,
    Recut,
    RecutRequest,
    Remedy,
    Repair,
    StoredVideo,
    material_change,
)
from schemas.reel import ComposedReel

_FILES = 3
"""The Reel as it was, trimmed, and shrunk."""
_SPARE_BYTES = 100 << 20


@dataclass(frozen=True)
class RecuttingActivities:
    """The steps before a post that need FFmpeg; they run on the task queue `media`."""

    store: ObjectStore
    ffmpeg: FFmpeg

    @activity.defn
    async def preflight_reel(self, file: ApprovedFile) -> Preflight:
        """Hold the bytes that are to go out against the rule book of finished Reels.

        Nothing is sent to the platform. Raises NOT_APPROVED when the object store holds other
        bytes than the approved ones, NOT_FOUND when it holds none, and DISK_LOW.

        Again: fetches the same bytes and finds the same. It is a property of the bytes, so that
        one look for each revision is enough.
        """
        async with pulse("checking") as beats, self._fetched(file.video, beats) as (reel, _):
            beats.note("checking")
            checked = await self.ffmpeg.check(reel)
        broken = (BrokenRule(name=name, words=words) for name, words in checked.broken.items())
        return Preflight(broken=tuple(broken))

    @activity.defn
    async def recut_reel(self, request: RecutRequest) -> Recut:
        """Make the file anew from the one that a person saw; trim it first, then shrink it.

        The new file breaks no rule of the book, and nothing in it is black, frozen or silent
        that was not. It is held against the one that was seen, and says whether people see it
        again (schemas/recut.py). The poster stays, unless its picture was cut off. Heartbeats
        about once a second with the per cent of the coding. Raises BadMedia by the rule that no
        such file can keep, `no-remedy` when there is nothing to trim or to shrink, and what
        `preflight_reel` raises.

        Again: makes it anew from the same bytes, in a folder of its own, and stores the same
        bytes under the same keys.
        """
        async with (
            pulse("coding") as beats,
            self._fetched(request.file.seen, beats) as (
                reel,
                folder,
            ),
        ):
            before = await self._facts(reel)
            out, repair = await self._made_anew(reel, before, request.remedy, folder, beats)
            beats.note("comparing")
            after = await self._undamaged(reel, out, request)
            similarity = 1.0
            if repair is not Repair.TRIM:  # which copies the pictures as they are
                similarity = await self.ffmpeg.likeness(reel, out)
            beats.note("storing")
            composed = await self._stored(request.file, out, after, request.layout)
        return judged(request.remedy, repair, before, composed, similarity)

    @asynccontextmanager
    async def _fetched(self, video: StoredVideo, beats: Pulse) -> AsyncIterator[tuple[Path, Path]]:
        """The file of a revision, and a folder with room for two more like it."""
        beats.note("fetching")
        bytes_ = await self.store.size(video.key) or 0
        with self.ffmpeg.workspace(needs_bytes=_FILES * bytes_ + _SPARE_BYTES) as folder:
            reel = folder / "reel.mp4"
            if await self.store.get(video.key, reel) != video.sha256:
                raise failed(
                    FailureKind.NOT_APPROVED,
                    "the object store holds other bytes than those that were approved: "
                    "nothing is sent",
                )
            yield reel, folder

    async def _facts(self, reel: Path) -> MediaFacts:
        checked = await self.ffmpeg.check(reel)
        if checked.facts is None:
            rule, words = next(iter(checked.broken.items()))
            raise BadMedia(rule, words)
        return checked.facts

    async def _made_anew(
        self, reel: Path, before: MediaFacts, remedy: Remedy, folder: Path, beats: Pulse
    ) -> tuple[Path, Repair]:
        made, facts, done = reel, before, []
        if remedy.seconds is not None and _length(before) > remedy.seconds:
            made = folder / "trimmed.mp4"
            facts = await self.ffmpeg.trim(reel, remedy.seconds, out=made)
            done.append(Repair.TRIM)
        most = remedy.most_bytes(before.bytes, _length(facts))
        if most is not None and facts.bytes > most:
            source, made = made, folder / "shrunk.mp4"
            await self.ffmpeg.shrink(source, most, out=made, progress=beats.worked)
            done.append(Repair.SHRINK)
        if not done:
            text = f"it lasts {_length(before):.1f} s and has {before.bytes} bytes already"
            raise BadMedia("no-remedy", f"no other file would help: {text}")
        return made, Repair.BOTH if len(done) > 1 else done[0]

    async def _undamaged(self, before: Path, after: Path, request: RecutRequest) -> MediaFacts:
        checked = await self.ffmpeg.check(after)
        broken = [*checked.broken]
        if not broken:
            broken = await self.ffmpeg.spoilt(before, after, request.layout)
        if broken or checked.facts is None:
            raise BadMedia("reel", f"the file that was made anew breaks {', '.join(broken)}")
        return checked.facts

    async def _stored(
        self, file: ApprovedFile, out: Path, facts: MediaFacts, layout: Layout
    ) -> ComposedReel:
        digest = await asyncio.to_thread(sha256_of, out)
        key = f"{file.day.prefix}/reel-{digest[:16]}.mp4"
        poster_key, cover_seconds = file.poster_key, file.cover_seconds
        if cover_seconds is not None and cover_seconds >= _length(facts):
            asked = Composition((), None, 0.0, _length(facts), layout=layout)
            poster = out.with_name("poster.png")
            cover_seconds = await self.ffmpeg.poster(out, Composed(asked, facts), out=poster)
            poster_key = await self._store_poster(poster, file.day)
        await self.store.put(out, key, "video/mp4")
        return ComposedReel(
            video_key=key,
            poster_key=poster_key,
            video_sha256=digest,
            bytes=facts.bytes,
            seconds=_length(facts),
            cover_seconds=cover_seconds,
            cover_picked=file.cover_picked,
        )

    async def _store_poster(self, poster: Path, day: AccountDay) -> str:
        digest = await asyncio.to_thread(sha256_of, poster)
        key = f"{day.prefix}/poster-{digest[:16]}.png"
        await self.store.put(poster, key, "image/png")
        return key


def judged(
    remedy: Remedy,
    repair: Repair,
    before: MediaFacts,
    composed: ComposedReel,
    similarity: float,
) -> Recut:
    """The new file with the word whether people see it again."""
    noticed = material_change(_length(before) - composed.seconds, similarity)
    return Recut(
        composed=composed,
        repair=repair,
        seconds_before=_length(before),
        bytes_before=before.bytes,
        similarity=similarity,
        why=f"{remedy.why}: {noticed or 'nobody would notice what was changed'}",
        material=bool(noticed),
    )


def _length(facts: MediaFacts) -> float:
    return facts.video.seconds if facts.video else facts.seconds
