from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import runwayml
from runwayml.types.task_retrieve_response import Failed, Running, Succeeded

from tests.integration.simulators.films import (
    RUNWAY_KEY,
    TASK,
    Film,
    ended_task,
    micros,
    start_task,
    task,
)
from tests.integration.simulators.outside import Outside

HOURS = 3600


@pytest.fixture(scope="module")
def sdk(shared_outside: Outside) -> Iterator[runwayml.RunwayML]:
    base = f"{shared_outside.url}/runway"
    with runwayml.RunwayML(api_key="key_any", base_url=base, max_retries=0) as client:
        yield client


def test_the_sdk_films_a_silent_clip_of_24_frames_a_second(
    sdk: runwayml.RunwayML, outside: Outside, tmp_path: Path
) -> None:
    made = sdk.text_to_video.create(
        model="gen4.5", prompt_text="a drop of water", ratio="720:1280", duration=2
    )
    assert made.to_dict()["estimatedCost"] == {"credits": 24}
    ended_task(outside, made.id)
    done = sdk.tasks.retrieve(made.id)
    assert isinstance(done, Succeeded)
    assert done.cost.credits == 24
    film = Film(outside.http.get(done.output[0]).content, tmp_path)
    assert (film.size, film.frames) == ((720, 1280), 48)
    assert film.rate == 24
    assert not film.audio
    assert micros(outside, made.id) == 240_000


@pytest.mark.parametrize(("audio", "streams"), [(True, ["aac"]), (False, [])])
def test_a_model_with_sound_makes_it_unless_told_not_to(
    outside: Outside, tmp_path: Path, *, audio: bool, streams: list[str]
) -> None:
    made = start_task(outside, model="seedance2_5", ratio="480:854", audio=audio).json()
    done = ended_task(outside, made["id"])
    film = Film(outside.http.get(done["output"][0]).content, tmp_path)
    assert (film.audio, film.frames) == (streams, 96)


def test_a_picture_can_be_the_start(sdk: runwayml.RunwayML, outside: Outside) -> None:
    made = sdk.image_to_video.create(
        model="gen4_turbo",
        prompt_image="https://example.com/last-frame.jpg",
        ratio="960:960",
        duration=2,
    )
    assert made.to_dict()["estimatedCost"] == {"credits": 10}
    with pytest.raises(runwayml.BadRequestError):
        start_task_with_sdk(sdk, model="gen4_turbo")
    assert ended_task(outside, made.id)["status"] == "SUCCEEDED"


def start_task_with_sdk(sdk: runwayml.RunwayML, **change: Any) -> None:  # noqa: ANN401 - any wish
    sdk.post("/v1/text_to_video", body={**TASK, **change}, cast_to=object)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"promptText": ""}, "promptText"),
        (
            {"model": "gen4.5", "promptText": "\N{FOX FACE}" * 501, "ratio": "720:1280"},
            "promptText",
        ),
        ({"ratio": "1:1"}, "ratio"),
        ({"duration": 3}, "duration"),
        ({"duration": 20}, "duration"),
        ({"duration": "4"}, "duration"),
        ({"model": "gen4.5", "ratio": "720:1280", "duration": None}, "duration"),
        ({"model": "gen3a_turbo"}, "model"),
        ({"model": "gen4_turbo"}, "model"),
        ({"audio": "yes"}, "audio"),
    ],
)
def test_bad_tasks_are_refused_with_their_issues_and_cost_nothing(
    outside: Outside, change: dict[str, object], where: str
) -> None:
    before = outside.bill()["total_micros"]
    answer = start_task(outside, **change)
    assert answer.status_code == 400
    refusal = answer.json()
    assert set(refusal) == {"error", "issues", "docUrl"}
    assert where in [issue["path"][0] for issue in refusal["issues"]]
    assert outside.bill()["total_micros"] == before


def test_a_prompt_is_measured_in_utf_16(outside: Outside) -> None:
    gen45 = {"model": "gen4.5", "ratio": "720:1280", "duration": 2}
    body = {**gen45, "promptText": "\N{FOX FACE}" * 500}
    answer = outside.http.post("/runway/v1/text_to_video", json=body, headers=RUNWAY_KEY)
    assert answer.status_code == 200


def test_a_key_and_a_version_are_needed(outside: Outside) -> None:
    path = "/runway/v1/text_to_video"
    no_key = {"x-runway-version": "2024-11-06"}
    assert outside.http.post(path, json=TASK, headers=no_key).status_code == 401
    key = {"authorization": "Bearer key_any"}
    assert outside.http.post(path, json=TASK, headers=key).status_code == 400
    old = {**key, "x-runway-version": "2024-09-13"}
    assert outside.http.post(path, json=TASK, headers=old).status_code == 400


def test_each_status_has_its_own_keys(slow: Outside) -> None:
    common = {"id", "createdAt", "status"}
    jobs = [start_task(slow, promptText=f"take {n}").json()["id"] for n in range(6)]
    last = task(slow, jobs[-1])
    assert (last["status"], set(last)) == ("THROTTLED", common | {"estimatedCost"})
    first = task(slow, jobs[0])
    assert (first["status"], set(first)) == ("PENDING", common | {"estimatedCost"})
    slow.advance(575)
    running = task(slow, jobs[0])
    assert set(running) == common | {"estimatedCost", "progress"}
    assert running["progress"] == pytest.approx(0.5, abs=0.02)
    slow.arm("runway", "create_task", "fail", failure_code="SAFETY.INPUT.TEXT")
    failing = start_task(slow, model="seedance2", ratio="496:864").json()["id"]
    slow.advance(1000)
    failed = task(slow, failing)
    assert (failed["status"], set(failed)) == (
        "FAILED",
        common | {"failure", "failureCode", "cost"},
    )
    assert set(ended_task(slow, jobs[0])) == common | {"output", "cost"}
    assert task(slow, jobs[-1])["status"] == "RUNNING"


