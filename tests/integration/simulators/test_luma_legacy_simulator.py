from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import lumaai
import pytest
from lumaai.types import Generation

from tests.integration.simulators.films import Film, micros
from tests.integration.simulators.outside import Outside

KEY = {"authorization": "Bearer luma-any"}
BASE = "/luma/dream-machine/v1"
CLIP: dict[str, Any] = {
    "model": "ray-flash-2",
    "prompt": "a drop of water",
    "aspect_ratio": "1:1",
    "resolution": "540p",
    "duration": "5s",
}
FIELDS = {
    "id", "generation_type", "state", "failure_reason", "created_at", "assets", "model", "request",
}  # fmt: skip


@pytest.fixture(scope="module")
def sdk(shared_outside: Outside) -> Iterator[lumaai.LumaAI]:
    base = f"{shared_outside.url}{BASE}"
    with lumaai.LumaAI(auth_token="luma-any", base_url=base, max_retries=0) as client:
        yield client


def create(outside: Outside, **change: object) -> httpx.Response:
    return outside.http.post(f"{BASE}/generations/video", json={**CLIP, **change}, headers=KEY)


def film(sdk: lumaai.LumaAI, **change: Any) -> Generation:  # noqa: ANN401 - any wish
    made = sdk.generations.video.create(**{**CLIP, **change})
    assert str(made.state) == "queued"
    while made.state not in {"completed", "failed"}:
        assert made.id
        made = sdk.generations.get(made.id)
    return made


def test_the_sdk_films_a_silent_clip_of_24_frames_a_second(
    sdk: lumaai.LumaAI, outside: Outside, tmp_path: Path
) -> None:
    done = film(sdk)
    assert done.assets
    assert done.assets.video
    whole = outside.http.get(done.assets.video).content
    part = outside.http.get(done.assets.video, headers={"range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole[5:10])
    seen = Film(whole, tmp_path)
    assert (seen.size, seen.frames) == ((720, 720), 120)
    assert seen.rate == 24
    assert not seen.audio


def test_the_sdk_lists_deletes_and_asks_for_credits(sdk: lumaai.LumaAI, outside: Outside) -> None:
    credit = sdk.credits.get().credit_balance
    jobs = [create(outside, prompt=f"take {n}").json()["id"] for n in range(3)]
    page = sdk.generations.list(limit=2, offset=1)
    assert [one.id for one in page.generations] == [jobs[1], jobs[0]]
    assert (page.count, page.limit, page.offset) == (2, 2, 1)
    sdk.generations.delete(jobs[2])
    with pytest.raises(lumaai.NotFoundError):
        sdk.generations.get(jobs[2])
    assert sdk.generations.list(limit=1).generations[0].id == jobs[1]
    assert sdk.credits.get().credit_balance == credit - 3 * 14
    assert sdk.ping.check().message == "pong"


def test_an_orphan_is_found_in_the_list(sdk: lumaai.LumaAI, outside: Outside) -> None:
    outside.arm("luma", "create_generation", "execute-then-reset")
    with pytest.raises(lumaai.APIConnectionError):
        sdk.generations.video.create(**{**CLIP, "prompt": "an orphan"})
    found = sdk.generations.list(limit=1).generations[0]
    assert found.request
    assert found.request.to_dict()["prompt"] == "an orphan"


def test_an_extension_goes_on_from_a_finished_clip(sdk: lumaai.LumaAI, outside: Outside) -> None:
    first = film(sdk)
    frames = {"frame0": {"type": "generation", "id": first.id}}
    assert film(sdk, keyframes=frames).state == "completed"
    facts = outside.ledger(effect="job.created")[-1]["facts"]
    assert (facts["extends"], facts["clip"]["start"]) == (first.id, 5)


def test_a_job_passes_its_states_by_the_clock(tmp_path: Path) -> None:
    outside = Outside(tmp_path, "--pace", "1000")
    outside.start()
    try:
        job = create(outside).json()
        assert set(job) == FIELDS

        def state() -> str:
            shown = outside.http.get(f"{BASE}/generations/{job['id']}", headers=KEY).json()
            assert set(shown) == FIELDS
            return str(shown["state"])

        assert state() == "queued"
        outside.advance(200)
        assert state() == "dreaming"
    finally:
        outside.end()


@pytest.mark.parametrize(
    ("change", "price"),
    [
        ({}, 140_000),
        ({"model": "ray-2", "resolution": "720p"}, 710_000),
        ({"model": "ray-2", "resolution": "720p", "duration": "9s"}, 1_280_000),
    ],
)
def test_a_job_is_billed_by_model_length_and_resolution(
    outside: Outside, change: dict[str, str], price: int
) -> None:
    assert micros(outside, create(outside, **change).json()["id"]) == price


def test_a_failed_job_says_why_and_is_billed(sdk: lumaai.LumaAI, outside: Outside) -> None:
    outside.arm("luma", "create_generation", "fail", failure_code="content_moderated")
    failed = film(sdk)
    assert failed.state == "failed"
    assert failed.failure_reason
    assert micros(outside, str(failed.id)) == 140_000


@pytest.mark.parametrize(
    "change",
    [
        {"model": "ray-3.2"},
        {"duration": "10s"},
        {"resolution": "360p"},
        {"aspect_ratio": "5:4"},
        {"prompt": ""},
        {"keyframes": {"frame0": {"type": "generation", "id": "nobody"}}},
    ],
)
def test_bad_requests_are_refused_and_cost_nothing(
    outside: Outside, change: dict[str, object]
) -> None:
    before = outside.bill()["total_micros"]
    answer = create(outside, **change)
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)
    assert outside.bill()["total_micros"] == before


def test_the_sdk_meets_a_wrong_key_and_a_limit(outside: Outside, sdk: lumaai.LumaAI) -> None:
    path = f"{BASE}/generations/video"
    assert outside.http.post(path, json=CLIP).status_code == 401
    outside.arm("luma", "create_generation", "rate-limited", retry_after=90)
    with pytest.raises(lumaai.RateLimitError) as met:
        sdk.generations.video.create(**CLIP)
    assert met.value.response.headers["retry-after"] == "90"


def test_a_state_can_be_a_word_that_nobody_knows(outside: Outside) -> None:
    job = create(outside).json()["id"]
    outside.arm("luma", "get_generation", "odd-state", state="musing")
    shown = outside.http.get(f"{BASE}/generations/{job}", headers=KEY).json()
    assert shown["state"] == "musing"
