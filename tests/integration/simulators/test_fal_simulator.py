from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.simulators.films import (
    FAL_KEY,
    FILM,
    PIKA,
    Film,
    micros,
    result,
    status,
    submit,
)
from tests.integration.simulators.outside import Outside

HOUR, DAY = 3600, 86_400
ENDPOINT = "fal-ai/pika/v2.2/text-to-video"
LISTED = "/fal/v1/models/requests/by-endpoint"


def cancel(outside: Outside, submitted: dict[str, Any]) -> httpx.Response:
    return outside.http.put(submitted["cancel_url"], headers=FAL_KEY)


def listed(outside: Outside, **query: str) -> dict[str, Any]:
    params = {"endpoint_id": ENDPOINT, "expand": "payloads", **query}
    body: dict[str, Any] = outside.http.get(LISTED, params=params, headers=FAL_KEY).json()
    return body


def test_a_request_leads_to_a_silent_clip_of_24_frames_a_second(
    outside: Outside, tmp_path: Path
) -> None:
    submitted = submit(outside, duration=5).json()
    video = result(outside, submitted).json()["video"]
    assert (video["content_type"], video["file_name"]) == ("video/mp4", "output.mp4")
    content = outside.http.get(video["url"]).content
    assert video["file_size"] == len(content)
    film = Film(content, tmp_path)
    assert (film.size, film.frames) == ((720, 720), 120)
    assert film.rate == 24
    assert not film.audio


def test_addresses_drop_the_end_of_the_endpoint(outside: Outside) -> None:
    submitted = submit(outside).json()
    base = f"{outside.url}/fal/fal-ai/pika/requests/{submitted['request_id']}"
    assert submitted["response_url"] == base
    assert submitted["status_url"] == f"{base}/status"
    assert submitted["cancel_url"] == f"{base}/cancel"
    wrong = f"{PIKA}/requests/{submitted['request_id']}/status"
    assert outside.http.get(wrong, headers=FAL_KEY).status_code in {404, 405}


def test_a_request_waits_its_turn_and_passes_its_states(slow: Outside) -> None:
    requests = [submit(slow, prompt=f"take {n}").json() for n in range(4)]
    assert [one["queue_position"] for one in requests] == [0, 1, 2, 3]
    slow.advance(500)
    running, waiting = status(slow, requests[0]), status(slow, requests[3])
    assert (running.status_code, waiting.status_code) == (202, 202)
    assert running.json()["status"] == "IN_PROGRESS"
    assert "logs" in running.json()
    assert (waiting.json()["status"], waiting.json()["queue_position"]) == ("IN_QUEUE", 1)
    early = slow.http.get(requests[0]["response_url"], headers=FAL_KEY)
    assert early.status_code == 400
    slow.advance(600)
    while status(slow, requests[0]).status_code == 202:
        pass
    done = status(slow, requests[0]).json()
    assert done["status"] == "COMPLETED"
    assert {"logs", "metrics"} <= set(done)
    assert "error" not in done


@pytest.mark.parametrize("duration", [5, "5"])
def test_a_duration_may_be_a_number_or_text(outside: Outside, duration: object) -> None:
    assert result(outside, submit(outside, duration=duration).json()).status_code == 200


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"duration": 7}, "duration"),
        ({"duration": True}, "duration"),
        ({"aspect_ratio": "21:9"}, "aspect_ratio"),
        ({"resolution": "480p"}, "resolution"),
        ({"prompt": 5}, "prompt"),
    ],
)
def test_the_queue_takes_a_bad_input_and_the_model_refuses_it(
    outside: Outside, change: dict[str, object], where: str
) -> None:
    answer = submit(outside, **change)
    assert answer.status_code == 200
    refused = result(outside, answer.json())
    assert refused.status_code == 422
    assert refused.headers["x-fal-retryable"] == "false"
    assert refused.json()["detail"][0]["loc"] == ["body", where]


@pytest.mark.parametrize(
    ("code", "http", "retryable", "kept"),
    [
        ("content_policy_violation", 422, "false", 200_000),
        ("no_media_generated", 422, "false", 200_000),
        ("downstream_service_error", 400, "false", 200_000),
        ("generation_timeout", 504, "true", 0),
        ("downstream_service_unavailable", 500, "true", 0),
        ("anything_else", 500, "true", 0),
    ],
)
def test_a_completed_request_can_have_failed_in_the_model(
    outside: Outside, code: str, http: int, retryable: str, kept: int
) -> None:
    outside.arm("fal", "submit", "fail", failure_code=code)
    submitted = submit(outside).json()
    failed = result(outside, submitted)
    assert status(outside, submitted).json()["error_type"] == code
    assert (failed.status_code, failed.headers["x-fal-retryable"]) == (http, retryable)
    assert failed.json()["detail"][0]["type"] == code
    assert micros(outside, submitted["request_id"]) == kept


def test_a_failure_of_the_platform_is_flat(outside: Outside) -> None:
    outside.arm("fal", "submit", "fail", failure_code="runner_scheduling_failure")
    failed = result(outside, submit(outside).json())
    assert failed.status_code == 503
    assert failed.headers["x-fal-error-type"] == "runner_scheduling_failure"
    assert failed.json()["error_type"] == "runner_scheduling_failure"
    assert isinstance(failed.json()["detail"], str)


