"""What fal says when an order or a job fails, as data.

docs.fal.ai: Model Errors (`{"detail": [{loc, msg, type}]}`), and Request Error Types
(`{"detail", "error_type"}`, also in the header X-Fal-Error-Type).
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus

from clients.transport import Answered
from clients.video import JobStatus
from clients.video.api import DOWN, OTHER_FAILURE, Failure, Verdict, code_word, given_up
from schemas.failures import FailureKind

_MODERATED = Failure(FailureKind.MODERATED, "moderation refused the words or the film")
_FAILED = Failure(FailureKind.JOB_FAILED, "the generation failed")
_NO_RUNNER = Failure(FailureKind.JOB_FAILED, "no runner could finish the job")
_NOT_VALID = Failure(FailureKind.BAD_REQUEST, "the order was not valid")

_TYPES: Mapping[str, Failure] = {
    "content_policy_violation": _MODERATED,
    "no_media_generated": _FAILED,
    "internal_server_error": _FAILED,
    "generation_timeout": _FAILED,
    "downstream_service_error": _FAILED,
    "downstream_service_unavailable": _FAILED,
    "request_timeout": _NO_RUNNER,
    "startup_timeout": _NO_RUNNER,
    "runner_scheduling_failure": _NO_RUNNER,
    "runner_connection_timeout": _NO_RUNNER,
    "runner_connection_refused": _NO_RUNNER,
    "runner_connection_error": _NO_RUNNER,
    "runner_disconnected": _NO_RUNNER,
    "runner_incomplete_response": _NO_RUNNER,
    "runner_server_error": _NO_RUNNER,
    "internal_error": _NO_RUNNER,
    "client_disconnected": _NO_RUNNER,
    "client_cancelled": Failure(FailureKind.JOB_FAILED, "the job was cancelled"),
    "bad_request": _NOT_VALID,
    "auth_error": Failure(FailureKind.JOB_FAILED, "fal's runner was not let in"),
}

SERVER_ERRORS = "5xx"
"""The word of the terms for results whose status is 5xx."""


def refused_order(answer: Answered) -> Verdict | None:
    """What fal says to an order in its own way; None leaves it to the table.

    403 with these words is an empty account (fal-ai/fal issues 1112 and 1147). 503 without
    fal's request id comes from the gateway and never got to the queue: fal-client 1.0.3 tells
    them apart by it. Any other 5xx may come after the order was taken.
    """
    if answer.status == HTTPStatus.FORBIDDEN and "balance" in str(answer.document.get("detail")):
        return FailureKind.CREDIT_EXHAUSTED, "the account's balance is used up"
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        failure = _failure(answer) or _NOT_VALID
        return failure.kind, failure.sentence
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "x-fal-request-id" not in answer.headers:
        return DOWN
    return None


def failed_result(
    job_id: str, status: Answered, result: Answered, refunded: Collection[str]
) -> JobStatus | None:
    """A completed job whose result is an error; None when the answer is not about the job.

    `refunded` are the types, or SERVER_ERRORS, that cost nothing.
    """
    word = _type(result) or _type(status)
    if word is None:
        return None
    failure = _failure(result) or _TYPES.get(word, OTHER_FAILURE)
    server = result.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    charged = word not in refunded and not (server and SERVER_ERRORS in refunded)
    return given_up(job_id, word, failure, charged=charged)


def _failure(answer: Answered) -> Failure | None:
    word = _type(answer)
    if word is None or word in _TYPES:
        return _TYPES.get(word or "")
    field = _field(answer)
    if field is None:
        return None
    return Failure(FailureKind.BAD_REQUEST, f"the order was not valid in its {field}")


def _type(answer: Answered) -> str | None:
    word = _first(answer).get("type") or answer.document.get("error_type")
    word = word or answer.headers.get("x-fal-error-type")
    return code_word(word) if word else None


def _field(answer: Answered) -> str | None:
    """The field of the order that an error names: `loc` is ["body", field, ...]."""
    loc = _first(answer).get("loc")
    if isinstance(loc, list) and len(loc) > 1:
        return code_word(loc[1])
    return None


def _first(answer: Answered) -> Mapping[str, object]:
    detail = answer.document.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        return detail[0]
    return {}
