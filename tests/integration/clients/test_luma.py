import pytest

from clients.errors import Refused
from clients.video import VideoProvider
from clients.video.luma import Luma
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Remote, json_answer

KEY = "luma-api-CANARY"


def luma(url: str) -> VideoProvider:
    return Luma(KEY, f"{url}/v1", "ray-3.2", "720p", read_terms().luma)


async def submit(provider: VideoProvider) -> str:
    ordered = await provider.submit(
        prompt="A paper boat", seconds=5, aspect="1:1", reference="reel-7/clip/0/take-1"
    )
    return ordered.job_id


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
