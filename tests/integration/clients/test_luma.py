import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.video import VideoProvider
from clients.video.luma import Luma
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, Raw, Remote, Reset, json_answer

KEY = "luma-api-CANARY"


def luma(url: str) -> VideoProvider:
    return Luma(KEY, f"{url}/v1", "ray-3.2", "720p", read_terms().luma)


async def submit(provider: VideoProvider) -> str:
    ordered = await provider.submit(
        prompt="A paper boat", seconds=5, aspect="1:1", reference="reel-7/clip/0/take-1"
    )
    return ordered.job_id


async def failure_of(remote: Remote) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await submit(luma(remote.url))
    assert KEY not in str(raised.value)
    assert remote.url not in str(raised.value)
    return raised.value


async def test_an_order_is_posted_once_in_lumas_own_form(remote: Remote) -> None:
    remote.will(json_answer(201, {"id": "job-1", "state": "queued"}))
    assert await submit(luma(remote.url)) == "job-1"
    (seen,) = remote.seen
    assert (seen.method, seen.target) == ("POST", "/v1/generations")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-request-id"] == "reel-7/clip/0/take-1"
    assert seen.document == {
        "model": "ray-3.2",
        "type": "video",
        "prompt": "A paper boat",
        "aspect_ratio": "1:1",
        "video": {"duration": "5s", "resolution": "720p", "loop": False},
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, FailureKind.RATE_LIMITED),
        (502, FailureKind.UNAVAILABLE),
        (503, FailureKind.UNAVAILABLE),
    ],
)
async def test_an_order_that_was_not_taken_may_be_placed_again(
    remote: Remote, status: int, kind: FailureKind
) -> None:
    remote.will(json_answer(status, {"detail": "Too many concurrent jobs"}, retry_after="90"))
    error = await failure_of(remote)
    assert isinstance(error, Retryable)
    assert (error.kind, error.retry_after) == (kind, 90)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.BAD_REQUEST),
        (401, FailureKind.AUTHENTICATION),
        (402, FailureKind.CREDIT_EXHAUSTED),
        (403, FailureKind.AUTHENTICATION),
        (404, FailureKind.CONFIGURATION),
        (413, FailureKind.BAD_REQUEST),
        (422, FailureKind.BAD_REQUEST),
    ],
)
async def test_an_order_that_was_refused_is_not_placed_again(
    remote: Remote, status: int, kind: FailureKind
) -> None:
    error = await failure_of(remote.will(json_answer(status, {"detail": "secret detail"})))
    assert isinstance(error, Refused)
    assert error.kind is kind
    assert "secret detail" not in str(error)


@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Raw(b"garbage"),
        Answer(201, b"not json"),
        json_answer(201, {"state": "queued"}),
        json_answer(201, {"id": ""}),
        json_answer(201, {"id": 7}),
        Answer(201, b'{"id": "job-1"}', cut_at=10),
        json_answer(200, {"id": "job-1"}),
        json_answer(202, {"id": "job-1"}),
        Answer(302, headers={"location": "/elsewhere"}),
        *(Answer(status) for status in (408, 409, 425, 500, 504, 520, 524, 599)),
    ],
    ids=str,
)
async def test_every_other_answer_to_an_order_leaves_its_outcome_unknown(
    remote: Remote, move: Answer
) -> None:
    assert isinstance(await failure_of(remote.will(move)), OutcomeUnknown)
    assert len(remote.seen) == 1


async def test_an_order_that_never_left_may_be_placed_again(dead_url: str) -> None:
    with pytest.raises(Retryable):
        await submit(luma(dead_url))


@pytest.mark.parametrize(
    ("prompt", "seconds", "aspect"),
    [("", 5, "1:1"), ("x" * 6001, 5, "1:1"), ("x", 20, "1:1"), ("x", 5, "15:16")],
)
async def test_an_order_that_luma_cannot_film_costs_nothing(
    remote: Remote, prompt: str, seconds: int, aspect: str
) -> None:
    with pytest.raises(Refused, match="nothing was sent"):
        await luma(remote.url).submit(
            prompt=prompt, seconds=seconds, aspect=aspect, reference="reel-7"
        )
    assert remote.seen == []


async def test_every_look_at_a_finished_job_gives_its_present_url(remote: Remote) -> None:
    job = {"id": "job-1", "state": "completed"}
    remote.will(
        json_answer(200, {**job, "output": [{"type": "video", "url": "https://cdn/1"}]}),
        json_answer(200, {**job, "output": [{"type": "video", "url": "https://cdn/2"}]}),
    )
    provider = luma(remote.url)
    assert (await provider.status("job-1")).url == "https://cdn/1"
    assert (await provider.status("job-1")).url == "https://cdn/2"
    assert remote.seen[0].target == "/v1/generations/job-1"


async def test_a_job_that_luma_does_not_know_is_not_found(remote: Remote) -> None:
    with pytest.raises(Refused) as raised:
        await luma(remote.will(json_answer(404, {"detail": "?"})).url).status("../../secrets")
    assert raised.value.kind is FailureKind.NOT_FOUND
    assert remote.seen[0].target == "/v1/generations/..%2F..%2Fsecrets"


@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Answer(200, b"<html>"),
        json_answer(200, {"id": "another", "state": "completed"}),
        json_answer(200, {"id": "job-1", "state": "completed", "output": []}),
        json_answer(200, {"id": "job-1"}),
        *(Answer(status) for status in (204, 302, 400, 402, 409, 422, 429, 500, 502, 503, 504)),
    ],
    ids=str,
)
async def test_a_look_that_failed_leaves_the_paid_job_alone(remote: Remote, move: Answer) -> None:
    with pytest.raises(Retryable):
        await luma(remote.will(move).url).status("job-1")
