"""Fetches finished videos from addresses that a provider names."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from clients.errors import Refused, Retryable
from clients.part_file import PartFile, disk_errors
from clients.public_address import Forbidden, Gate, Resolve, Target, resolve_name
from clients.transport import Answered, not_reached, open_client
from schemas.failures import FailureKind

SERVICE = "download"

FETCH_SECONDS = 115.0
"""Below the 120 seconds that the SLA table gives the step, so that we say what happened."""

TIMEOUT = httpx.Timeout(30.0, connect=10.0)

REDIRECTS = 3

CONTINUATIONS = 3
"""Times that a transfer that was cut goes on where it stopped, if it had come any further."""

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_MOVED = frozenset({301, 302, 303, 307, 308})
_VIDEO_TYPES = ("video/", "application/mp4", "application/octet-stream", "binary/octet-stream")
_READABLE = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})

Progress = Callable[[int, int | None], None]
"""Told the bytes so far and the bytes in all, None when the remote does not say."""


@dataclass(frozen=True)
class Downloaded:
    """A whole file."""

    bytes: int
    sha256: str


class _Cut(Exception):
    """The transfer ended before the file did."""


class Downloader:
    """Fetches videos over https from the open internet, and from trusted origins.

    `trusted_origins` are the providers' base URLs as the operator configured them: their
    scheme, host and port may be plain http and loopback. There is no list of allowed hosts,
    since providers don't document theirs. No credentials, cookies or proxies are ever used.
    """

    def __init__(
        self,
        *trusted_origins: str,
        resolve: Resolve = resolve_name,
        client: httpx.AsyncClient | None = None,
        timeout_seconds: float = FETCH_SECONDS,
    ) -> None:
        self._gate = Gate(tuple(map(httpx.URL, trusted_origins)), resolve)
        self._client = client or open_client()
        self._seconds = timeout_seconds

    async def fetch(
        self, url: str, into: Path, *, limit_bytes: int, progress: Progress
    ) -> Downloaded:
        """Fetch an MP4 into `into`, by way of `into` with `.part` after it.

        Again: goes on where the `.part` of an earlier try ends, so give one file one folder.
        Raises Retryable (expired address, cut, full disk: ask for a fresh address first) or
        Refused with BAD_MEDIA (forbidden address, not an MP4, larger than `limit_bytes`).
        """
        address = _address(url)
        with disk_errors(SERVICE):
            part = await asyncio.to_thread(PartFile, into)
            try:
                async with asyncio.timeout(self._seconds):
                    await self._fill(address, _Wanted(part, limit_bytes, progress))
                _check_kind(part, whole=True)
                await asyncio.to_thread(part.finish)
            except Refused:
                part.discard()
                raise
            except TimeoutError:
                raise _again("did not finish in time") from None
            finally:
                part.close()
        return Downloaded(part.size, part.sha256)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._client.aclose()

    async def _fill(self, url: httpx.URL, wanted: "_Wanted") -> None:
        for _ in range(CONTINUATIONS + 1):
            before = wanted.part.size
            try:
                async with self._answer(url, wanted) as response:
                    await _receive(response, wanted)
            except (_Cut, httpx.RequestError):
                if wanted.part.size <= before:
                    break
            else:
                return
        raise _again("broke off before the file was complete")

    @asynccontextmanager
    async def _answer(self, url: httpx.URL, wanted: "_Wanted") -> AsyncIterator[httpx.Response]:
        for _ in range(REDIRECTS + 1):
            response = await self._open(url, wanted)
            try:
                if response.status_code not in _MOVED:
                    yield response
                    return
                url = url.join(_address(response.headers.get("location", "")))
            finally:
                await response.aclose()
        raise _bad("its address redirects too often")

    async def _open(self, url: httpx.URL, wanted: "_Wanted") -> httpx.Response:
        try:
            targets = await self._gate.targets(url)
        except Forbidden as error:
            raise _bad(str(error)) from None
        except OSError as error:
            raise not_reached(SERVICE, error) from None
        failure: httpx.TransportError | None = None
        for target in targets:
            try:
                return await self._client.send(self._request(target, wanted), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise not_reached(SERVICE, failure or OSError()) from None

    def _request(self, target: Target, wanted: "_Wanted") -> httpx.Request:
        extensions = {"sni_hostname": target.server_name} if target.server_name else {}
        return self._client.build_request(
            "GET",
            target.url,
            headers={"host": target.host, **wanted.range_headers},
            extensions={**extensions, "timeout": TIMEOUT.as_dict()},
        )


@dataclass
class _Wanted:
    """One file on its way, over as many answers as it takes."""

    part: PartFile
    limit_bytes: int
    progress: Progress
    etag: str | None = None

    @property
    def range_headers(self) -> dict[str, str]:
        """Ask for the rest, and for all of it if the file has become another."""
        if not self.part.size:
            return {}
        headers = {"range": f"bytes={self.part.size}-"}
        return {**headers, "if-range": self.etag} if self.etag else headers


async def _receive(response: httpx.Response, wanted: _Wanted) -> None:
    """Append what an answer brings. Raises _Cut when the file is not complete after it."""
    part = wanted.part
    total = _begin(response, wanted)
    if total is not None and total > wanted.limit_bytes:
        raise _bad(f"the file is larger than {wanted.limit_bytes} bytes")
    wanted.progress(part.size, total)
    if part.size == total:
        return
    async for chunk in response.aiter_raw():
        part.write(chunk)
        if part.size > wanted.limit_bytes:
            raise _bad(f"the file is larger than {wanted.limit_bytes} bytes")
        _check_kind(part, whole=False)
        wanted.progress(part.size, total)
    if total is not None and part.size != total:
        raise _Cut


def _begin(response: httpx.Response, wanted: _Wanted) -> int | None:
    """Judge the head of an answer; the bytes of the whole file, None when it does not say."""
    part, headers = wanted.part, response.headers
    start, total = _content_range(headers.get("content-range", ""))
    if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        if headers.get("content-range", "").strip() == f"bytes */{part.size}":
            return part.size
        part.restart()
        raise _again("the file has become another one")
    if response.status_code not in _READABLE:
        raise _unanswered(response)
    kind = headers.get("content-type", "").strip().lower()
    if kind and not kind.startswith(_VIDEO_TYPES):
        raise _bad("the answer is not a video but another kind of document")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _bad("the answer is packed, which was not asked for")
    etag = headers.get("etag", "")
    wanted.etag = etag if etag.startswith('"') else None
    if start is not None and start == part.size:
        # Some servers answer a range rightly, but with 200.
        return total
    part.restart()
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        raise _again("another part of the file came than was asked for")
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) <= 15 else None  # noqa: PLR2004


def _address(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise _bad("its address cannot be read") from None


def _content_range(value: str) -> tuple[int | None, int | None]:
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        return None, None
    total = None if match[3] == "*" else int(match[3])
    return int(match[1]), total


def _check_kind(part: PartFile, *, whole: bool) -> None:
    """Refuse what does not begin like an MP4 or MOV: a `ftyp` box (ISO 14496-12)."""
    if part.head[4:8] != b"ftyp" and (whole or len(part.head) >= 8):  # noqa: PLR2004
        raise _bad("the file is not an MP4")


def _unanswered(response: httpx.Response) -> Retryable:
    answer = Answered(response.status_code, response.headers, b"")
    return Retryable(
        SERVICE,
        FailureKind.UNAVAILABLE,
        f"answered {answer.status}: the address has expired or does not work",
        retry_after=answer.retry_after,
    )


def _again(sentence: str) -> Retryable:
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence)


def _bad(sentence: str) -> Refused:
    return Refused(SERVICE, FailureKind.BAD_MEDIA, f"{sentence}; it was not kept")
