"""Which stored files a composition needs, and how they come to the disk."""

from dataclasses import dataclass
from pathlib import Path

from clients.errors import Refused, Retryable
from clients.ffmpeg import Shown, pane_of, takes_pooled
from clients.store import ObjectStore
from schemas.failures import FailureKind
from schemas.reel import CompositionRequest


@dataclass(frozen=True)
class Stored:
    """A file in the object store."""

    what: str
    """For people."""
    key: str
    bytes: int
    sha256: str | None
    """None for what was stored without one."""

    async def fetch(self, store: ObjectStore, into: Path) -> Path:
        """Download it. Raises Retryable when it comes back other than it was stored."""
        digest = await store.get(self.key, into)
        if self.sha256 is not None and digest != self.sha256:
            message = f"{self.what} came back other than it was stored"
            raise Retryable("store", FailureKind.UNAVAILABLE, message)
        return into


@dataclass(frozen=True)
class Footage:
    """The files of one composition."""

    tops: tuple[Stored, ...]
    gameplay: Stored | None
    """None where it is neither seen nor heard."""
    music: Stored | None

    @property
    def bytes(self) -> int:
        """Of all of them."""
        others = sum(one.bytes for one in (self.gameplay, self.music) if one)
        return others + sum(one.bytes for one in self.tops)


async def footage_of(request: CompositionRequest, store: ObjectStore) -> Footage:
    """Look up what is needed. Raises Refused (NOT_FOUND) for what is gone from the store."""
    tops = tuple(
        Stored(f"segment {clip.segment}", clip.object_key, clip.bytes, clip.sha256)
        for clip in request.top.clips
    )
    bed = request.gameplay.bed if request.sound.music is not None else None
    music = f"music track {bed.track}" if bed else ""
    return Footage(
        tops,
        await _gameplay(request, store),
        await _stored(store, music, bed.object_key) if bed else None,
    )


async def _gameplay(request: CompositionRequest, store: ObjectStore) -> Stored | None:
    """The pooled clip where it fits its pane or is only heard, else the original."""
    window, layout = request.gameplay, request.layout
    is_seen = pane_of(layout, Shown.GAMEPLAY) is not None
    if not is_seen and request.sound.gameplay is None:
        return None
    pooled = window.pool if takes_pooled(layout) or not is_seen else None
    what = f"gameplay clip {window.clip}"
    if pooled is not None and await store.size(pooled.object_key) is not None:
        return Stored(what, pooled.object_key, pooled.bytes, pooled.sha256)
    return await _stored(store, what, window.object_key)


async def _stored(store: ObjectStore, what: str, key: str) -> Stored:
    size = await store.size(key)
    if size is None:
        message = f"{what} is gone; import it again"
        raise Refused("store", FailureKind.NOT_FOUND, message)
    return Stored(what, key, size, None)
