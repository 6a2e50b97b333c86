"""Pika 2.2 through fal's queue: https://queue.fal.run, and https://api.fal.ai/v1 for its list.

Wire: docs.fal.ai, Queue API, Model Errors, Request Error Types, and List Requests By Endpoint;
fal-client 1.0.3. fal names the addresses of a job; only their paths are believed, and only of
the form that is known, so that the key never goes to another host than the configured one.
The queue would try a failed job again up to ten times: `x-fal-no-retry` turns that off.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from urllib.parse import urlsplit

from clients.errors import Refused
from clients.transport import Answered, Door, authorization
from clients.video import Capabilities, JobState, JobStatus, Ordered
from clients.video.api import LIST_SECONDS, REFUSALS, Api, check_order, under_way, unreadable
from clients.video.listing import SKEW, Listed, matching, read_list
from clients.video.pika_errors import failed_result, refused_order
from clients.video.terms import ProviderTerms
from schemas.failures import FailureKind

SERVICE = "pika"
MODEL = "pika-2.2"

ENDPOINT = "fal-ai/pika/v2.2/text-to-video"
APP = "fal-ai/pika"
"""What jobs stand under: their addresses drop the rest of the endpoint."""

DURATIONS = (5, 10)
ASPECTS = ("9:16", "2:3", "4:5", "1:1", "5:4", "3:2", "16:9")

PAGE = 25

_REQUEST = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_JOB = re.compile(rf"{re.escape(APP)}(?:/[a-z0-9][a-z0-9.-]*)*/requests/{_REQUEST.pattern}")

_ACCEPTED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
_READ = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED})
"""The queue's page says 202 until a job is completed, the one of the endpoint always 200."""

_STATES = {"IN_QUEUE": JobState.QUEUED, "IN_PROGRESS": JobState.PROCESSING}


