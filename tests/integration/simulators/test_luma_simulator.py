from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import luma_agents
import pytest

from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import make

KEY = {"authorization": "Bearer luma-api-any"}
CLIP: dict[str, Any] = {
    "model": "ray-3.2",
    "type": "video",
    "prompt": "a drop of water",
    "aspect_ratio": "1:1",
    "video": {"duration": "5s", "resolution": "360p"},
}


@pytest.fixture(scope="module")
def luma(shared_outside: Outside) -> Iterator[luma_agents.Luma]:
    base = f"{shared_outside.url}/luma/v1"
    with luma_agents.Luma(auth_token="luma-api-any", base_url=base, max_retries=0) as client:
        yield client


def submit(outside: Outside, **change: object) -> httpx.Response:
    return outside.http.post("/luma/v1/generations", json={**CLIP, **change}, headers=KEY)


def finished(outside: Outside, job: str) -> dict[str, Any]:
    while True:
        shown: dict[str, Any] = outside.http.get(f"/luma/v1/generations/{job}", headers=KEY).json()
        if shown["state"] not in {"queued", "processing"}:
            return shown


def test_the_sdk_films_a_silent_clip_of_24_frames_a_second(
    luma: luma_agents.Luma, outside: Outside, tmp_path: Path
) -> None:
    made = luma.generations.create(
        model="ray-3.2",
        type="video",
        prompt="a drop of water",
        aspect_ratio="9:16",
        video={"duration": "5s", "resolution": "720p"},
    )
    assert (made.state, made.output) == ("queued", None)
    finished(outside, made.id)
    done = luma.generations.get(made.id)
    assert done.state == "completed"
    assert done.output
    file = tmp_path / "clip.mp4"
    file.write_bytes(outside.http.get(done.output[0].url).content)
    with av.open(str(file)) as clip:
        assert not clip.streams.audio
        video = clip.streams.video[0]
        assert (video.width, video.height) == (720, 1280)
        assert video.average_rate == 24
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert sum(1 for _ in clip.decode(video=0)) == 120


@pytest.mark.parametrize(
    ("aspect", "size"),
    [("1:1", (480, 480)), ("16:9", (640, 360)), ("21:9", (734, 314))],
)
def test_a_clip_has_the_aspect_asked_for(
    outside: Outside, tmp_path: Path, aspect: str, size: tuple[int, int]
) -> None:
    done = finished(outside, submit(outside, aspect_ratio=aspect).json()["id"])
    file = tmp_path / "clip.mp4"
    file.write_bytes(outside.http.get(done["output"][0]["url"]).content)
    with av.open(str(file)) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == size


def test_creation_answers_201_and_is_billed_by_length_and_resolution(outside: Outside) -> None:
    before = outside.bill()["services"]["luma"]["micros"]
    answer = submit(outside, video={"duration": "10s", "resolution": "720p"})
    assert answer.status_code == 201
    assert answer.headers["x-api-version"] == "2026-04-01"
    assert outside.bill()["services"]["luma"]["micros"] == before + 900_000
    submit(outside)
    assert outside.bill()["services"]["luma"]["micros"] == before + 960_000


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"prompt": ""}, 400),
        ({"prompt": "x" * 6001}, 400),
        ({"aspect_ratio": "5:4"}, 400),
        ({"video": {"duration": "20s"}}, 400),
        ({"video": {"resolution": "4k"}}, 400),
        ({"model": "ray-2"}, 400),
        ({"video": {"duration": "10s", "loop": True}}, 422),
        ({"video": {"duration": "10s", "start_frame": {"url": "https://x/y.jpg"}}}, 422),
        ({"video": {"start_frame": {"generation_id": "nobody"}}}, 422),
        ({"model": "uni-1"}, 422),
    ],
)
def test_bad_requests_are_refused_and_cost_nothing(
    outside: Outside, change: dict[str, object], status: int
) -> None:
    before = outside.bill()["total_micros"]
    answer = submit(outside, **change)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert outside.bill()["total_micros"] == before


def test_a_key_is_needed_and_an_unknown_job_is_not_found(outside: Outside) -> None:
    assert outside.http.post("/luma/v1/generations", json=CLIP).status_code == 401
    assert outside.http.get("/luma/v1/generations/nobody", headers=KEY).status_code == 404


