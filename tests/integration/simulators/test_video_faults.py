"""The same faults meet every video service, under the same names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.integration.simulators.films import (
    FAL_KEY,
    FILM,
    PIKA,
    RUNWAY_KEY,
    TASK,
)
from tests.integration.simulators.outside import Outside

LUMA_KEY = {"authorization": "Bearer luma-api-any"}
CLIP = {
    "model": "ray-3.2",
    "type": "video",
    "prompt": "a drop of water",
    "aspect_ratio": "1:1",
    "video": {"resolution": "360p"},
}
DREAM = {"model": "ray-flash-2", "prompt": "a drop of water", "resolution": "540p"}


@dataclass(frozen=True)
class Api:
    """One service's order, look and file."""

    service: str
    create: str
    look: str
    path: str
    order: dict[str, Any]
    key: dict[str, str]
    looked_at: str
    url: Callable[[dict[str, Any]], str | None]
    error: str
    """The key of an error body."""

    def send(self, outside: Outside, seconds: float = 20) -> httpx.Response:
        return outside.http.post(self.path, json=self.order, headers=self.key, timeout=seconds)

    def look_at(self, outside: Outside, job: str) -> httpx.Response:
        return outside.http.get(self.looked_at.format(job), headers=self.key)

    def film(self, outside: Outside) -> str:
        """A finished film's address."""
        shown = self.send(outside).json()
        job = shown.get("id") or shown["request_id"]
        while True:
            url = self.url(self.look_at(outside, job).json())
            if url:
                return url


def luma_url(shown: dict[str, Any]) -> str | None:
    return shown["output"] and str(shown["output"][0]["url"])


def dream_url(shown: dict[str, Any]) -> str | None:
    return shown["assets"] and str(shown["assets"]["video"])


def runway_url(shown: dict[str, Any]) -> str | None:
    return shown.get("output") and str(shown["output"][0])


def fal_url(shown: dict[str, Any]) -> str | None:
    return shown.get("video") and str(shown["video"]["url"])


APIS = [
    Api(
        "luma", "create_generation", "get_generation", "/luma/v1/generations", CLIP, LUMA_KEY,
        "/luma/v1/generations/{}", luma_url, "detail",
    ),
    Api(
        "luma", "create_generation", "get_generation", "/luma/dream-machine/v1/generations/video",
        DREAM, LUMA_KEY, "/luma/dream-machine/v1/generations/{}", dream_url, "detail",
    ),
    Api(
        "runway", "create_task", "get_task", "/runway/v1/text_to_video", TASK, RUNWAY_KEY,
        "/runway/v1/tasks/{}", runway_url, "error",
    ),
    Api(
        "fal", "submit", "get_status", PIKA, FILM, FAL_KEY, "/fal/fal-ai/pika/requests/{}",
        fal_url, "detail",
    ),
]  # fmt: skip
each_api = pytest.mark.parametrize("api", APIS, ids=["luma", "dream-machine", "runway", "fal"])


def bought(outside: Outside, api: Api) -> int:
    return len(outside.ledger(service=api.service, effect="job.created"))


@each_api
@pytest.mark.parametrize(
    ("kind", "options", "orders"),
    [
        ("refuse", {}, 0),
        ("hang", {}, 0),
        ("execute-then-hang", {}, 1),
        ("execute-then-reset", {}, 1),
        ("truncate", {}, 1),
        ("status", {"status": 503}, 0),
        ("status", {"status": 500, "after_effect": True}, 1),
        ("status", {"status": 429, "headers": {"Retry-After": "90"}}, 0),
        ("status", {"status": 200, "body": "<html>"}, 0),
    ],
)
def test_an_order_that_goes_wrong_was_or_was_not_taken(
    outside: Outside, api: Api, kind: str, options: dict[str, Any], orders: int
) -> None:
    before = bought(outside, api)
    outside.arm(api.service, api.create, kind, **options)
    try:
        answer = api.send(outside, seconds=0.7)
    except httpx.TransportError:
        assert kind != "status"
    else:
        assert answer.status_code == options["status"]
        assert answer.headers.get("retry-after") == options.get("headers", {}).get("Retry-After")
        if "body" not in options:
            assert api.error in answer.json()
    assert bought(outside, api) == before + orders
    assert outside.ledger(service=api.service)[-1]["fault"] == kind


@each_api
@pytest.mark.parametrize("kind", ["expired", "html", "short", "truncate", "slow"])
def test_a_download_can_go_wrong_once(outside: Outside, api: Api, kind: str) -> None:
    url = api.film(outside)
    whole = outside.http.get(url).content
    outside.arm(api.service, "download", kind, seconds=0.2)
    if kind == "truncate":
        with pytest.raises(httpx.RemoteProtocolError):
            outside.http.get(url)
    else:
        answer = outside.http.get(url)
        wrong = {
            "expired": (403, "text/xml", False),
            "html": (200, "text/html", False),
            "short": (200, "video/mp4", whole[: len(whole) // 2]),
            "slow": (200, "video/mp4", whole),
        }[kind]
        kind_of = answer.headers["content-type"].partition(";")[0]
        content = answer.content if answer.content[4:8] == b"ftyp" else False
        assert (answer.status_code, kind_of, content) == wrong
    assert outside.http.get(url).content == whole


@each_api
def test_a_look_can_go_wrong_and_changes_nothing(outside: Outside, api: Api) -> None:
    url = api.film(outside)
    outside.arm(api.service, api.look, "status", status=502)
    outside.arm(api.service, api.look, "odd-state")
    job = url.split("/")[-2]
    path = api.looked_at.format(job) + ("/status" if api.service == "fal" else "")
    broken, odd, right = (outside.http.get(path, headers=api.key) for _ in range(3))
    assert broken.status_code == 502
    words = [answer.json().get("state") or answer.json()["status"] for answer in (odd, right)]
    assert words[0] in {"contemplating", "REHEARSING", "HESITATING"}
    assert words[1] in {"completed", "SUCCEEDED", "COMPLETED"}


@each_api
def test_a_job_fails_on_order(outside: Outside, api: Api) -> None:
    outside.arm(api.service, api.create, "fail", failure_code="something_new")
    shown = api.send(outside).json()
    job = shown.get("id") or shown["request_id"]
    assert "something_new" not in str(shown)
    facts = outside.ledger(effect="job.created")[-1]
    assert (facts["ids"]["job"], facts["facts"]["failure_code"]) == (job, "something_new")
    assert not api.url(api.look_at(outside, job).json())


def test_luma_tells_two_limits_apart(outside: Outside) -> None:
    api, texts = APIS[0], []
    for kind in ("rate-limited", "too-many-jobs"):
        outside.arm("luma", "create_generation", kind, retry_after="Mon, 23 Nov 2026 12:00:00 GMT")
        answer = api.send(outside)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "Mon, 23 Nov 2026 12:00:00 GMT"
        texts.append(answer.json()["detail"])
    assert texts == ["Rate limit exceeded", "Too many concurrent jobs"]
