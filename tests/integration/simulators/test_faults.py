import threading
import time
from collections.abc import Callable

import httpx
import pytest

from tests.integration.simulators.outside import Outside

KEY = {"authorization": "Bearer luma-api-any"}
CLIP = {
    "model": "ray-3.2",
    "type": "video",
    "prompt": "a fault",
    "video": {"resolution": "360p"},
}
WHERE = ("luma", "create_generation")


def submit(outside: Outside, seconds: float = 20) -> httpx.Response:
    path = "/luma/v1/generations"
    return outside.http.post(path, json=CLIP, headers=KEY, timeout=seconds)


def jobs(outside: Outside) -> int:
    return len(outside.ledger(effect="job.created"))


@pytest.mark.parametrize(
    ("kind", "failure", "bought"),
    [
        ("refuse", httpx.TransportError, 0),
        ("hang", httpx.ReadTimeout, 0),
        ("execute-then-hang", httpx.ReadTimeout, 1),
        ("execute_then_reset", httpx.TransportError, 1),
        ("truncate", httpx.RemoteProtocolError, 1),
    ],
)
def test_a_broken_call_did_or_did_not_take_effect(
    outside: Outside, kind: str, failure: type[Exception], bought: int
) -> None:
    before = jobs(outside)
    outside.arm(*WHERE, kind)
    with pytest.raises(failure):
        submit(outside, seconds=0.7)
    assert jobs(outside) == before + bought
    entry = outside.ledger(service="luma", op="create_generation")[-1]
    assert entry["fault"] == kind.replace("_", "-")
    assert submit(outside).status_code == 201


def test_a_hang_can_end_by_itself(outside: Outside) -> None:
    outside.arm(*WHERE, "hang", seconds=0.3)
    with pytest.raises(httpx.TransportError):
        submit(outside)


def test_a_status_has_the_code_body_and_headers_asked_for(outside: Outside) -> None:
    before = jobs(outside)
    outside.arm(*WHERE, "status", code=429, headers={"Retry-After": "3"})
    limited = submit(outside)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert "detail" in limited.json()
    outside.arm(*WHERE, "status", code=402, body={"detail": "no funds"})
    assert submit(outside).json() == {"detail": "no funds"}
    outside.arm(*WHERE, "status", code=502, body="<html>")
    assert submit(outside).text == "<html>"
    assert jobs(outside) == before


def test_an_error_can_hide_a_success(outside: Outside) -> None:
    before = jobs(outside)
    outside.arm(*WHERE, "status", code=500, after_effect=True)
    assert submit(outside).status_code == 500
    assert jobs(outside) == before + 1


def test_a_fault_meets_as_many_calls_as_asked_after_those_to_skip(outside: Outside) -> None:
    outside.arm(*WHERE, "status", code=503, times=2, skip=1)
    assert [submit(outside).status_code for _ in range(4)] == [201, 503, 503, 201]


def test_faults_meet_calls_in_the_order_they_were_armed(outside: Outside) -> None:
    wishes = [
        {"service": "luma", "op": "create_generation", "kind": "status", "code": code}
        for code in (500, 502)
    ]
    outside.http.post("/_faults", json=wishes).raise_for_status()
    assert [submit(outside).status_code for _ in range(3)] == [500, 502, 201]


def test_a_fault_leaves_other_operations_alone(outside: Outside) -> None:
    outside.arm(*WHERE, "status", code=500)
    assert outside.http.get("/luma/v1/generations/nobody", headers=KEY).status_code == 404
    assert submit(outside).status_code == 500


def took(call: Callable[[], httpx.Response]) -> float:
    begun = time.monotonic()
    assert call().is_success
    return time.monotonic() - begun


def test_an_answer_can_be_late_or_slow(outside: Outside) -> None:
    outside.arm(*WHERE, "delay", seconds=0.5)
    assert took(lambda: submit(outside)) >= 0.5
    outside.arm(*WHERE, "slow", seconds=0.5)
    assert took(lambda: submit(outside)) >= 0.4


def test_a_hanging_call_does_not_hold_up_others(outside: Outside) -> None:
    outside.arm(*WHERE, "hang", seconds=5)
    failures: list[Exception] = []

    def hang() -> None:
        try:
            submit(outside, seconds=2)
        except httpx.TransportError as failure:
            failures.append(failure)

    thread = threading.Thread(target=hang)
    thread.start()
    while outside.http.get("/_faults").json()["armed"]:
        time.sleep(0.01)
    assert took(lambda: submit(outside)) < 2
    thread.join()
    assert len(failures) == 1


def test_a_download_can_break_off_in_the_middle(outside: Outside) -> None:
    job = submit(outside).json()["id"]
    shown: dict[str, object] = {}
    while shown.get("state") != "completed":
        shown = outside.http.get(f"/luma/v1/generations/{job}", headers=KEY).json()
    url = str(shown["output"][0]["url"])  # type: ignore[index]
    whole = outside.http.get(url).content
    outside.arm("luma", "download", "truncate")
    got: list[bytes] = []
    with outside.http.stream("GET", url) as answer, pytest.raises(httpx.RemoteProtocolError):
        got.extend(answer.iter_bytes())
    assert b"".join(got) == whole[: len(whole) // 2]
    outside.arm("luma", "download", "truncate")
    headers = {"range": "bytes=100-199"}
    with pytest.raises(httpx.RemoteProtocolError):
        outside.http.get(url, headers=headers)
    assert outside.http.get(url, headers=headers).content == whole[100:200]


@pytest.mark.parametrize(
    "wish",
    [
        {"service": "luma", "op": "create", "kind": "hang"},
        {"service": "nobody", "op": "create_generation", "kind": "hang"},
        {"service": "luma", "op": "create_generation", "kind": "explode"},
        {"service": "anthropic", "op": "messages", "kind": "container-error"},
    ],
)
def test_a_fault_that_does_not_exist_is_refused_with_the_list(
    outside: Outside, wish: dict[str, str]
) -> None:
    answer = outside.http.post("/_faults", json=wish)
    assert answer.status_code == 422
    assert "there are:" in answer.json()["error"]


def test_faults_can_be_listed_and_cleared(outside: Outside) -> None:
    outside.arm(*WHERE, "hang", times=3)
    armed = outside.http.get("/_faults").json()["armed"]
    assert (armed[0]["kind"], armed[0]["times"]) == ("hang", 3)
    assert outside.http.delete("/_faults").json() == {"armed": []}
    assert submit(outside).status_code == 201
