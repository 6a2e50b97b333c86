"""Small pictures of the Reels in a digest, within bounds."""

import asyncio
from collections.abc import Sequence

import structlog

from clients.ffmpeg import BadMedia
from clients.ffmpeg.thumbnail import thumbnail
from clients.store import ObjectStore
from db.digests import WaitingReel

LARGEST_POSTER = 4_000_000
"""Bytes; one that is larger is left out."""
MOST_BYTES = 1_000_000
"""Of all pictures of one letter."""

log = structlog.get_logger("activities")


async def pictures_of(store: ObjectStore, reels: Sequence[WaitingReel]) -> dict[str, bytes]:
    """JPEGs by revision; a Reel without a poster, or beyond the bounds, has none.

    Raises Retryable and Refused.
    """
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    for one in reels:
        picture = await _picture(store, one.poster_key)
        if picture is not None and len(picture) <= room:
            found[one.revision] = picture
            room -= len(picture)
    return found


async def _picture(store: ObjectStore, key: str) -> bytes | None:
    size = await store.size(key)
    if not size or size > LARGEST_POSTER:
        return None
    poster = b"".join([chunk async for chunk in store.open_range(key, 0, size - 1)])
    try:
        return await asyncio.to_thread(thumbnail, poster)
    except BadMedia as error:
        log.warning("digest.without_poster", key=key, reason=error.message)
        return None