def test_each_look_mints_a_fresh_address_that_lives_an_hour(outside: Outside) -> None:
    job = submit(outside).json()["id"]
    first = finished(outside, job)["output"][0]["url"]
    assert outside.http.get(first).status_code == 200
    outside.advance(3595)
    assert outside.http.get(first).status_code == 200
    outside.advance(10)
    expired = outside.http.get(first)
    assert (expired.status_code, "expired" in expired.text) == (403, True)
    fresh = finished(outside, job)["output"][0]["url"]
    assert fresh != first
    assert outside.http.get(fresh).status_code == 200


def test_a_changed_address_is_denied(outside: Outside) -> None:
    url = finished(outside, submit(outside).json()["id"])["output"][0]["url"]
    assert outside.http.get(url[:-4] + "0000").status_code == 403
    assert outside.http.get(url.replace("X-Amz-Expires=1", "X-Amz-Expires=9")).status_code == 403


def test_files_come_in_ranges(outside: Outside) -> None:
    url = finished(outside, submit(outside).json()["id"])["output"][0]["url"]
    whole = outside.http.get(url)
    part = outside.http.get(url, headers={"range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
    assert part.content == whole.content[1000:2000]
    rest = outside.http.get(url, headers={"range": f"bytes={len(whole.content) - 5}-"})
    assert rest.content == whole.content[-5:]
    beyond = outside.http.get(url, headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("content_moderated", 0),
        ("generation_failed", 0),
        ("budget_exhausted", 30_000),
        ("invalid_request", 60_000),
    ],
)
def test_a_job_can_fail_and_some_failures_are_refunded(
    outside: Outside, code: str, kept: int
) -> None:
    before = outside.bill()["services"]["luma"]["micros"]
    outside.arm("luma", "create_generation", "fail", failure_code=code)
    failed = finished(outside, submit(outside).json()["id"])
    assert (failed["state"], failed["failure_code"]) == ("failed", code)
    assert failed["failure_reason"]
    assert failed["output"] is None
    assert outside.bill()["services"]["luma"]["micros"] == before + kept


def test_an_extension_goes_on_from_a_finished_clip(outside: Outside) -> None:
    first = finished(outside, submit(outside).json()["id"])
    video = {"resolution": "360p", "start_frame": {"generation_id": first["id"]}}
    more = finished(outside, submit(outside, video=video).json()["id"])
    assert more["state"] == "completed"
    facts = outside.ledger(effect="job.created")[-1]["facts"]
    assert (facts["extends"], facts["clip"]["start"]) == (first["id"], 5)


def test_the_same_prompt_looks_the_same_and_another_looks_different(outside: Outside) -> None:
    def film(prompt: str) -> bytes:
        done = finished(outside, submit(outside, prompt=prompt).json()["id"])
        return outside.http.get(done["output"][0]["url"]).content

    assert film("one fox") == film("one fox")
    assert film("one fox") != film("two foxes")


def test_a_job_passes_its_states_by_the_clock(tmp_path: Path) -> None:
    outside = Outside(tmp_path, "--pace", "1000")
    outside.start()
    try:
        job = submit(outside).json()["id"]

        def state() -> str:
            shown = outside.http.get(f"/luma/v1/generations/{job}", headers=KEY).json()
            return str(shown["state"])

        assert state() == "queued"
        outside.advance(200)
        assert state() == "processing"
        outside.arm("luma", "create_generation", "fail", failure_code="generation_failed")
        job = submit(outside).json()["id"]
        outside.advance(1001)
        assert state() == "failed"
    finally:
        outside.end()


def test_the_top_clip_is_handed_out_as_it_is(tmp_path: Path) -> None:
    clip = make(tmp_path / "mine.mp4", seconds=1, fps=50, flags=())
    outside = Outside(tmp_path, "--top-clip", str(clip))
    outside.start()
    try:
        done = finished(outside, submit(outside).json()["id"])
        assert outside.http.get(done["output"][0]["url"]).content == clip.read_bytes()
    finally:
        outside.end()


def test_more_jobs_than_may_be_under_way_are_refused(slow: Outside) -> None:
    assert {submit(slow).status_code for _ in range(60)} == {201}
    refused = submit(slow)
    assert refused.status_code == 429
    assert refused.json() == {"detail": "Too many concurrent jobs"}
    assert refused.headers["retry-after"] == "20"
    slow.advance(1001)
    assert submit(slow).status_code == 201
