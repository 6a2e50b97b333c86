"""Runway's API, text to video: https://api.dev.runwayml.com.

Wire: the request and response types of runwayml 5.24.0, generated from Runway's OpenAPI file.
HTTP errors and failure codes: docs.dev.runwayml.com, errors/errors and errors/task-failures.
There is no list of tasks: an order with an unknown outcome stays unknown. Jobs beyond what the
account may run at once are THROTTLED, not refused (usage/tiers there).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from math import ceil

from clients.errors import Refused
from clients.transport import Answered, Door, bearer
from clients.video import Capabilities, JobState, JobStatus, Ordered, PromptUnit
from clients.video.api import (
    DOWN,
    OTHER_FAILURE,
    REFUSALS,
    Api,
    Failure,
    Verdict,
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

SERVICE = "runway"

VERSION = "2024-11-06"
"""Sent as X-Runway-Version; an order without it is refused."""

MICROS_PER_CREDIT = 10_000
"""A credit is a cent (docs: guides/pricing)."""


@dataclass(frozen=True)
class _Model:
    """What a model takes, apart from its terms."""

    durations: tuple[int, ...]
    ratios: Mapping[str, str]
    """The model's own words for an aspect."""
    silent: bool = False
    """Whether it has to be told to make no sound, which would cost more and be replaced."""


_WIDE_OR_TALL = {"9:16": "720:1280", "16:9": "1280:720"}

_MODELS = {
    "gen4.5": _Model(tuple(range(2, 11)), _WIDE_OR_TALL),
    "veo3.1_fast": _Model((4, 6, 8), _WIDE_OR_TALL, silent=True),
    "seedance2_5": _Model(
        tuple(range(4, 31)),
        {**_WIDE_OR_TALL, "3:4": "834:1112", "1:1": "960:960", "4:3": "1112:834"},
        silent=True,
    ),
}

_STATES = {
    "PENDING": JobState.QUEUED,
    "THROTTLED": JobState.QUEUED,
    "RUNNING": JobState.PROCESSING,
}

_FAILURES = (
    ("SAFETY.", Failure(FailureKind.MODERATED, "moderation refused the words or the film")),
    (
        "INPUT_PREPROCESSING.SAFETY.",
        Failure(FailureKind.MODERATED, "moderation refused the words"),
    ),
    ("INTERNAL.BAD_OUTPUT.", Failure(FailureKind.JOB_FAILED, "the film was not good enough")),
    ("INPUT_PREPROCESSING.INTERNAL", Failure(FailureKind.JOB_FAILED, "the generation failed")),
    ("INTERNAL", Failure(FailureKind.JOB_FAILED, "the generation failed")),
    ("THIRD_PARTY.", Failure(FailureKind.JOB_FAILED, "the model's maker was not available")),
    ("ASSET.INVALID", Failure(FailureKind.BAD_REQUEST, "a file of the order is not valid")),
)
"""By the beginning of the code; the first that fits counts."""

_CANCELLED = Failure(FailureKind.JOB_FAILED, "the job was cancelled")

_NO_CREDIT: Verdict = (FailureKind.CREDIT_EXHAUSTED, "the account has no credit left")
_DAY_FULL: Verdict = (
    FailureKind.CREDIT_EXHAUSTED,
    "the account has had all generations of its 24 hours",
)


