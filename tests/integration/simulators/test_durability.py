import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from simulators.app import Options, create_app
from simulators.ledger import LedgerTaken
from tests.integration.simulators.films import (
    FAL_KEY,
    FILM,
    PIKA,
    RUNWAY_KEY,
    TASK,
    ended_task,
    start_task,
    submit,
    task,
)
from tests.integration.simulators.outside import ROOT, Outside
from tests.integration.simulators.reels import VideoHost

KEY = {"authorization": "Bearer luma-api-SECRETKEY"}
CLIP: dict[str, Any] = {
    "model": "ray-3.2",
    "type": "video",
    "prompt": "a crash",
    "video": {"resolution": "360p"},
}
TOKEN = {"authorization": "Bearer IGAASECRETTOKEN"}
USER = "17841400000000001"


def film(outside: Outside) -> str:
    return str(outside.http.post("/luma/v1/generations", json=CLIP, headers=KEY).json()["id"])


def look(outside: Outside, job: str) -> dict[str, Any]:
    while True:
        path = f"/luma/v1/generations/{job}"
        shown: dict[str, Any] = outside.http.get(path, headers=KEY).json()
        if shown["state"] == "completed":
            return shown


def contain(outside: Outside, url: str) -> str:
    params = {"media_type": "REELS", "video_url": url, "caption": "kept"}
    path = f"/instagram/v25.0/{USER}/media"
    return str(outside.http.post(path, data=params, headers=TOKEN).json()["id"])


def code_of(outside: Outside, container: str) -> str:
    path = f"/instagram/v25.0/{container}?fields=status_code"
    return str(outside.http.get(path, headers=TOKEN).json()["status_code"])


def test_the_ledger_survives_a_kill(own_outside: Outside) -> None:
    film(own_outside)
    before = own_outside.ledger()
    own_outside.kill_and_restart()
    assert own_outside.ledger() == before
    film(own_outside)
    assert [entry["seq"] for entry in own_outside.ledger()] == [1, 2]


