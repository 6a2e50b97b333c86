"""Luma's Agents API, video part: https://agents.lumalabs.ai/v1.

Wire: the request and response types of luma-agents 0.5.0, generated from Luma's OpenAPI file.
Error codes: Luma's own skill page and two adapters that agree with it. There is no list, and
nothing cancels: an order with an unknown outcome stays unknown.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from clients.errors import Refused
from clients.transport import Door, bearer
from clients.video import Capabilities, JobState, JobStatus, Ordered
from clients.video.api import (
    DOWN,
    OTHER_FAILURE,
    REFUSALS,
    Api,
    Failure,
    check_order,
    code_word,
    given_up,
    job_id_of,
    job_path,
    under_way,
    unreadable,
)
from clients.video.terms import ProviderTerms
from schemas.failures import FailureKind

SERVICE = "luma"

DURATIONS = (5, 10)
ASPECTS = ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9")

_STATES = {"queued": JobState.QUEUED, "processing": JobState.PROCESSING}

_FAILURES = {
    "content_moderated": Failure(FailureKind.MODERATED, "moderation refused the words"),
    "generation_failed": Failure(FailureKind.JOB_FAILED, "the generation failed"),
    "output_not_found": Failure(FailureKind.JOB_FAILED, "the finished file was lost"),
    "rate_limited": Failure(FailureKind.JOB_FAILED, "the job was given up in a crowd of others"),
    "budget_exhausted": Failure(FailureKind.CREDIT_EXHAUSTED, "the account's credit ran out"),
    "invalid_request": Failure(FailureKind.BAD_REQUEST, "the order was not valid"),
    "image_too_large": Failure(FailureKind.BAD_REQUEST, "an image of the order is too large"),
    "unsupported_format": Failure(FailureKind.BAD_REQUEST, "an image has an unknown format"),
    "corrupt_input": Failure(FailureKind.BAD_REQUEST, "an image of the order is damaged"),
}


class Luma:
    """A VideoProvider. Raises Refused for a model and resolution whose price is not known."""

    name = SERVICE

    def __init__(
        self, api_key: str, base_url: str, model: str, resolution: str, terms: ProviderTerms
    ) -> None:
        film = terms.film(SERVICE, model, resolution)
        self._api = Api(
            SERVICE,
            Door(SERVICE, base_url),
            bearer(SERVICE, api_key),
            {**REFUSALS, 502: DOWN, 503: DOWN},
        )
        self._model = model
        self._resolution = resolution
        self._refunded = terms.refunded
        self.capabilities = Capabilities(
            durations=DURATIONS,
            aspects=ASPECTS,
            prompt_limit=film.prompt_limit,
            audio=False,
            lists_jobs=False,
            cancels=False,
            url_seconds=terms.url_seconds,
            price_micros=film.prices(SERVICE, DURATIONS),
            model=film.words,
            extends=True,
            as_of=terms.as_of,
        )

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:
        """Buy one job; `reference` travels as X-Request-Id, for tracing.

        Only 201 with an id is success. Raises as VideoProvider says; an order that Luma
        cannot film is Refused before anything is sent.
        """
        check_order(SERVICE, self.capabilities, prompt=prompt, seconds=seconds, aspect=aspect)
        answer = await self._api.order(
            "/generations",
            {
                "model": self._model,
                "type": "video",
                "prompt": prompt,
                "aspect_ratio": aspect,
                "video": {
                    "duration": f"{seconds}s",
                    "resolution": self._resolution,
                    "loop": False,
                },
            },
            {"x-request-id": quote(reference, safe="/:-_.")},
        )
        job_id = job_id_of(answer.document.get("id"))
        if answer.status == HTTPStatus.CREATED and job_id:
            return Ordered(job_id)
        raise self._api.not_submitted(answer)

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job. Every look at a finished one gives a fresh URL, good for an hour."""
        answer = await self._api.ask("GET", f"/generations/{job_path(job_id)}")
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer)
        return read_job(job_id, answer.document, self._refunded)

    async def check(self) -> str:
        """Whether the key is taken: a job that can't be there is looked for, which is free."""
        try:
            await self.status(str(UUID(int=0)))
        except Refused as error:
            if error.kind is not FailureKind.NOT_FOUND:
                raise
        return "the key is accepted"

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._api.door.aclose()


def read_job(job_id: str, document: Mapping[str, object], refunded: Collection[str]) -> JobStatus:
    """Read a Generation. Raises Retryable when it is not one, or another job's.

    `refunded` are the failure codes that cost nothing; of others nothing is said, so that
    their money counts as spent.
    """
    word = document.get("state")
    if document.get("id") != job_id or not isinstance(word, str):
        raise unreadable(SERVICE, "answered with something that is not this job")
    if word == "failed":
        code = code_word(document.get("failure_code"))
        failure = _FAILURES.get(code, OTHER_FAILURE)
        return given_up(job_id, code, failure, charged=code not in refunded)
    if word == "completed":
        return JobStatus(job_id, JobState.COMPLETED, url=_video_url(document.get("output")))
    return under_way(job_id, word, _STATES)


def _video_url(output: object) -> str:
    for item in output if isinstance(output, list) else []:
        if isinstance(item, dict) and item.get("type") == "video":
            url = item.get("url")
            if isinstance(url, str) and url:
                return url
    raise unreadable(SERVICE, "says that the job is completed, and names no file")
