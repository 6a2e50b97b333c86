from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from luma_agents.types import GenerationFailureCode

from clients.errors import Refused
from clients.video import JobState, JobStatus
from clients.video.luma import _FAILURES, Luma
from clients.video.luma import read_job as read
from clients.video.terms import read_terms
from schemas.failures import FailureKind

TERMS = read_terms().luma

KNOWN = [
    ("content_moderated", FailureKind.MODERATED, False),
    ("generation_failed", FailureKind.JOB_FAILED, False),
    ("output_not_found", FailureKind.JOB_FAILED, False),
    ("rate_limited", FailureKind.JOB_FAILED, True),
    ("budget_exhausted", FailureKind.CREDIT_EXHAUSTED, True),
    ("invalid_request", FailureKind.BAD_REQUEST, True),
    ("image_too_large", FailureKind.BAD_REQUEST, True),
    ("unsupported_format", FailureKind.BAD_REQUEST, True),
    ("corrupt_input", FailureKind.BAD_REQUEST, True),
    ("a_new_code", FailureKind.JOB_FAILED, True),
    (None, FailureKind.JOB_FAILED, True),
]


def read_job(job_id: str, document: dict[str, object]) -> JobStatus:
    return read(job_id, document, TERMS.refunded)


@pytest.mark.parametrize(("code", "kind", "charged"), KNOWN)
def test_a_failed_job_says_why_and_whether_it_cost(
    code: str | None, kind: FailureKind, *, charged: bool
) -> None:
    status = read_job("job-1", {"id": "job-1", "state": "failed", "failure_code": code})
    assert (status.state, status.failure, status.charged) == (JobState.FAILED, kind, charged)
    assert (code or "no code") in str(status.reason)


def test_every_code_of_lumas_own_package_is_known() -> None:
    assert set(get_args(GenerationFailureCode)) == set(_FAILURES)


@pytest.mark.parametrize(
    ("word", "state"), [("queued", JobState.QUEUED), ("processing", JobState.PROCESSING)]
)
def test_a_job_on_its_way_is_not_finished(word: str, state: JobState) -> None:
    assert read_job("job-1", {"id": "job-1", "state": word}).state is state


def test_an_unknown_state_counts_as_still_processing_and_is_told() -> None:
    status = read_job("job-1", {"id": "job-1", "state": "upscaling"})
    assert status.state is JobState.PROCESSING
    assert status.failure is None
    assert "upscaling" in str(status.reason)


@given(st.text(min_size=1))
def test_no_word_of_luma_becomes_a_failure_but_failed(word: str) -> None:
    if word in {"completed", "failed"}:
        return
    status = read_job("job-1", {"id": "job-1", "state": word})
    assert status.state in {JobState.QUEUED, JobState.PROCESSING}
    assert len(status.reason or "") < 100


def test_lumas_own_sentence_never_reaches_ours() -> None:
    said = {"failure_code": "Bearer luma-api-X https://x", "failure_reason": "your prompt: ..."}
    status = read_job("job-1", {"id": "job-1", "state": "failed", **said})
    assert "Bearer" not in str(status.reason)
    assert "prompt" not in str(status.reason)


def test_a_price_is_known_before_anything_can_be_bought() -> None:
    with pytest.raises(Refused, match="no price is known") as raised:
        Luma("luma-api-x", "https://luma.example", "ray-3.2", "8k", TERMS)
    assert raised.value.kind is FailureKind.CONFIGURATION


def test_the_table_entry_is_that_of_the_resolution() -> None:
    can = Luma("luma-api-x", "https://luma.example", "ray-3.2", "720p", TERMS).capabilities
    assert can.durations == (5, 10)
    assert can.price_micros == {5: 300_000, 10: 900_000}
    assert "1:1" in can.aspects
    assert not can.lists_jobs
    assert can.as_of is not None