def test_no_answered_call_is_missing_after_a_kill_under_load(own_outside: Outside) -> None:
    answered: list[str] = []

    def keep_posting(base: str) -> None:
        with httpx.Client(base_url=base) as client:
            while True:
                try:
                    client.post("/slack/services/T/B/X", json={"text": "x"}).raise_for_status()
                except httpx.TransportError:
                    return
                answered.append("ok")

    threads = [threading.Thread(target=keep_posting, args=[own_outside.url]) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(answered) < 50:
        pass
    own_outside.kill_and_restart()
    for thread in threads:
        thread.join()
    kept = own_outside.ledger(effect="message.posted")
    assert len(answered) <= len(kept) <= len(answered) + len(threads)
    assert [entry["seq"] for entry in kept] == list(range(1, len(kept) + 1))


def test_jobs_containers_posts_messages_and_clock_go_on_after_a_kill(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    job = film(own_outside)
    before = look(own_outside, job)
    url = video_host.url(reel)
    published, waiting = contain(own_outside, url), contain(own_outside, url)
    codes = [code_of(own_outside, container) for container in (published, waiting)]
    assert codes == ["FINISHED", "FINISHED"]
    path = f"/instagram/v25.0/{USER}/media_publish"
    own_outside.http.post(path, data={"creation_id": published}, headers=TOKEN)
    own_outside.http.post("/slack/services/T/B/X", json={"text": "kept"})
    own_outside.advance(500)
    bill = own_outside.bill()
    own_outside.kill_and_restart()
    after = look(own_outside, job)
    assert after["created_at"] == before["created_at"]
    port = httpx.URL(own_outside.url).port
    old = httpx.URL(before["output"][0]["url"]).copy_with(port=port)
    assert own_outside.http.get(old).status_code == 200
    assert code_of(own_outside, published) == "PUBLISHED"
    assert code_of(own_outside, waiting) == "FINISHED"
    listed = own_outside.http.get(
        f"/instagram/v25.0/{USER}/media?fields=id,caption", headers=TOKEN
    ).json()["data"]
    assert listed[0]["caption"] == "kept"
    assert own_outside.http.get("/slack/_messages").json()["messages"][0]["text"] == "kept"
    assert own_outside.http.get("/_clock").json()["offset"] == pytest.approx(500)
    assert own_outside.bill() == bill


def test_a_fetch_and_a_clip_that_a_kill_interrupted_are_done_after_the_restart(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    own_outside.http.post(
        "/luma/v1/generations", json={**CLIP, "prompt": "a second crash"}, headers=KEY
    )
    job = own_outside.ledger()[-1]["ids"]["job"]
    container = contain(own_outside, video_host.url(reel))
    own_outside.kill_and_restart()
    assert look(own_outside, job)["output"]
    while code_of(own_outside, container) != "FINISHED":
        pass
    assert len(own_outside.ledger(effect="container.fetched")) == 1
    assert not list((own_outside.folder / "state" / "pending").iterdir())


def test_a_line_that_a_kill_cut_short_is_dropped(own_outside: Outside) -> None:
    film(own_outside)
    own_outside.end()
    file = own_outside.folder / "state" / "ledger.jsonl"
    with file.open("ab") as stream:
        stream.write(b'{"seq":2,"ti')
    own_outside.start()
    film(own_outside)
    assert [entry["seq"] for entry in own_outside.ledger()] == [1, 2]
    assert all(json.loads(line) for line in file.read_text().splitlines())


def test_no_credential_is_kept_in_the_ledger(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    look(own_outside, film(own_outside))
    container = contain(own_outside, video_host.url(reel))
    own_outside.http.get(f"/instagram/v25.0/{container}?access_token=IGAASECRETTOKEN")
    own_outside.http.post("/slack/services/T/B/SECRETHOOK", json={"text": "x"})
    headers = {"x-api-key": "sk-ant-SECRETKEY", "anthropic-version": "2023-06-01"}
    body = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": []}
    own_outside.http.post("/anthropic/v1/messages", json=body, headers=headers)
    kept = (own_outside.folder / "state" / "ledger.jsonl").read_text().lower()
    for secret in ("secrettoken", "secretkey", "secrethook", "sig=", "signature=", "s3cret"):
        assert secret not in kept


def test_two_processes_never_share_a_ledger(own_outside: Outside) -> None:
    with pytest.raises(LedgerTaken):
        create_app(Options(state=own_outside.folder / "state"))


def test_a_taken_port_is_a_clear_error(own_outside: Outside, tmp_path: Path) -> None:
    port = str(httpx.URL(own_outside.url).port)
    command = [sys.executable, "-m", "simulators", "--port", port, "--state", str(tmp_path / "b")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert port in done.stderr


def test_sigterm_ends_it_with_zero_even_while_a_call_hangs(own_outside: Outside) -> None:
    own_outside.arm("luma", "create_generation", "hang")
    with pytest.raises(httpx.ReadTimeout):
        own_outside.http.post("/luma/v1/generations", json=CLIP, headers=KEY, timeout=0.3)
    assert own_outside.end() == 0


def test_the_app_runs_in_process(tmp_path: Path) -> None:
    with TestClient(create_app(Options(state=tmp_path, pace=0))) as client:
        assert client.get("/_health").json()["status"] == "ok"
        assert client.post("/slack/services/T/B/X", json={"text": "x"}).text == "ok"
        wish = {"service": "slack", "op": "webhook", "kind": "refuse"}
        client.post("/_faults", json=wish)
        with pytest.raises(ConnectionResetError):
            client.post("/slack/services/T/B/X", json={"text": "x"})


def test_the_clock_can_be_set(own_outside: Outside) -> None:
    moved = own_outside.http.post("/_clock", json={"set": "2027-03-01T09:00:00+00:00"}).json()
    assert moved["now"].startswith("2027-03-01T09:00:0")
    film(own_outside)
    assert own_outside.ledger()[-1]["time"].startswith("2027-03-01T09:0")
    assert own_outside.http.post("/_clock", json={}).status_code == 422


def test_tasks_and_requests_go_on_after_a_kill(slow: Outside) -> None:
    tasks = [start_task(slow, promptText=f"take {n}").json()["id"] for n in range(7)]
    requests = [submit(slow, prompt=f"take {n}").json()["request_id"] for n in range(3)]
    deleted = slow.http.delete(f"/runway/v1/tasks/{tasks[0]}", headers=RUNWAY_KEY)
    assert deleted.status_code == 204
    slow.advance(500)

    def seen() -> list[str]:
        states = [task(slow, job).get("status", "gone") for job in tasks]
        for job in requests:
            path = f"/fal/fal-ai/pika/requests/{job}/status"
            states.append(slow.http.get(path, headers=FAL_KEY).json()["status"])
        return states

    before, bill = seen(), slow.bill()
    slow.kill_and_restart()
    assert seen() == before
    assert before[:2] == ["gone", "RUNNING"]
    assert before[5:] == ["RUNNING", "THROTTLED", "IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE"]
    assert slow.bill() == bill
    slow.advance(600)
    assert ended_task(slow, tasks[1])["output"]


def test_no_video_key_is_kept_in_the_ledger(own_outside: Outside) -> None:
    film(own_outside)
    keys = {"authorization": "Bearer key_SECRETKEY", "x-runway-version": "2024-11-06"}
    own_outside.http.post("/runway/v1/text_to_video", json=TASK, headers=keys)
    own_outside.http.post(PIKA, json=FILM, headers={"authorization": "Key SECRET:KEY"})
    kept = (own_outside.folder / "state" / "ledger.jsonl").read_text().lower()
    assert "secret" not in kept
    assert len(own_outside.ledger(effect="job.created")) == 3
