from datetime import UTC, datetime

import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.video import JobState, JobStatus
from clients.video.pika import Pika
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, Move, Remote, json_answer

REQUEST = "80e732af-660e-45cd-bd63-580e4f2a94cc"
JOB = f"fal-ai/pika/requests/{REQUEST}"
COMPLETED = json_answer(200, {"status": "COMPLETED", "logs": [], "metrics": {}})


def pika(url: str) -> Pika:
    return Pika("id:CANARY", f"{url}/fal", f"{url}/fal/v1", "720p", read_terms().pika)


async def submit(remote: Remote, move: Move) -> str:
    ordered = await pika(remote.will(move).url).submit(
        prompt="A paper boat", seconds=5, aspect="1:1", reference="r"
    )
    return ordered.job_id


async def refusal(remote: Remote, move: Move) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await submit(remote, move)
    return raised.value


async def ended(remote: Remote, *moves: Move) -> JobStatus:
    return await pika(remote.will(*moves).url).status(JOB)


async def test_an_order_is_in_fals_own_form(remote: Remote) -> None:
    named = {"status_url": f"{remote.url}/fal/{JOB}/status", "request_id": REQUEST}
    assert await submit(remote, json_answer(200, named)) == JOB
    (seen,) = remote.seen
    assert seen.headers["authorization"] == "Key id:CANARY"
    assert seen.headers["x-fal-no-retry"] == "1"
    assert seen.document == {
        "prompt": "A paper boat",
        "aspect_ratio": "1:1",
        "resolution": "720p",
        "duration": 5,
    }


@pytest.mark.parametrize(
    ("status_url", "job_id"),
    [
        (f"https://queue.fal.run/{JOB}/status", JOB),
        (f"https://evil.example/{JOB}/status", JOB),
        (
            f"https://queue.fal.run/fal-ai/pika/v2.2/requests/{REQUEST}/status",
            f"fal-ai/pika/v2.2/requests/{REQUEST}",
        ),
        ("https://queue.fal.run/fal-ai/pika/../../v1/keys/status", JOB),
        (f"https://queue.fal.run/fal-ai/flux/requests/{REQUEST}/status", JOB),
        (f"https://queue.fal.run/{JOB}?x=1/status", JOB),
        (None, JOB),
    ],
)
async def test_only_the_path_of_an_address_is_believed_and_only_of_the_known_form(
    remote: Remote, status_url: str | None, job_id: str
) -> None:
    named = {"status_url": status_url, "request_id": REQUEST}
    assert await submit(remote, json_answer(200, named)) == job_id


async def test_the_key_goes_to_the_configured_host_alone(remote: Remote, elsewhere: Remote) -> None:
    named = {"status_url": f"{elsewhere.url}/{JOB}/status", "request_id": REQUEST}
    job_id = await submit(remote, json_answer(200, named))
    provider = pika(remote.will(json_answer(202, {"status": "IN_QUEUE"})).url)
    assert (await provider.status(job_id)).state is JobState.QUEUED
    assert elsewhere.seen == []
    assert remote.seen[-1].target == f"/fal/{JOB}/status?logs=0"


@pytest.mark.parametrize("status", [200, 202])
async def test_a_state_is_read_from_either_status(remote: Remote, status: int) -> None:
    read = await ended(remote, json_answer(status, {"status": "IN_PROGRESS", "logs": None}))
    assert read.state is JobState.PROCESSING


@pytest.mark.parametrize(
    ("result", "kind", "charged"),
    [
        ((422, "content_policy_violation", ["body", "prompt"]), FailureKind.MODERATED, True),
        ((422, "no_media_generated", ["body"]), FailureKind.JOB_FAILED, True),
        ((422, "literal_error", ["body", "duration"]), FailureKind.BAD_REQUEST, True),
        ((422, "a_new_word", ["body"]), FailureKind.JOB_FAILED, True),
        ((500, "internal_server_error", ["body"]), FailureKind.JOB_FAILED, False),
        ((504, "generation_timeout", ["body"]), FailureKind.JOB_FAILED, False),
    ],
)
async def test_a_completed_job_may_have_failed(
    remote: Remote, result: tuple[int, str, list[str]], kind: FailureKind, *, charged: bool
) -> None:
    status, word, place = result
    detail = [{"loc": place, "msg": "your prompt: secret", "type": word}]
    job = await ended(remote, COMPLETED, json_answer(status, {"detail": detail}))
    assert (job.state, job.failure, job.charged) == (JobState.FAILED, kind, charged)
    assert word in str(job.reason)
    assert "secret" not in str(job.reason)
    if len(place) > 1 and kind is FailureKind.BAD_REQUEST:
        assert place[1] in str(job.reason)


