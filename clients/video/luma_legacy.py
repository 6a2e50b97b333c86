"""Luma's older Dream Machine API: https://api.lumalabs.ai/dream-machine/v1.

Wire: the request and response types of lumaai 1.21.0, generated from Luma's OpenAPI file.
Of errors only `{"detail"}` is documented: no 5xx is known to mean that no job was made, and
the list of generations tells. DELETE "removes a generation"; that it stops one or gives money
back is nowhere said, so it is not used to cancel.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

from clients.transport import Answered, Door, bearer
from clients.video import Capabilities, JobState, JobStatus, Ordered
from clients.video.api import (
    LIST_SECONDS,
    OTHER_FAILURE,
    Api,
    Failure,
    Verdict,
    check_order,
    given_up,
    job_id_of,
    job_path,
    under_way,
    unreadable,
)
from clients.video.listing import Listed, matching, read_list
from clients.video.terms import ProviderTerms
from schemas.failures import FailureKind

SERVICE = "luma"
"""The same word as for the newer API: an account asks for Luma, a setting says which."""

DURATIONS = (5, 9)
ASPECTS = ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9", "9:21")

PAGE = 50

_STATES = {"queued": JobState.QUEUED, "dreaming": JobState.PROCESSING}

_MODERATION = ("moderat", "guideline", "policy")
"""Of its sentences, like "Advanced moderation failed" (ComfyUI-LumaAI-API issue 7)."""
_MODERATED = Failure(FailureKind.MODERATED, "moderation refused the words")


class LumaLegacy:
    """A VideoProvider that ListsJobs. Raises Refused for a model without a known price."""

    name = SERVICE

    def __init__(
        self, api_key: str, base_url: str, model: str, resolution: str, terms: ProviderTerms
    ) -> None:
        film = terms.film(SERVICE, model, resolution)
        self._api = Api(SERVICE, Door(SERVICE, base_url), bearer(SERVICE, api_key))
        self._model = model
        self._resolution = resolution
        self._refunded = terms.refunded
        self.capabilities = Capabilities(
            durations=DURATIONS,
            aspects=ASPECTS,
            prompt_limit=film.prompt_limit,
            audio=False,
            lists_jobs=True,
            cancels=False,
            url_seconds=terms.url_seconds,
            price_micros=film.prices(SERVICE, DURATIONS),
            model=film.words,
            extends=True,
            as_of=terms.as_of,
            list_lag_seconds=terms.list_lag_seconds,
        )

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:  # noqa: ARG002 - it takes no reference
        """Buy one job.

        Only 201 with an id is success. Raises as VideoProvider says; an order that can't be
        filmed is Refused before anything is sent.
        """
        check_order(SERVICE, self.capabilities, prompt=prompt, seconds=seconds, aspect=aspect)
        answer = await self._api.order(
            "/generations/video",
            {
                "generation_type": "video",
                "model": self._model,
                "prompt": prompt,
                "aspect_ratio": aspect,
                "duration": f"{seconds}s",
                "resolution": self._resolution,
                "loop": False,
            },
        )
        job_id = job_id_of(answer.document.get("id"))
        if answer.status == HTTPStatus.CREATED and job_id:
            return Ordered(job_id)
        raise self._api.not_submitted(answer, _verdict(answer))

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job."""
        answer = await self._api.ask("GET", f"/generations/{job_path(job_id)}")
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer)
        return read_generation(job_id, answer.document, self._refunded)

    async def find(self, *, prompt: str, seconds: int, since: datetime) -> Sequence[str]:
        """Read the whole list: its order is not documented, so that no page may be left out."""
        entries = await read_list(SERVICE, self._page, "0")
        return matching(SERVICE, entries, (prompt, seconds), since)

    async def check(self) -> str:
        """The money that the account has."""
        answer = await self._api.ask("GET", "/credits")
        cents = answer.document.get("credit_balance")
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer, "there is no such endpoint at the base URL")
        if not isinstance(cents, int | float):
            raise unreadable(SERVICE, "answered with something that is not a balance")
        return f"the account has {cents / 100:.2f} dollars"

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._api.door.aclose()

    async def _page(self, offset: str) -> tuple[list[Listed], str | None]:
        answer = await self._api.ask(
            "GET", "/generations", {"limit": str(PAGE), "offset": offset}, LIST_SECONDS
        )
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer, "there is no list at the base URL")
        generations = answer.document.get("generations")
        if not isinstance(generations, list):
            raise unreadable(SERVICE, "answered with something that is not a list of jobs")
        more = answer.document.get("has_more", bool(generations))
        following = str(int(offset) + len(generations)) if more else None
        return [_listed(generation) for generation in generations], following


def read_generation(
    job_id: str, document: Mapping[str, object], refunded: Collection[str]
) -> JobStatus:
    """Read a Generation. Raises Retryable when it is not one, or another job's.

    Failures have no codes, only a sentence: of it is read whether it speaks of moderation.
    """
    word = document.get("state")
    if document.get("id") != job_id or not isinstance(word, str):
        raise unreadable(SERVICE, "answered with something that is not this job")
    if word == "failed":
        code = "moderation" if _is_moderation(document.get("failure_reason")) else word
        failure = _MODERATED if code == "moderation" else OTHER_FAILURE
        return given_up(job_id, code, failure, charged=code not in refunded)
    if word == "completed":
        return JobStatus(job_id, JobState.COMPLETED, url=_video_url(document.get("assets")))
    return under_way(job_id, word, _STATES)


def _video_url(assets: object) -> str:
    url = assets.get("video") if isinstance(assets, dict) else None
    if isinstance(url, str) and url:
        return url
    raise unreadable(SERVICE, "says that the job is completed, and names no file")


def _listed(generation: object) -> Listed:
    if not isinstance(generation, dict):
        return Listed(None, None, None)
    request = generation.get("request")
    words = None
    if isinstance(request, dict):
        words = (request.get("prompt"), _seconds(request.get("duration")))
    return Listed(generation.get("id"), generation.get("created_at"), words)


def _seconds(duration: object) -> object:
    return next((seconds for seconds in DURATIONS if duration == f"{seconds}s"), None)


def _is_moderation(sentence: object) -> bool:
    return isinstance(sentence, str) and any(word in sentence.lower() for word in _MODERATION)


def _verdict(answer: Answered) -> Verdict | None:
    """A refusal whose sentence speaks of moderation; None leaves it to the table."""
    refused = answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    if refused and _is_moderation(answer.document.get("detail")):
        return _MODERATED.kind, _MODERATED.sentence
    return None
