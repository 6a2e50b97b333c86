"""What the platform does with a container's files: fetch them, look at them, take them or not."""

import asyncio
import hashlib
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from simulators.mp4 import BAD_FORMAT, LARGEST, BadReel, examine

UNREACHABLE, NO_RANGE = 2207052, 2207077
IMAGE_TOO_LARGE, IMAGE_FORMAT = 2207004, 2207005
LARGEST_COVER = 8 * 1024 * 1024
JPEG = b"\xff\xd8\xff"
TRIES = 3
AGENT = {"User-Agent": "facebookexternalhit/1.1", "Accept-Encoding": "identity"}
OK, PARTIAL = 200, 206


Fetch = Callable[[httpx.AsyncClient, str], Awaitable[dict[str, Any]]]


class Intake:
    """Fetches videos into a folder of its own and keeps nothing of them but the facts."""

    def __init__(self, folder: Path, pause: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._trust = ssl.create_default_context()
        self._pause = pause
        """Seconds between two tries."""

    async def take(self, url: str) -> dict[str, Any]:
        """The facts of an acceptable video: bytes, sha256, seconds, size. Raises BadReel."""
        return await self._fetched(url, self._video)

    async def cover(self, url: str) -> dict[str, Any]:
        """The facts of an acceptable cover: bytes, sha256. Raises BadReel."""
        return await self._fetched(url, _cover)

    async def look(self, file: Path) -> dict[str, Any]:
        """The facts of a video that was uploaded. Raises BadReel."""
        return await asyncio.to_thread(_facts, file)

    async def _fetched(self, url: str, fetch: Fetch) -> dict[str, Any]:
        async with httpx.AsyncClient(
            follow_redirects=True, timeout=30, verify=self._trust
        ) as client:
            for attempt in range(1, TRIES + 1):
                try:
                    return await fetch(client, url)
                except (httpx.HTTPError, httpx.InvalidURL) as failure:
                    if attempt == TRIES:
                        rule = f"not fetchable: {type(failure).__name__}"
                        raise BadReel(rule, UNREACHABLE) from failure
                    await asyncio.sleep(self._pause * attempt)
        raise AssertionError

    async def _video(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        await _probe(client, url)
        return await self._download(client, url)

    async def _download(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        digest, count = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part") as into:
            async with client.stream("GET", url, headers=AGENT) as answer:
                if answer.status_code != OK:
                    raise BadReel(f"not fetchable: {answer.status_code}", UNREACHABLE)
                async for piece in answer.aiter_bytes():
                    digest.update(piece)
                    count += len(piece)
                    if count > LARGEST:
                        raise BadReel("larger than 300 MB", BAD_FORMAT)
                    into.write(piece)
            into.flush()
            facts = await asyncio.to_thread(examine, Path(into.name))
        return {"bytes": count, "sha256": digest.hexdigest(), **facts.as_dict()}


async def _probe(client: httpx.AsyncClient, url: str) -> None:
    """Insist on a host that serves ranges: without them, real uploads fail with 2207077."""
    async with client.stream("GET", url, headers={**AGENT, "Range": "bytes=0-1023"}) as answer:
        status, ranged = answer.status_code, "content-range" in answer.headers
    if status == PARTIAL or (status == OK and ranged):
        return
    if status == OK:
        raise BadReel("the host ignores Range", NO_RANGE)
    raise BadReel(f"not fetchable: {status}", UNREACHABLE)


async def _cover(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    content = bytearray()
    async with client.stream("GET", url, headers=AGENT) as answer:
        if answer.status_code != OK:
            raise BadReel(f"cover_url is not fetchable: {answer.status_code}", UNREACHABLE)
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST_COVER:
                raise BadReel("the cover is larger than 8 MB", IMAGE_TOO_LARGE)
    if not content.startswith(JPEG):
        raise BadReel("the cover is not a JPEG", IMAGE_FORMAT)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _facts(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    count = file.stat().st_size
    return {"bytes": count, "sha256": digest.hexdigest(), **examine(file).as_dict()}