async def test_a_job_that_no_runner_finished_has_failed_and_costs_nothing(remote: Remote) -> None:
    said = {"detail": "Runner disconnected", "error_type": "runner_disconnected"}
    for moves in (
        (COMPLETED, json_answer(503, said)),
        (COMPLETED, Answer(503, b"x", {"x-fal-error-type": "runner_disconnected"})),
        (json_answer(200, {"status": "COMPLETED", **said}), Answer(503, b"<html>")),
    ):
        job = await ended(remote, *moves)
        assert (job.failure, job.charged) == (FailureKind.JOB_FAILED, False)


async def test_a_job_that_left_the_queue_when_it_was_told_to_costs_nothing(remote: Remote) -> None:
    said = {"status": "COMPLETED", "error": "?", "error_type": "client_cancelled"}
    job = await ended(remote, json_answer(200, said), json_answer(499, {"detail": "?"}))
    assert (job.failure, job.charged) == (FailureKind.JOB_FAILED, False)


@pytest.mark.parametrize(
    "result",
    [
        Answer(200, b"<html>"),
        json_answer(200, {"video": {}}),
        Answer(500),
        Answer(503),
        Answer(429),
    ],
    ids=str,
)
async def test_a_result_that_cannot_be_read_leaves_the_paid_job_alone(
    remote: Remote, result: Move
) -> None:
    with pytest.raises(Retryable):
        await ended(remote, COMPLETED, result)


async def test_a_result_that_is_no_longer_kept_is_not_found(remote: Remote) -> None:
    with pytest.raises(Refused, match="no longer kept") as raised:
        await ended(remote, COMPLETED, json_answer(404, {"detail": "Not found"}))
    assert raised.value.kind is FailureKind.NOT_FOUND


async def test_an_empty_balance_is_no_wrong_key(remote: Remote) -> None:
    said = {"detail": "User is locked. Reason: Exhausted balance. Top up your balance at ..."}
    error = await refusal(remote, json_answer(403, said))
    assert isinstance(error, Refused)
    assert error.kind is FailureKind.CREDIT_EXHAUSTED


@pytest.mark.parametrize(
    ("word", "place", "kind", "told"),
    [
        ("content_policy_violation", ["body", "prompt"], FailureKind.MODERATED, "moderation"),
        ("literal_error", ["body", "duration"], FailureKind.BAD_REQUEST, "duration"),
        ("value_error", ["body"], FailureKind.BAD_REQUEST, "not valid"),
    ],
)
async def test_an_order_that_is_refused_at_once_says_why(
    remote: Remote, word: str, place: list[str], kind: FailureKind, told: str
) -> None:
    detail = [{"loc": place, "msg": "?", "type": word}]
    error = await refusal(remote, json_answer(422, {"detail": detail}))
    assert (type(error), error.kind) == (Refused, kind)
    assert told in str(error)


async def test_a_503_that_came_from_fal_itself_may_have_taken_the_order(remote: Remote) -> None:
    answer = json_answer(503, {"detail": "?"}, x_fal_request_id=REQUEST)
    error = await refusal(remote, answer)
    assert isinstance(error, OutcomeUnknown)
    assert error.request_id == REQUEST


@pytest.mark.parametrize(
    "item",
    [
        {"request_id": REQUEST, "sent_at": "2099-01-01T00:00:00Z"},
        {"request_id": REQUEST, "sent_at": None, "json_input": None},
        "not an item",
    ],
    ids=str,
)
async def test_a_list_that_hides_what_was_asked_proves_nothing(
    remote: Remote, item: object
) -> None:
    provider = pika(remote.will(json_answer(200, {"items": [item], "next_cursor": None})).url)
    with pytest.raises(Retryable, match="without its words"):
        await provider.find(prompt="A boat", seconds=5, since=datetime(2026, 1, 1, tzinfo=UTC))


async def test_the_list_is_asked_for_the_endpoint_and_a_little_earlier(remote: Remote) -> None:
    provider = pika(remote.will(json_answer(200, {"items": [], "next_cursor": None})).url)
    await provider.find(prompt="A boat", seconds=5, since=datetime(2026, 1, 1, 0, 2, tzinfo=UTC))
    target = remote.seen[0].target
    assert target.startswith("/fal/v1/models/requests/by-endpoint?")
    assert "endpoint_id=fal-ai%2Fpika%2Fv2.2%2Ftext-to-video" in target
    assert "start=2026-01-01T00%3A00%3A00%2B00%3A00" in target
    assert "expand=payloads" in target