class Pika:
    """A VideoProvider that ListsJobs and CancelsJobs.

    Raises Refused for a resolution whose price is not known.
    """

    name = SERVICE

    def __init__(
        self, key: str, base_url: str, api_base_url: str, resolution: str, terms: ProviderTerms
    ) -> None:
        film = terms.film(SERVICE, MODEL, resolution)
        headers = authorization(SERVICE, "Key", key)
        self._queue = Api(SERVICE, Door(SERVICE, base_url), headers, REFUSALS)
        self._lists = Api(SERVICE, Door(SERVICE, api_base_url), headers)
        self._base_path = urlsplit(base_url).path.rstrip("/")
        self._resolution = resolution
        self._refunded = terms.refunded
        self.capabilities = Capabilities(
            durations=DURATIONS,
            aspects=ASPECTS,
            prompt_limit=film.prompt_limit,
            audio=False,
            lists_jobs=True,
            cancels=True,
            url_seconds=terms.url_seconds,
            price_micros=film.prices(SERVICE, DURATIONS),
            model=film.words,
            as_of=terms.as_of,
            list_lag_seconds=terms.list_lag_seconds,
        )

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:  # noqa: ARG002 - fal takes no reference
        """Buy one job. The id is the path under which the queue has it.

        Raises as VideoProvider says; an order that Pika cannot film is Refused before anything
        is sent.
        """
        check_order(SERVICE, self.capabilities, prompt=prompt, seconds=seconds, aspect=aspect)
        answer = await self._queue.order(
            f"/{ENDPOINT}",
            {
                "prompt": prompt,
                "aspect_ratio": aspect,
                "resolution": self._resolution,
                # A number: fal's own page shows one, its JavaScript types a string.
                "duration": seconds,
            },
            {"x-fal-no-retry": "1"},
        )
        job_id = self._job_id(answer.document) if answer.status in _ACCEPTED else None
        if job_id:
            return Ordered(job_id)
        raise self._queue.not_submitted(answer, refused_order(answer))

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job; at its result too, once it is completed, which may be a failure."""
        path = _path(job_id)
        answer = await self._queue.ask("GET", f"{path}/status", {"logs": "0"})
        word = answer.document.get("status")
        if answer.status not in _READ:
            raise self._queue.not_read(answer)
        if not isinstance(word, str):
            raise unreadable(SERVICE, "answered with something that is not this job")
        if word != "COMPLETED":
            return under_way(job_id, word, _STATES)
        return self._ended(job_id, answer, await self._queue.ask("GET", path))

    async def find(self, *, prompt: str, seconds: int, since: datetime) -> Sequence[str]:
        """Read the list of the endpoint's requests, with what was asked in each.

        A request that has not ended may be missing: `capabilities.list_lag_seconds`.
        """

        async def page(cursor: str) -> tuple[list[Listed], str | None]:
            return await self._page(cursor, since)

        entries = await read_list(SERVICE, page, "")
        found = matching(SERVICE, entries, (prompt, seconds), since)
        return tuple(f"{APP}/requests/{request}" for request in found)

    async def cancel(self, job_id: str) -> bool:
        """Stop a job that is still queued; False for one that has ended or is not there."""
        answer = await self._queue.ask("PUT", f"{_path(job_id)}/cancel")
        if answer.status in _READ:
            return True
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            return False
        raise self._queue.not_read(answer)

    async def check(self) -> str:
        """Whether the key is taken, and may read the list that an unknown order is sought in."""
        await self._page("", datetime.now(UTC))
        return "the key is accepted, and may list requests"

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._queue.door.aclose()
        await self._lists.door.aclose()

    def _job_id(self, document: Mapping[str, object]) -> str | None:
        """Where a job is: the path that the queue names, else the one that its client builds."""
        url, request = document.get("status_url"), document.get("request_id")
        if isinstance(url, str) and url.isascii():
            path = urlsplit(url).path.removesuffix("/status")
            job_id = path.removeprefix(f"{self._base_path}/").removeprefix("/")
            if _JOB.fullmatch(job_id):
                return job_id
        if isinstance(request, str) and _REQUEST.fullmatch(request):
            return f"{APP}/requests/{request}"
        return None

    def _ended(self, job_id: str, status: Answered, result: Answered) -> JobStatus:
        if result.status == HTTPStatus.OK:
            return JobStatus(job_id, JobState.COMPLETED, url=_video_url(result.document))
        failed = failed_result(job_id, status, result, self._refunded)
        if failed is not None:
            return failed
        raise self._queue.not_read(result, "the result is no longer kept")

    async def _page(self, cursor: str, since: datetime) -> tuple[list[Listed], str | None]:
        query = {
            "endpoint_id": ENDPOINT,
            "start": (since - SKEW).isoformat(),
            "expand": "payloads",
            "limit": str(PAGE),
        }
        answer = await self._lists.ask(
            "GET",
            "/models/requests/by-endpoint",
            {**query, "cursor": cursor} if cursor else query,
            LIST_SECONDS,
        )
        if answer.status != HTTPStatus.OK:
            raise self._lists.not_read(answer, "there is no list at the API's base URL")
        items, more = answer.document.get("items"), answer.document.get("next_cursor")
        if not isinstance(items, list) or not isinstance(more, str | None):
            raise unreadable(SERVICE, "answered with something that is not a list of jobs")
        if answer.document.get("has_more") and not more:
            raise unreadable(SERVICE, "its list of jobs has no next page, and says it has")
        return [_listed(item) for item in items], more or None


def _path(job_id: str) -> str:
    """Raises Refused with NOT_FOUND for what is no id of ours: it would lead elsewhere."""
    if not _JOB.fullmatch(job_id):
        raise Refused(SERVICE, FailureKind.NOT_FOUND, "there is no such job: its id is not fal's")
    return f"/{job_id}"


def _video_url(document: Mapping[str, object]) -> str:
    video = document.get("video")
    url = video.get("url") if isinstance(video, dict) else None
    if isinstance(url, str) and url:
        return url
    raise unreadable(SERVICE, "says that the job is completed, and names no file")


def _listed(item: object) -> Listed:
    if not isinstance(item, dict):
        return Listed(None, None, None)
    asked = item.get("json_input")
    words = None
    if isinstance(asked, dict):
        words = (asked.get("prompt"), _seconds(asked.get("duration")))
    return Listed(item.get("request_id"), item.get("sent_at"), words)


def _seconds(duration: object) -> object:
    """The seconds that were asked for, whether the list has them as a number or as its text."""
    try:
        seconds = Decimal(str(duration))
    except InvalidOperation:
        return None
    return seconds if seconds.is_finite() else None