def test_the_sdk_reads_every_status(slow: Outside) -> None:
    base = f"{slow.url}/runway"
    with runwayml.RunwayML(api_key="key_any", base_url=base, max_retries=0) as sdk:
        slow.arm("runway", "create_task", "fail", failure_code="INTERNAL")
        job = start_task(slow).json()["id"]
        slow.advance(500)
        assert isinstance(sdk.tasks.retrieve(job), Running)
        slow.advance(600)
        failed = sdk.tasks.retrieve(job)
        assert isinstance(failed, Failed)
        assert (failed.failure_code, failed.cost.credits) == ("INTERNAL", 0)


def test_other_models_have_their_own_places(slow: Outside) -> None:
    for n in range(5):
        start_task(slow, promptText=f"take {n}")
    other = start_task(slow, model="seedance2").json()["id"]
    assert task(slow, other)["status"] == "PENDING"


def test_cancelling_refunds_what_has_not_begun_and_frees_the_place(slow: Outside) -> None:
    jobs = [start_task(slow, promptText=f"take {n}").json()["id"] for n in range(6)]
    pending, running, throttled = jobs[0], jobs[1], jobs[5]

    def cancel(job: str) -> int:
        return slow.http.delete(f"/runway/v1/tasks/{job}", headers=RUNWAY_KEY).status_code

    full = 4 * 18 * 10_000
    assert cancel(pending) == 204
    assert task(slow, throttled)["status"] == "PENDING"
    slow.advance(500)
    assert cancel(running) == 204
    assert (micros(slow, pending), micros(slow, running)) == (0, full)
    assert cancel(throttled) == 204
    for job in (pending, running, throttled):
        answer = slow.http.get(f"/runway/v1/tasks/{job}", headers=RUNWAY_KEY)
        assert answer.status_code == 404
        assert set(answer.json()) == {"error"}
        assert cancel(job) == 404


def test_a_deleted_task_is_gone_and_paid_for(sdk: runwayml.RunwayML, outside: Outside) -> None:
    job = start_task(outside).json()["id"]
    ended_task(outside, job)
    sdk.tasks.delete(job)
    with pytest.raises(runwayml.NotFoundError):
        sdk.tasks.retrieve(job)
    assert micros(outside, job) == 720_000


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("SAFETY.INPUT.TEXT", 72),
        ("SAFETY.OUTPUT.VIDEO", 72),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", 72),
        ("INTERNAL", 0),
        ("INTERNAL.BAD_OUTPUT.CODE01", 0),
        ("INPUT_PREPROCESSING.INTERNAL", 0),
        ("THIRD_PARTY.UNAVAILABLE", 0),
        ("ASSET.INVALID", 0),
    ],
)
def test_moderated_tasks_cost_the_same_and_other_failures_nothing(
    outside: Outside, code: str, kept: int
) -> None:
    outside.arm("runway", "create_task", "fail", failure_code=code)
    failed = ended_task(outside, start_task(outside).json()["id"])
    assert (failed["status"], failed["failureCode"]) == ("FAILED", code)
    assert failed["cost"] == {"credits": kept}
    assert micros(outside, failed["id"]) == kept * 10_000


def test_a_task_that_somebody_cancels_says_so_and_is_paid_for(outside: Outside) -> None:
    outside.arm("runway", "create_task", "fail", failure_code="CANCELLED")
    ended = ended_task(outside, start_task(outside).json()["id"])
    assert set(ended) == {"id", "createdAt", "status", "cost"}
    assert ended["status"] == "CANCELLED"
    assert micros(outside, ended["id"]) == ended["cost"]["credits"] * 10_000 == 720_000


def test_each_look_mints_a_fresh_address_that_lives_a_day(outside: Outside) -> None:
    job = start_task(outside).json()["id"]
    first = ended_task(outside, job)["output"][0]
    whole = outside.http.get(first).content
    part = outside.http.get(first, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole[100:200])
    outside.advance(24 * HOURS + 5)
    assert outside.http.get(first).status_code == 403
    fresh = ended_task(outside, job)["output"][0]
    assert fresh != first
    assert outside.http.get(fresh).content == whole


def test_the_sdk_reads_the_organization(sdk: runwayml.RunwayML, outside: Outside) -> None:
    before = sdk.organization.retrieve()
    start_task(outside)
    after = sdk.organization.retrieve()
    assert before.credit_balance - after.credit_balance == 72
    counts = [shown.usage.models["seedance2_mini"].daily_generations for shown in (before, after)]
    assert counts[1] == counts[0] + 1
    assert after.tier.models["gen4.5"].max_concurrent_generations == 5
    used = sdk.organization.retrieve_usage()
    assert "seedance2_mini" in used.models


def test_the_sdk_meets_a_limit_and_a_broken_service(
    sdk: runwayml.RunwayML, outside: Outside
) -> None:
    outside.arm("runway", "create_task", "status", status=429)
    with pytest.raises(runwayml.RateLimitError):
        start_task_with_sdk(sdk)
    outside.arm("runway", "create_task", "status", status=503)
    with pytest.raises(runwayml.InternalServerError):
        start_task_with_sdk(sdk)


def test_a_state_can_be_a_word_that_nobody_knows(outside: Outside) -> None:
    job = start_task(outside).json()["id"]
    outside.arm("runway", "get_task", "odd-state", times=2)
    odd = [task(outside, job)["status"] for _ in range(2)]
    assert odd == ["REHEARSING", "REHEARSING"]
    assert ended_task(outside, job)["status"] == "SUCCEEDED"
