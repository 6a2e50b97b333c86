import pytest

from clients.errors import Refused
from clients.video.runway import Runway
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, Remote, json_answer

TASK = "0b6a1f5e-7d0e-4d8e-9c53-2f5d3c1a7e10"
ACCEPTED = json_answer(200, {"id": TASK, "estimatedCost": {"credits": 120}})


def runway(url: str, model: str = "gen4.5") -> Runway:
    return Runway("key_CANARY", url, model, read_terms().runway)


async def test_an_order_is_in_runways_own_form(remote: Remote) -> None:
    ordered = await runway(remote.will(ACCEPTED).url).submit(
        prompt="A paper boat", seconds=10, aspect="9:16", reference="r"
    )
    assert (ordered.job_id, ordered.estimated_micros) == (TASK, 1_200_000)
    (seen,) = remote.seen
    assert seen.headers["authorization"] == "Bearer key_CANARY"
    assert seen.headers["x-runway-version"] == "2024-11-06"
    assert seen.document == {
        "model": "gen4.5",
        "promptText": "A paper boat",
        "ratio": "720:1280",
        "duration": 10,
    }


async def test_a_model_that_would_speak_is_told_to_be_silent(remote: Remote) -> None:
    provider = runway(remote.will(ACCEPTED).url, "seedance2_5")
    await provider.submit(prompt="A paper boat", seconds=20, aspect="1:1", reference="r")
    assert remote.seen[0].document["audio"] is False
    assert remote.seen[0].document["ratio"] == "960:960"


async def test_an_order_without_an_estimate_is_an_order(remote: Remote) -> None:
    provider = runway(remote.will(json_answer(200, {"id": TASK})).url)
    ordered = await provider.submit(prompt="A boat", seconds=2, aspect="16:9", reference="r")
    assert ordered.estimated_micros is None


@pytest.mark.parametrize(
    "move",
    [
        json_answer(400, {"error": "You do not have enough credits to run this task."}),
        json_answer(429, {"error": "Daily limit reached"}),
    ],
    ids=["no credits", "the day is full"],
)
async def test_an_account_that_has_had_its_share_is_out_of_credit(
    remote: Remote, move: Answer
) -> None:
    with pytest.raises(Refused) as raised:
        await runway(remote.will(move).url).submit(
            prompt="A boat", seconds=2, aspect="16:9", reference="r"
        )
    assert raised.value.kind is FailureKind.CREDIT_EXHAUSTED


async def test_emoji_count_as_runway_counts_them(remote: Remote) -> None:
    provider = runway(remote.will(ACCEPTED).url)
    order = {"seconds": 2, "aspect": "16:9", "reference": "r"}
    await provider.submit(prompt="🚤" * 500, **order)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="1 to 1000 UTF-16 units, not 1001"):
        await provider.submit(prompt="🚤" * 500 + "!", **order)  # type: ignore[arg-type]
    assert len(remote.seen) == 1


async def test_a_cancelled_task_is_deleted(remote: Remote) -> None:
    assert await runway(remote.will(Answer(204)).url).cancel(TASK)
    assert (remote.seen[0].method, remote.seen[0].target) == ("DELETE", f"/v1/tasks/{TASK}")
