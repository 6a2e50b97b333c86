from datetime import UTC, datetime

import pytest

from clients.errors import Refused
from clients.video import JobState
from clients.video.luma_legacy import LumaLegacy, read_generation
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Remote, json_answer

JOB = "0b6a1f5e-7d0e-4d8e-9c53-2f5d3c1a7e10"


def legacy(url: str) -> LumaLegacy:
    return LumaLegacy("luma-CANARY", f"{url}/v1", "ray-2", "720p", read_terms().luma_legacy)


async def test_an_order_is_in_dream_machines_own_form(remote: Remote) -> None:
    remote.will(json_answer(201, {"id": JOB, "state": "queued"}))
    await legacy(remote.url).submit(prompt="A paper boat", seconds=9, aspect="1:1", reference="r")
    (seen,) = remote.seen
    assert seen.headers["authorization"] == "Bearer luma-CANARY"
    assert seen.document == {
        "generation_type": "video",
        "model": "ray-2",
        "prompt": "A paper boat",
        "aspect_ratio": "1:1",
        "duration": "9s",
        "resolution": "720p",
        "loop": False,
    }


async def test_an_order_that_moderation_refuses_at_once_says_so(remote: Remote) -> None:
    remote.will(json_answer(400, {"detail": "400: Advanced moderation failed"}))
    with pytest.raises(Refused) as raised:
        await legacy(remote.url).submit(prompt="A", seconds=5, aspect="1:1", reference="r")
    assert raised.value.kind is FailureKind.MODERATED


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("Advanced moderation failed: secret", FailureKind.MODERATED),
        ("secret trouble", FailureKind.JOB_FAILED),
        (None, FailureKind.JOB_FAILED),
    ],
)
def test_a_failed_job_says_why_and_counts_as_paid(reason: object, kind: FailureKind) -> None:
    status = read_generation(JOB, {"id": JOB, "state": "failed", "failure_reason": reason}, ())
    assert (status.state, status.failure, status.charged) == (JobState.FAILED, kind, True)
    assert "secret" not in str(status.reason)
    refunding = {"moderation", "failed"}
    answer: dict[str, object] = {"id": JOB, "state": "failed", "failure_reason": reason}
    assert not read_generation(JOB, answer, refunding).charged


async def test_pictures_in_the_list_are_no_films(remote: Remote) -> None:
    picture = {"id": JOB, "request": {"prompt": "A boat", "generation_type": "image"}}
    remote.will(json_answer(200, {"generations": [picture], "has_more": False}))
    found = await legacy(remote.url).find(
        prompt="A boat", seconds=5, since=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert found == ()
    assert remote.seen[0].target == "/v1/generations?limit=50&offset=0"
