"""The one HTTP door: no retries, no redirects, no proxies, no cookies, a deadline on every call."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from schemas.failures import FailureKind

ANSWER_LIMIT = 1024 * 1024
"""Bytes that are read of an API's answer; none of ours comes near it."""

LONGEST_WAIT = 24 * 3600.0
"""Seconds. A remote that asks for more is asked again after a day."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NO_ADDRESS = (httpx.UnsupportedProtocol, httpx.InvalidURL)


@dataclass(frozen=True)
class Call:
    """One request, with everything that may differ between two of them."""

    method: str
    path: str
    seconds: float
    """Deadline for the whole of it, from the look-up of the name to the last byte."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] | None = None
    """Stands in URLs and so in other people's logs: never a secret."""
    secret_query: Mapping[str, str] | None = field(default=None, repr=False)
    """More of the query, for endpoints that take a secret nowhere else. No URL is logged here."""
    form: Mapping[str, str] | None = field(default=None, repr=False)
    document: Mapping[str, object] | None = None
    content: AsyncIterator[bytes] | None = field(default=None, repr=False)
    """A body that is sent as it comes; its content-length belongs to the headers."""
    silence: float | None = None
    """The longest wait for one read or write; None is `seconds`."""
    unrepeatable: bool = False
    """Sending it twice would buy or publish twice."""


@dataclass(frozen=True)
class Answered:
    """What a remote answered, whatever the status."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def document(self) -> dict[str, object]:
        """The JSON object in the body; empty when there is none that can be read."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """Seconds that the remote asks to wait, None when it does not say."""
        return retry_after_seconds(self.headers.get("retry-after"), datetime.now(UTC))


class Door:
    """One remote over HTTP.

    Connections are not kept: a paid request on one that the remote is just closing would
    be lost half-way and its outcome unknown, to save some milliseconds.
    """

    def __init__(self, service: str, base_url: str) -> None:
        self._service = service
        self._base_url = base_url.rstrip("/")
        self._client = open_client()

    async def send(self, call: Call) -> Answered:
        """Send once and return the answer, whatever its status.

        Raises Retryable when the remote was not reached, or when the answer to a repeatable
        call was lost; OutcomeUnknown when the answer to an unrepeatable one was lost;
        Refused with CONFIGURATION when the base URL is not an address.
        """
        try:
            async with asyncio.timeout(call.seconds):
                return await self._exchange(call)
        except _NO_ADDRESS:
            raise no_address(self._service) from None
        except _NEVER_SENT as error:
            raise not_reached(self._service, error) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise _lost(self._service, error, unrepeatable=call.unrepeatable) from None

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._client.aclose()

    async def _exchange(self, call: Call) -> Answered:
        request = self._client.build_request(
            call.method,
            self._base_url + call.path,
            headers=call.headers,
            params={**(call.query or {}), **(call.secret_query or {})} or None,
            data=call.form,
            json=call.document,
            content=call.content,
            timeout=httpx.Timeout(call.silence or call.seconds, connect=call.seconds / 2),
        )
        response = await self._client.send(request, stream=True)
        try:
            body = await _bounded(response)
        finally:
            await response.aclose()
        return Answered(response.status_code, response.headers, body)


def open_client() -> httpx.AsyncClient:
    """An HTTP client that does what it is told once: see the head of this module."""
    return httpx.AsyncClient(
        verify=_certificates(),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": "reels", "accept-encoding": "identity"},
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def bearer(service: str, token: str) -> dict[str, str]:
    """The Authorization header of most. Raises as `authorization` does."""
    return authorization(service, "Bearer", token)


def authorization(service: str, scheme: str, token: str) -> dict[str, str]:
    """The Authorization header. Raises Refused for what cannot be a token, without showing it."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(
            service,
            FailureKind.AUTHENTICATION,
            "the key or token that is set is empty or has characters that no token has",
        )
    return {"authorization": f"{scheme} {token}"}


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or HTTP date (RFC 9110, 10.2.3), in seconds from `now`.

    None when there is none or it says neither; never negative, at most LONGEST_WAIT.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # Digits beyond those of the limit need no reading, and int() refuses thousands of them.
        return min(float(text.lstrip("0")[:12] or "0"), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
        moment = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def not_reached(service: str, error: BaseException) -> Retryable:
    """The error for a request that certainly never left."""
    return Retryable(
        service, FailureKind.UNAVAILABLE, f"could not be reached: {_why(error)}; nothing was sent"
    )


def no_address(service: str) -> Refused:
    """The error for a base URL that leads nowhere."""
    return Refused(
        service,
        FailureKind.CONFIGURATION,
        "its base URL is not an http or https address; nothing was sent",
    )


def _lost(service: str, error: Exception, *, unrepeatable: bool) -> ClientError:
    late = isinstance(error, httpx.TimeoutException | TimeoutError)
    what = "did not answer in time" if late else "broke off before its answer was complete"
    if unrepeatable:
        return OutcomeUnknown(service, f"{what}; the request may have taken effect")
    return Retryable(service, FailureKind.UNAVAILABLE, what)


def _why(error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return "its TLS certificate or protocol was not accepted"
        if isinstance(cause, socket.gaierror):
            return "its name could not be resolved"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens at its address"
    return "no connection came about in time"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or current in seen:
            continue
        seen.append(current)
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend([current.__context__, current.__cause__])


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise httpx.ReadError("the answer does not end", request=response.request)
    return bytes(body)
