"""Luma's Agents API, video part, over plain HTTP.

Not through the `luma-agents` package: by default it posts a paid request three times on
5xx, 429 and timeouts, and it ignores a Retry-After above a minute (0.5.0, measured).
Wire: the request and response types of that package, generated from Luma's OpenAPI file.
Error codes, refunds and prices: Luma's own skill page and two adapters that agree with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.transport import Answered, Call, Door, bearer
from clients.video import Capabilities, JobState, JobStatus, Ordered
from schemas.failures import FailureKind

SERVICE = "luma"

PRICES_AS_OF = date(2026, 11, 22)

PRICES: Mapping[tuple[str, str], Mapping[int, int]] = MappingProxyType(
    {
        ("ray-3.2", "360p"): {5: 60_000, 10: 180_000},
        ("ray-3.2", "540p"): {5: 150_000, 10: 450_000},
        ("ray-3.2", "720p"): {5: 300_000, 10: 900_000},
        ("ray-3.2", "1080p"): {5: 1_200_000, 10: 3_600_000},
    }
)
"""Micro-dollars for a job of so many seconds, by model and resolution."""

SUBMIT_SECONDS = 8.0
"""Below the ten seconds that the SLA table gives the step, so that we say what happened."""

STATUS_SECONDS = 5.0


@dataclass(frozen=True)
class _Failure:
    """What a `failure_code` means for us."""

    kind: FailureKind
    sentence: str
    charged: bool = True
    """Luma refunds three codes; of the others nothing is said, so the money counts as spent."""


_FAILURES = {
    "content_moderated": _Failure(
        FailureKind.MODERATED, "moderation refused the words", charged=False
    ),
    "generation_failed": _Failure(FailureKind.JOB_FAILED, "the generation failed", charged=False),
    "output_not_found": _Failure(
        FailureKind.JOB_FAILED, "the finished file was lost", charged=False
    ),
    "rate_limited": _Failure(FailureKind.JOB_FAILED, "the job was given up in a crowd of others"),
    "budget_exhausted": _Failure(FailureKind.CREDIT_EXHAUSTED, "the account's credit ran out"),
    "invalid_request": _Failure(FailureKind.BAD_REQUEST, "the order was not valid"),
    "image_too_large": _Failure(FailureKind.BAD_REQUEST, "an image of the order is too large"),
    "unsupported_format": _Failure(FailureKind.BAD_REQUEST, "an image has an unknown format"),
    "corrupt_input": _Failure(FailureKind.BAD_REQUEST, "an image of the order is damaged"),
}
_OTHER_FAILURE = _Failure(FailureKind.JOB_FAILED, "the job failed for a reason of its own")

_CODE_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")

_STATES = {
    "queued": JobState.QUEUED,
    "processing": JobState.PROCESSING,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
}

_NOT_ACCEPTED: Mapping[int, tuple[FailureKind, str]] = {
    400: (FailureKind.BAD_REQUEST, "the order was not valid"),
    401: (FailureKind.AUTHENTICATION, "the API key was not accepted"),
    402: (FailureKind.CREDIT_EXHAUSTED, "the account has no credit left"),
    403: (FailureKind.AUTHENTICATION, "the API key may not do this"),
    404: (FailureKind.CONFIGURATION, "there is no such endpoint at the base URL"),
    405: (FailureKind.CONFIGURATION, "there is no such endpoint at the base URL"),
    413: (FailureKind.BAD_REQUEST, "the order is too large"),
    422: (FailureKind.BAD_REQUEST, "the order was not valid"),
    429: (FailureKind.RATE_LIMITED, "too many requests or jobs at once"),
    502: (FailureKind.UNAVAILABLE, "the service is down"),
    503: (FailureKind.UNAVAILABLE, "the service is down"),
}
"""Answers to a submission that say for certain that no job was made."""

_LOOK_FAILS_FOR_GOOD = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""All other answers to a look leave the job alone: it is paid for, and may be read later."""

_TRANSIENT = frozenset({FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED})


