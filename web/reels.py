"""A draft's poster and video, at addresses that nobody can guess.

The revision is a digest over video, caption and hashtags; whoever was sent the card may look,
and nothing lists what there is. S3 servers differ in how they answer ranges, so files pass
through here: a player must get 206 to seek.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from clients.store import ObjectStore
from db.reel_row import ReelRow
from db.reels import Reels
from web.ranges import ByteRange, RangeUnsatisfiable, parse_range

_REVISION = re.compile(r"[0-9a-f]{64}")
_ENTITY_TAG = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class _File:
    """One file of one revision. Its content never changes: the digest names it."""

    key: str
    size: int
    media_type: str
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "accept-ranges": "bytes",
            "cache-control": "private, max-age=31536000, immutable",
            "content-type": self.media_type,
            "etag": self.etag,
        }


@dataclass(frozen=True)
class ReelFiles:
    """Serves the files of revisions out of the object store."""

    reels: Reels
    store: ObjectStore

    async def poster(self, request: Request) -> Response:
        """GET /reels/{revision}/poster.png."""
        row = await self._row(request)
        return await self._answer(request, row.poster_key, "image/png")

    async def video(self, request: Request) -> Response:
        """GET /reels/{revision}/video.mp4."""
        row = await self._row(request)
        return await self._answer(request, row.video_key, "video/mp4")

    async def _row(self, request: Request) -> ReelRow:
        revision = request.path_params["revision"]
        row = None
        if _REVISION.fullmatch(revision):
            row = await self.reels.by_revision(revision)
        if row is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return row

    async def _answer(self, request: Request, key: str | None, media_type: str) -> Response:
        size = await self.store.size(key) if key else None
        if key is None or size is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        file = _File(key, size, media_type, f'"{request.path_params["revision"]}"')
        if file.etag in _ENTITY_TAG.findall(request.headers.get("if-none-match", "")):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=file.headers)
        if request.method == "HEAD" or size == 0:
            return Response(headers=file.headers | {"content-length": str(size)})
        try:
            return await self._content(file, _asked(request, file))
        except RangeUnsatisfiable:
            headers = file.headers | {"content-range": f"bytes */{size}"}
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)

    async def _content(self, file: _File, part: ByteRange | None) -> Response:
        span = part or ByteRange(0, file.size - 1)
        headers = file.headers | {"content-length": str(span.length)}
        if part:
            headers["content-range"] = f"bytes {span.first}-{span.last}/{file.size}"
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
        chunks = self.store.open_range(file.key, span.first, span.last)
        return await StoredContent.begun(chunks, status, headers)


class StoredContent(StreamingResponse):
    """Bytes on their way from the store; the way is closed also when the reader leaves."""

    def __init__(
        self, content: AsyncGenerator[bytes, None], status: int, headers: dict[str, str]
    ) -> None:
        super().__init__(content, status, headers)
        self._content = content

    @classmethod
    async def begun(
        cls, chunks: AsyncGenerator[bytes, None], status: int, headers: dict[str, str]
    ) -> Self:
        """Wait for the first bytes, so that a store that fails is an error and no cut-off 200."""
        first = await anext(chunks, b"")
        return cls(_continued(first, chunks), status, headers)

    async def stream_response(self, send: Send) -> None:
        """Send everything there is."""
        async with aclosing(self._content):
            await super().stream_response(send)


async def _continued(
    first: bytes, rest: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk


def _asked(request: Request, file: _File) -> ByteRange | None:
    """The range to send. If-Range names another version than ours: the whole file."""
    unless = request.headers.get("if-range")
    if unless is not None and unless != file.etag:
        return None
    return parse_range(request.headers.get("range"), file.size)
