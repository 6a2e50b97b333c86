"""What a container is asked to be, and how many there may be."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest

from tests.integration.simulators.graph_api import (
    FLAVOURS,
    USER,
    bearer,
    create,
    error_of,
    post,
    publish,
    read,
    ready,
    status,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost

NOWHERE = "http://127.0.0.1:9/reel.mp4?sig=s3cret"
LIMIT = f"{USER}/content_publishing_limit"


def last_facts(outside: Outside) -> dict[str, Any]:
    facts: dict[str, Any] = outside.ledger(effect="container.created")[-1]["facts"]
    return facts


@pytest.fixture(scope="module")
def cover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("covers") / "cover.jpg"
    source = ("-f", "lavfi", "-i", "color=red:s=90x160", "-frames:v", "1")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, str(into)]
    subprocess.run(command, check=True)
    return into


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"media_type": "IMAGE"}, (100, 2207023)),
        ({"video_url": "ftp://x/y.mp4"}, (9004, 2207052)),
        ({"caption": "x" * 2201}, (36004, 2207010)),
        ({"thumb_offset": "soon"}, (1, 2207057)),
        ({"thumb_offset": "-1"}, (1, 2207057)),
        ({"cover_url": "http://x/é.jpg"}, (9004, 2207052)),
        ({"trial_params": "MANUAL"}, (100, None)),
        ({"trial_params": '{"graduation_strategy":"NEVER"}'}, (100, None)),
    ],
)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_parameter_that_cannot_be_is_refused(
    outside: Outside, flavour: str, change: dict[str, str], code: tuple[int, int | None]
) -> None:
    address = change.get("video_url", NOWHERE)
    rest = {name: value for name, value in change.items() if name != "video_url"}
    assert error_of(create(outside, address, flavour=flavour, **rest)) == code


@pytest.mark.parametrize(
    ("sent", "name", "kept"),
    [
        ({"share_to_feed": "true"}, "share_to_feed", True),
        ({"share_to_feed": "0"}, "share_to_feed", False),
        ({"is_ai_generated": "True"}, "is_ai_generated", True),
        ({"audio_name": "Our song"}, "audio_name", "Our song"),
        ({"thumb_offset": "1500"}, "thumb_offset", 1500),
        ({"trial_params": '{"graduation_strategy":"MANUAL"}'}, "trial_params", "MANUAL"),
        ({"cover_url": "http://127.0.0.1:9/c.jpg?sig=s3cret"}, "cover_url", "http://127.0.0.1:9/c.jpg"),
        ({}, "share_to_feed", None),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_a_fact(
    outside: Outside, sent: dict[str, str], name: str, kept: object
) -> None:
    create(outside, NOWHERE, **sent)
    facts = last_facts(outside)
    assert facts[name] == kept
    assert "s3cret" not in json.dumps(facts)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("encoding", ["params", "data", "json", "files"])
def test_every_encoding_says_the_same(outside: Outside, flavour: str, encoding: str) -> None:
    params = {"media_type": "REELS", "video_url": NOWHERE, "caption": "one & two #three"}
    sent: dict[str, Any] = {encoding: params}
    if encoding == "files":
        sent = {"files": {name: (None, value) for name, value in params.items()}}
    path = f"/{flavour}/v26.0/{USER}/media/"
    assert outside.http.post(path, headers=bearer("IGAA"), **sent).status_code == 200
    assert last_facts(outside)["caption"] == "one & two #three"


def test_an_offset_behind_the_end_is_found_while_processing(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    url = video_host.url(reel)
    ready(outside, url, thumb_offset=3000)
    container = create(outside, url, thumb_offset=9000).json()["id"]
    assert status(outside, container)["status"].endswith("2207057")


def test_a_cover_is_fetched_and_wins_over_an_offset(
    outside: Outside, video_host: VideoHost, reel: Path, cover: Path
) -> None:
    ready(outside, video_host.url(reel), cover_url=video_host.url(cover), thumb_offset=99_000)
    taken = outside.ledger(effect="container.fetched")[-1]["facts"]
    assert taken["cover"]["bytes"] == cover.stat().st_size
    assert "thumb_offset" not in last_facts(outside)


@pytest.mark.parametrize(
    ("content", "subcode"),
    [(b"\x89PNG", 2207005), (b"\xff\xd8\xff" + b"x" * 8 * 1024 * 1024, 2207004), (None, 2207052)],
    ids=["png", "large", "gone"],
)
def test_a_bad_cover_ends_in_error(  # noqa: PLR0913, PLR0917
    outside: Outside,
    video_host: VideoHost,
    reel: Path,
    tmp_path: Path,
    content: bytes | None,
    subcode: int,
) -> None:
    file = tmp_path / f"cover-{subcode}"
    file.write_bytes(content or b"")
    address = video_host.url(file)
    if content is None:
        address = address.replace(file.name, "nowhere")
    container = create(outside, video_host.url(reel), cover_url=address).json()["id"]
    assert status(outside, container)["status"].endswith(str(subcode))


def test_a_copyright_check_is_told(outside: Outside, video_host: VideoHost, reel: Path) -> None:
    url = video_host.url(reel)
    clean = status(outside, ready(outside, url))["copyright_check_status"]
    assert clean == {"status": "completed", "matches_found": False}
    outside.arm("instagram", "create_container", "copyright-match")
    found = status(outside, ready(outside, url))["copyright_check_status"]
    assert found == {"status": "completed", "matches_found": True}


def test_there_are_400_containers_in_a_day(own_outside: Outside) -> None:
    answers = [create(own_outside, NOWHERE) for _ in range(401)]
    assert {answer.status_code for answer in answers[:400]} == {200}
    assert error_of(answers[400]) == (9, 2207042)
    own_outside.advance(86_401)
    assert create(own_outside, NOWHERE).status_code == 200


def limit(outside: Outside, **query: Any) -> httpx.Response:  # noqa: ANN401 - parameters
    return read(outside, LIMIT, fields="config,quota_usage", **query)


def test_the_quota_can_be_set_and_counts_from_since(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    own_outside.arm("instagram", "any", "quota", total=1)
    url = video_host.url(reel)
    post(own_outside, url)
    (shown,) = limit(own_outside).json()["data"]
    assert shown == {"quota_usage": 1, "config": {"quota_total": 1, "quota_duration": 86400}}
    assert error_of(publish(own_outside, ready(own_outside, url))) == (9, 2207042)
    now = int(own_outside.http.get("/_clock").json()["seconds"])
    (shown,) = limit(own_outside, since=now + 10).json()["data"]
    assert shown["quota_usage"] == 0
    assert error_of(limit(own_outside, since=now - 90_000)) == (100, None)
    own_outside.http.post("/_posts", json={"user": USER, "caption": "by hand"})
    assert limit(own_outside).json()["data"][0]["quota_usage"] == 1


def test_fields_may_be_nested(outside: Outside) -> None:
    shown = read(outside, LIMIT, fields="config{quota_total}").json()["data"]
    assert shown == [{"config": {"quota_total": 50}}]
