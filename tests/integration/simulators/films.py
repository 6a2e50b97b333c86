"""Orders to the simulated video services, and their files looked at from outside."""

from pathlib import Path
from typing import Any

import av
import httpx

from tests.integration.simulators.outside import Outside

RUNWAY_KEY = {"authorization": "Bearer key_any", "x-runway-version": "2024-11-06"}
FAL_KEY = {"authorization": "Key any:any"}
PIKA = "/fal/fal-ai/pika/v2.2/text-to-video"
TASK: dict[str, Any] = {
    "model": "seedance2_mini",
    "promptText": "a drop of water",
    "ratio": "496:864",
    "duration": 4,
    "audio": False,
}
FILM: dict[str, Any] = {"prompt": "a drop of water", "aspect_ratio": "1:1", "duration": 5}


def start_task(outside: Outside, **change: object) -> httpx.Response:
    return outside.http.post(
        "/runway/v1/text_to_video", json={**TASK, **change}, headers=RUNWAY_KEY
    )


def task(outside: Outside, job: str) -> dict[str, Any]:
    shown: dict[str, Any] = outside.http.get(f"/runway/v1/tasks/{job}", headers=RUNWAY_KEY).json()
    return shown


def ended_task(outside: Outside, job: str) -> dict[str, Any]:
    while True:
        shown = task(outside, job)
        if shown["status"] not in {"PENDING", "THROTTLED", "RUNNING"}:
            return shown


def submit(outside: Outside, **change: object) -> httpx.Response:
    return outside.http.post(PIKA, json={**FILM, **change}, headers=FAL_KEY)


def status(outside: Outside, submitted: dict[str, Any]) -> httpx.Response:
    return outside.http.get(submitted["status_url"], headers=FAL_KEY)


def result(outside: Outside, submitted: dict[str, Any]) -> httpx.Response:
    while status(outside, submitted).status_code == 202:
        pass
    return outside.http.get(submitted["response_url"], headers=FAL_KEY)


class Film:
    """What a file is, by decoding it."""

    def __init__(self, content: bytes, folder: Path) -> None:
        file = folder / "film.mp4"
        file.write_bytes(content)
        with av.open(str(file)) as opened:
            video = opened.streams.video[0]
            self.size = (video.width, video.height)
            self.rate = video.average_rate
            self.audio = [stream.codec_context.name for stream in opened.streams.audio]
            self.frames = sum(1 for _ in opened.decode(video=0))


def micros(outside: Outside, job: str) -> int:
    """What a job is billed at now."""
    (line,) = (line for line in outside.bill()["lines"] if line["ids"].get("job") == job)
    amount: int = line["micros"]
    return amount