class Runway:
    """A VideoProvider. Raises Refused for a model whose price or ways are not known."""

    name = SERVICE

    def __init__(self, api_key: str, base_url: str, model: str, terms: ProviderTerms) -> None:
        film = terms.film(SERVICE, model)
        if model not in _MODELS:
            raise Refused(
                SERVICE,
                FailureKind.CONFIGURATION,
                f"what {model} takes is not known; known: {', '.join(_MODELS)}",
            )
        self._model = _MODELS[model]
        self._api = Api(
            SERVICE,
            Door(SERVICE, base_url),
            {**bearer(SERVICE, api_key), "x-runway-version": VERSION},
            {**REFUSALS, 502: DOWN, 503: DOWN},
        )
        self.capabilities = Capabilities(
            durations=self._model.durations,
            aspects=tuple(self._model.ratios),
            prompt_limit=film.prompt_limit,
            audio=False,
            lists_jobs=False,
            cancels=True,
            url_seconds=terms.url_seconds,
            price_micros=film.prices(SERVICE, self._model.durations),
            model=film.words,
            as_of=terms.as_of,
            prompt_unit=PromptUnit.UTF16,
        )

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:  # noqa: ARG002 - Runway takes no reference
        """Buy one job. The answer names what it may cost at most.

        Only 200 with an id is success. Raises as VideoProvider says; an order that Runway
        cannot film is Refused before anything is sent.
        """
        check_order(SERVICE, self.capabilities, prompt=prompt, seconds=seconds, aspect=aspect)
        document: dict[str, object] = {
            "model": self.capabilities.model,
            "promptText": prompt,
            "ratio": self._model.ratios[aspect],
            "duration": seconds,
        }
        if self._model.silent:
            document["audio"] = False
        answer = await self._api.order("/v1/text_to_video", document)
        job_id = job_id_of(answer.document.get("id"))
        if answer.status == HTTPStatus.OK and job_id:
            return Ordered(job_id, _micros(answer.document.get("estimatedCost")))
        raise self._api.not_submitted(answer, _verdict(answer))

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job. A look at a finished one gives fresh URLs, good for a day."""
        answer = await self._api.ask("GET", f"/v1/tasks/{job_path(job_id)}")
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer)
        return read_task(job_id, answer.document)

    async def cancel(self, job_id: str) -> bool:
        """Stop a job; one that has ended is deleted. Afterwards it can't be looked at.

        One that already ran is not refunded, and may even run on (runwayml 5.24.0,
        tasks.delete).
        """
        answer = await self._api.ask("DELETE", f"/v1/tasks/{job_path(job_id)}")
        if answer.status == HTTPStatus.NO_CONTENT:
            return True
        if answer.status == HTTPStatus.NOT_FOUND:
            return False
        raise self._api.not_read(answer)

    async def check(self) -> str:
        """The credits that the account has."""
        answer = await self._api.ask("GET", "/v1/organization")
        balance = answer.document.get("creditBalance")
        if answer.status != HTTPStatus.OK:
            raise self._api.not_read(answer, "there is no such endpoint at the base URL")
        if not isinstance(balance, int | float):
            raise unreadable(SERVICE, "answered with something that is not an account")
        return f"the account has {balance:g} credits"

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._api.door.aclose()


def read_task(job_id: str, document: Mapping[str, object]) -> JobStatus:
    """Read a task. Raises Retryable when it is not one, or another job's.

    A failed one costs what its `cost` says, a moderated one too.
    """
    word = document.get("status")
    if document.get("id") != job_id or not isinstance(word, str):
        raise unreadable(SERVICE, "answered with something that is not this job")
    cost = _micros(document.get("cost"))
    if word == "SUCCEEDED":
        url = _first_url(document.get("output"))
        return JobStatus(job_id, JobState.COMPLETED, url=url, cost_micros=cost)
    if word == "FAILED":
        code = code_word(document.get("failureCode"))
        failure = next((known for start, known in _FAILURES if code.startswith(start)), None)
        failure = failure or OTHER_FAILURE
        return given_up(job_id, code, failure, charged=cost != 0, cost_micros=cost)
    if word == "CANCELLED":
        return given_up(job_id, word, _CANCELLED, charged=cost != 0, cost_micros=cost)
    return under_way(job_id, word, _STATES)


def _micros(cost: object) -> int | None:
    """Micro-dollars of `{"credits": n}`, rounded up; None for anything else."""
    amount = cost.get("credits") if isinstance(cost, dict) else None
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    exact = Decimal(str(amount)) * MICROS_PER_CREDIT
    if not exact.is_finite() or not 0 <= exact <= _MOST_MICROS:
        return None
    return ceil(exact)


_MOST_MICROS = 10_000_000_000
"""Ten thousand dollars: no film costs that, so that it is not a cost."""


def _first_url(output: object) -> str:
    if isinstance(output, list) and output and isinstance(output[0], str) and output[0]:
        return output[0]
    raise unreadable(SERVICE, "says that the job is completed, and names no file")


def _verdict(answer: Answered) -> Verdict | None:
    """What Runway says in its own way; None leaves it to the table.

    400 with these words is an empty account (runwayml/sdk-node issue 28). There is no limit a
    minute: 429 is the limit of a day (docs: usage/tiers), unless it names when to come back.
    """
    said = answer.document.get("error")
    if answer.status == HTTPStatus.BAD_REQUEST and "enough credits" in str(said):
        return _NO_CREDIT
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and answer.retry_after is None:
        return _DAY_FULL
    return None