class Luma:
    """A VideoProvider. Raises Refused for a model and resolution whose price is not known."""

    name = SERVICE

    def __init__(self, api_key: str, base_url: str, model: str, resolution: str) -> None:
        prices = PRICES.get((model, resolution))
        if prices is None:
            raise Refused(
                SERVICE,
                FailureKind.CONFIGURATION,
                f"no price is known for {model} at {resolution}; known: "
                + ", ".join(" at ".join(known) for known in PRICES),
            )
        self._door = Door(SERVICE, base_url)
        self._headers = bearer(SERVICE, api_key)
        self._model = model
        self._resolution = resolution
        self.capabilities = Capabilities(
            durations=tuple(sorted(prices)),
            aspects=("9:16", "3:4", "1:1", "4:3", "16:9", "21:9"),
            prompt_limit=6000,
            audio=False,
            lists_jobs=False,
            cancels=False,
            url_seconds=3600,
            price_micros=dict(prices),
            model=f"{model} {resolution}",
        )

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:
        """Buy one job; `reference` travels as X-Request-Id, for tracing.

        Only 201 with an id is success. Raises as VideoProvider says; an order that Luma
        cannot film is Refused before anything is sent.
        """
        self._check(prompt, seconds, aspect)
        answer = await self._door.send(
            Call(
                "POST",
                "/generations",
                SUBMIT_SECONDS,
                headers={**self._headers, "x-request-id": quote(reference, safe="/:-_.")},
                document={
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
                unrepeatable=True,
            )
        )
        job_id = answer.document.get("id")
        if answer.status == HTTPStatus.CREATED and isinstance(job_id, str) and job_id:
            return Ordered(job_id)
        raise _not_submitted(answer)

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job. Every look at a finished one gives a fresh URL, good for an hour."""
        answer = await self._door.send(
            Call(
                "GET",
                f"/generations/{quote(job_id, safe='')}",
                STATUS_SECONDS,
                headers=self._headers,
            )
        )
        if answer.status != HTTPStatus.OK:
            raise _not_read(answer)
        return read_job(job_id, answer.document)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    def _check(self, prompt: str, seconds: int, aspect: str) -> None:
        can = self.capabilities
        broken = {
            f"a prompt has 1 to {can.prompt_limit} characters, not {len(prompt)}": not (
                0 < len(prompt) <= can.prompt_limit
            ),
            f"a job lasts {can.durations} seconds, not {seconds}": seconds not in can.durations,
            f"an aspect is one of {', '.join(can.aspects)}, not {aspect}": aspect
            not in can.aspects,
        }
        for sentence, is_broken in broken.items():
            if is_broken:
                raise Refused(SERVICE, FailureKind.BAD_REQUEST, f"{sentence}; nothing was sent")


def read_job(job_id: str, document: Mapping[str, object]) -> JobStatus:
    """Read a Generation. Raises Retryable when it is not one, or another job's.

    A state that we don't know counts as still processing: a paid job is not given up for
    a word that is new to us.
    """
    word = document.get("state")
    if document.get("id") != job_id or not isinstance(word, str):
        raise _unreadable("answered with something that is not this job")
    state = _STATES.get(word)
    if state is None:
        return JobStatus(job_id, JobState.PROCESSING, reason=f"unknown state {_word(word)}")
    if state is JobState.FAILED:
        return _failed(job_id, document.get("failure_code"))
    if state is JobState.COMPLETED:
        return JobStatus(job_id, state, url=_video_url(document.get("output")))
    return JobStatus(job_id, state)


def _failed(job_id: str, code: object) -> JobStatus:
    word = _word(code) if isinstance(code, str) else "no code"
    failure = _FAILURES.get(word, _OTHER_FAILURE)
    return JobStatus(
        job_id,
        JobState.FAILED,
        failure=failure.kind,
        reason=f"{failure.sentence} ({word})",
        charged=failure.charged,
    )


def _video_url(output: object) -> str:
    for item in output if isinstance(output, list) else []:
        if isinstance(item, dict) and item.get("type") == "video":
            url = item.get("url")
            if isinstance(url, str) and url:
                return url
    raise _unreadable("says that the job is completed, and names no file")


def _word(text: str) -> str:
    """A provider's code word, safe to show: never a sentence of its own."""
    return text if _CODE_WORD.fullmatch(text) else "not a word"


def _unreadable(sentence: str) -> Retryable:
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence)


def _not_submitted(answer: Answered) -> ClientError:
    known = _NOT_ACCEPTED.get(answer.status)
    if known is None:
        return OutcomeUnknown(
            SERVICE,
            f"answered {answer.status} to an order, which does not say whether a job was made",
            request_id=answer.headers.get("x-request-id"),
        )
    return _error(answer, *known)


def _not_read(answer: Answered) -> ClientError:
    if answer.status == HTTPStatus.NOT_FOUND:
        return _error(answer, FailureKind.NOT_FOUND, "there is no such job")
    if answer.status in _LOOK_FAILS_FOR_GOOD | {HTTPStatus.TOO_MANY_REQUESTS}:
        return _error(answer, *_NOT_ACCEPTED[answer.status])
    return _error(answer, FailureKind.UNAVAILABLE, "the job could not be read")


def _error(answer: Answered, kind: FailureKind, sentence: str) -> ClientError:
    return (Retryable if kind in _TRANSIENT else Refused)(
        SERVICE,
        kind,
        f"answered {answer.status}: {sentence}",
        retry_after=answer.retry_after,
        request_id=answer.headers.get("x-request-id"),
    )
