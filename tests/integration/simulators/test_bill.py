from collections import Counter
from typing import Any

from tests.integration.simulators.films import RUNWAY_KEY, micros, start_task, submit
from tests.integration.simulators.outside import Outside

LUMA_KEY = {"authorization": "Bearer any"}
CLIP = {
    "model": "ray-3.2",
    "type": "video",
    "prompt": "a mixed day",
    "video": {"resolution": "720p", "duration": "10s"},
}
DREAM = {"model": "ray-2", "prompt": "a mixed day", "duration": "9s"}


def ordered(outside: Outside, path: str, body: dict[str, Any]) -> str:
    return str(outside.http.post(path, json=body, headers=LUMA_KEY).json()["id"])


def test_each_order_is_one_line_and_the_lines_add_up(slow: Outside) -> None:
    jobs = {
        ordered(slow, "/luma/v1/generations", CLIP): 900_000,
        ordered(slow, "/luma/dream-machine/v1/generations/video", DREAM): 1_280_000,
        submit(slow, duration=10).json()["request_id"]: 400_000,
    }
    gen45 = {"model": "gen4.5", "promptText": "x", "ratio": "720:1280", "duration": 10}
    answer = slow.http.post("/runway/v1/text_to_video", json=gen45, headers=RUNWAY_KEY)
    jobs[answer.json()["id"]] = 1_200_000
    bill = slow.bill()
    assert {line["ids"]["job"]: line["micros"] for line in bill["lines"]} == jobs
    assert bill["total_micros"] == sum(jobs.values())
    spent = Counter[str]()
    for line in bill["lines"]:
        spent[line["service"]] += line["micros"]
    sums = {name: one["micros"] for name, one in bill["services"].items() if one["micros"]}
    assert sums == dict(spent)


def test_sound_can_cost_more(slow: Outside) -> None:
    prices = {
        ("veo3.1", True): 160,
        ("veo3.1", False): 80,
        ("veo3.1_fast", True): 60,
        ("veo3.1_fast", False): 40,
        ("seedance2", True): 144,
        ("seedance2", False): 144,
    }
    for (model, audio), price in prices.items():
        answer = start_task(slow, model=model, ratio="720:1280", audio=audio).json()
        assert answer["estimatedCost"] == {"credits": price}
        assert micros(slow, answer["id"]) == price * 10_000


def test_money_comes_back_when_the_clock_has_come_to_the_failure(slow: Outside) -> None:
    slow.arm("runway", "create_task", "fail", failure_code="INTERNAL")
    slow.arm("fal", "submit", "fail", failure_code="internal_server_error")
    slow.arm("luma", "create_generation", "fail", failure_code="generation_failed")
    jobs = [
        start_task(slow).json()["id"],
        submit(slow).json()["request_id"],
        ordered(slow, "/luma/v1/generations", CLIP),
    ]
    assert [micros(slow, job) for job in jobs] == [720_000, 200_000, 900_000]
    slow.advance(990)
    assert slow.bill()["total_micros"] == 1_820_000
    slow.advance(15)
    assert slow.bill()["total_micros"] == 0


def test_an_order_without_an_answer_is_billed_once(slow: Outside) -> None:
    slow.arm("runway", "create_task", "status", status=500, after_effect=True)
    assert start_task(slow).status_code == 500
    assert slow.bill()["services"]["runway"] == {"calls": 1, "micros": 720_000}
    slow.arm("runway", "create_task", "status", status=500)
    assert start_task(slow).status_code == 500
    assert slow.bill()["services"]["runway"]["calls"] == 1