def test_a_cancel_has_three_outcomes(slow: Outside) -> None:
    running, queued = (submit(slow, prompt=f"take {n}").json() for n in range(2))
    slow.advance(100)
    asked = cancel(slow, queued)
    assert (asked.status_code, asked.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    ended = status(slow, queued)
    assert (ended.status_code, ended.json()["error_type"]) == (200, "client_cancelled")
    assert micros(slow, queued["request_id"]) == 0
    slow.advance(400)
    assert cancel(slow, running).status_code == 202
    assert status(slow, running).json()["status"] == "IN_PROGRESS"
    slow.advance(600)
    assert result(slow, running).status_code == 200
    late = cancel(slow, running)
    assert (late.status_code, late.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert micros(slow, running["request_id"]) == 200_000
    nobody = slow.http.put("/fal/fal-ai/pika/requests/nobody/cancel", headers=FAL_KEY)
    assert nobody.status_code == 404


def test_a_result_is_kept_for_an_hour_and_its_file_for_a_week(outside: Outside) -> None:
    submitted = submit(outside).json()
    first = result(outside, submitted).json()["video"]["url"]
    assert result(outside, submitted).json()["video"]["url"] == first
    outside.advance(HOUR + 5)
    for url in (submitted["response_url"], submitted["status_url"]):
        assert outside.http.get(url, headers=FAL_KEY).status_code == 404
    assert outside.http.get(first).status_code == 200
    part = outside.http.get(first, headers={"range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)
    outside.advance(7 * DAY)
    assert outside.http.get(first).status_code == 403


def test_a_key_of_its_own_kind_is_needed(outside: Outside) -> None:
    bearer = {"authorization": "Bearer any"}
    assert outside.http.post(PIKA, json=FILM, headers=bearer).status_code == 401
    assert outside.http.get(LISTED, headers=bearer).status_code == 401


def test_an_orphan_is_found_in_the_list_by_its_words(outside: Outside) -> None:
    words = {"prompt": "an orphan by the sea", "duration": 5, "aspect_ratio": "1:1"}
    outside.arm("fal", "submit", "execute-then-reset")
    with pytest.raises(httpx.TransportError):
        submit(outside, **words)
    (found,) = (item for item in listed(outside)["items"] if item["json_input"] == words)
    assert found["endpoint_id"] == ENDPOINT
    assert {"sent_at", "started_at"} <= set(found)
    base = f"/fal/fal-ai/pika/requests/{found['request_id']}"
    film = result(outside, {"status_url": f"{base}/status", "response_url": base}).json()
    (ended,) = (item for item in listed(outside)["items"] if item["json_input"] == words)
    assert {"ended_at", "status_code", "duration"} <= set(ended)
    assert ended["json_output"] == film


def test_the_list_has_pages_and_a_time_range(outside: Outside) -> None:
    outside.advance(40 * DAY)
    requests = [submit(outside, prompt=f"page {n}").json()["request_id"] for n in range(3)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = listed(outside, limit="2", **cursor)
        seen += [item["request_id"] for item in page["items"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(requests)
    plain = outside.http.get(LISTED, params={"endpoint_id": ENDPOINT}, headers=FAL_KEY).json()
    assert all("json_input" not in item for item in plain["items"])
    now = outside.http.get("/_clock").json()["now"]
    assert not listed(outside, start=now)["items"]
    assert not listed(outside, end="2026-01-01", start="2025-01-01T00:00:00Z")["items"]
    assert outside.http.get(LISTED, headers=FAL_KEY).status_code == 400
    assert listed(outside, endpoint_id="fal-ai/other")["items"] == []


def test_a_request_in_the_queue_is_not_listed_yet(slow: Outside) -> None:
    submitted = submit(slow).json()
    assert listed(slow)["items"] == []
    slow.advance(500)
    (item,) = listed(slow)["items"]
    assert item["request_id"] == submitted["request_id"]
    assert item["json_input"] == FILM
    assert "ended_at" not in item


def test_the_platform_tells_the_price(outside: Outside) -> None:
    params = {"endpoint_id": ENDPOINT}
    body = outside.http.get("/fal/v1/models/pricing", params=params, headers=FAL_KEY).json()
    (price,) = body["prices"]
    assert (price["endpoint_id"], price["unit"], price["currency"]) == (ENDPOINT, "seconds", "USD")


def test_a_request_is_billed_by_length_and_resolution(slow: Outside) -> None:
    wishes = {
        ("720p", 5): 200_000,
        ("720p", "10"): 400_000,
        ("1080p", 5): 450_000,
        ("1080p", 10): 900_000,
    }
    for (resolution, duration), price in wishes.items():
        submitted = submit(slow, resolution=resolution, duration=duration).json()
        assert micros(slow, submitted["request_id"]) == price


def test_a_state_can_be_a_word_that_nobody_knows(outside: Outside) -> None:
    submitted = submit(outside).json()
    outside.arm("fal", "get_status", "odd-state", state="PONDERING")
    assert status(outside, submitted).json()["status"] == "PONDERING"
    assert result(outside, submitted).status_code == 200
