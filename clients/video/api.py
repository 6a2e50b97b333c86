"""What the clients of all providers share: one request for one call, and what an answer proves.

Plain HTTP, none of the official SDKs: by default luma-agents 0.5.0, lumaai 1.21.0 and runwayml
5.24.0 post a paid request three times on 5xx, 429 and timeouts, fal-client 1.0.3 up to ten
times, and all ignore a long Retry-After (measured). No provider documents an idempotency key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.transport import Answered, Call, Door
from clients.video import Capabilities, JobState, JobStatus
from schemas.failures import FailureKind

SUBMIT_SECONDS = 8.0
"""Below the ten seconds that the SLA table gives the step, so that we say what happened."""

STATUS_SECONDS = 5.0

LIST_SECONDS = 8.0

Verdict = tuple[FailureKind, str]

REFUSALS: Mapping[int, Verdict] = {
    400: (FailureKind.BAD_REQUEST, "the order was not valid"),
    401: (FailureKind.AUTHENTICATION, "the API key was not accepted"),
    402: (FailureKind.CREDIT_EXHAUSTED, "the account has no credit left"),
    403: (FailureKind.AUTHENTICATION, "the API key may not do this"),
    404: (FailureKind.CONFIGURATION, "there is no such endpoint at the base URL"),
    405: (FailureKind.CONFIGURATION, "there is no such endpoint at the base URL"),
    413: (FailureKind.BAD_REQUEST, "the order is too large"),
    422: (FailureKind.BAD_REQUEST, "the order was not valid"),
    429: (FailureKind.RATE_LIMITED, "too many requests or jobs at once"),
}
"""Answers to an order that say for certain, in any HTTP API, that no job was made."""

DOWN: Verdict = (FailureKind.UNAVAILABLE, "the service is down")
"""For the 5xx that a provider documents as load that it did not take. No other 5xx says so."""

_TRANSIENT = frozenset({FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED})
_CODE_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@dataclass(frozen=True)
class Failure:
    """What a provider's word for a failed job means for us."""

    kind: FailureKind
    sentence: str


OTHER_FAILURE = Failure(FailureKind.JOB_FAILED, "the job failed for a reason of its own")


@dataclass(frozen=True)
class Api:
    """One provider's API: a door, its key, and the answers that certainly refuse an order."""

    service: str
    door: Door
    headers: Mapping[str, str] = field(repr=False)
    not_accepted: Mapping[int, Verdict] = field(default_factory=lambda: REFUSALS)

    async def order(
        self, path: str, document: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Post an order, once. Raises as Door.send does for what must not be repeated."""
        return await self.door.send(
            Call(
                "POST",
                path,
                SUBMIT_SECONDS,
                headers={**self.headers, **(headers or {})},
                document=document,
                unrepeatable=True,
            )
        )

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        seconds: float = STATUS_SECONDS,
    ) -> Answered:
        """Send what buys nothing. Raises Retryable when the answer was lost."""
        return await self.door.send(Call(method, path, seconds, headers=self.headers, query=query))

    def not_submitted(self, answer: Answered, verdict: Verdict | None = None) -> ClientError:
        """The error for an answer to an order that is not a job."""
        verdict = verdict or self.not_accepted.get(answer.status)
        if verdict is None:
            return OutcomeUnknown(
                self.service,
                f"answered {answer.status} to an order, which does not say whether a job was made",
                request_id=_request_id(answer),
            )
        return self.error(answer, *verdict)

    def not_read(self, answer: Answered, missing: str = "there is no such job") -> ClientError:
        """The error for a look that showed no job.

        Only a missing job and a refused key are for good: any other answer leaves the job
        alone, which is paid for and may be read later.
        """
        if answer.status == HTTPStatus.NOT_FOUND:
            return self.error(answer, FailureKind.NOT_FOUND, missing)
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return self.error(answer, *REFUSALS[answer.status])
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.error(answer, FailureKind.RATE_LIMITED, "asked too often")
        return self.error(answer, FailureKind.UNAVAILABLE, "it could not be read")

    def error(self, answer: Answered, kind: FailureKind, sentence: str) -> ClientError:
        """An error of a kind, with what the answer's headers tell."""
        return (Retryable if kind in _TRANSIENT else Refused)(
            self.service,
            kind,
            f"answered {answer.status}: {sentence}",
            retry_after=answer.retry_after,
            request_id=_request_id(answer),
        )


def check_order(service: str, can: Capabilities, *, prompt: str, seconds: int, aspect: str) -> None:
    """Raises Refused with BAD_REQUEST for an order that the provider cannot film."""
    length = can.prompt_length(prompt)
    broken = {
        f"a prompt has 1 to {can.prompt_limit} {can.prompt_unit}, not {length}": not (
            prompt.strip() and length <= can.prompt_limit
        ),
        f"a job lasts {_listed(can.durations)} seconds, not {seconds}": (
            seconds not in can.durations
        ),
        f"an aspect is one of {', '.join(can.aspects)}, not {aspect}": aspect not in can.aspects,
    }
    for sentence, is_broken in broken.items():
        if is_broken:
            raise Refused(service, FailureKind.BAD_REQUEST, f"{sentence}; nothing was sent")


def unreadable(service: str, sentence: str) -> Retryable:
    """The error for an answer that is not what was asked for."""
    return Retryable(service, FailureKind.UNAVAILABLE, sentence)


def job_id_of(value: object) -> str | None:
    """A job's id as a provider gave it, None for what can't be one: it stands in addresses."""
    if isinstance(value, str) and _JOB_ID.fullmatch(value):
        return value
    return None


def job_path(job_id: str) -> str:
    """A job's id as one segment of a path, whatever it is."""
    return quote(job_id, safe="")


def code_word(value: object) -> str:
    """A provider's code word, safe to show: never a sentence of its own."""
    if not isinstance(value, str):
        return "no code"
    return value if _CODE_WORD.fullmatch(value) else "not a word"


def under_way(job_id: str, word: str, states: Mapping[str, JobState]) -> JobStatus:
    """A job that has not ended.

    A state that we don't know counts as still processing: a paid job is not given up for a
    word that is new to us.
    """
    state = states.get(word)
    if state is None:
        return JobStatus(job_id, JobState.PROCESSING, reason=f"unknown state {code_word(word)}")
    return JobStatus(job_id, state)


def given_up(
    job_id: str, word: str, failure: Failure, *, charged: bool, cost_micros: int | None = None
) -> JobStatus:
    """A job that has failed, with the provider's word for it."""
    return JobStatus(
        job_id,
        JobState.FAILED,
        failure=failure.kind,
        reason=f"{failure.sentence} ({word})",
        charged=charged,
        cost_micros=cost_micros,
    )


def _request_id(answer: Answered) -> str | None:
    names = ("x-request-id", "x-fal-request-id")
    return next((answer.headers[name] for name in names if name in answer.headers), None)


def _listed(durations: tuple[int, ...]) -> str:
    first, last = durations[0], durations[-1]
    if len(durations) > 2 and durations == tuple(range(first, last + 1)):  # noqa: PLR2004
        return f"{first} to {last}"
    return " or ".join(map(str, durations))
