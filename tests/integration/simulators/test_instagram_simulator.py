import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.integration.simulators.graph_api import (
    BEARER,
    OTHER,
    TOKEN,
    USER,
    create,
    error_of,
    publish,
    read,
    ready,
    status,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import CLEAN, VideoHost, make


def posts(outside: Outside) -> list[dict[str, Any]]:
    return outside.ledger(effect="post.published")


def test_a_reel_is_published_and_the_ledger_knows_its_bytes_and_caption(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    container = ready(outside, video_host.url(reel), caption="a caption #two")
    media = publish(outside, container).json()["id"]
    shown = outside.http.get(
        f"/instagram/v25.0/{media}?fields=id,permalink,shortcode,timestamp,media_product_type,caption",
        headers=BEARER,
    ).json()
    assert shown["permalink"] == f"https://www.instagram.com/reel/{shown['shortcode']}/"
    assert shown["media_product_type"] == "REELS"
    assert shown["caption"] == "a caption #two"
    assert status(outside, container)["status_code"] == "PUBLISHED"
    entry = posts(outside)[-1]
    assert entry["ids"] == {"user": USER, "container": container, "media": media}
    assert entry["facts"]["sha256"] == hashlib.sha256(reel.read_bytes()).hexdigest()
    assert entry["facts"]["bytes"] == reel.stat().st_size
    assert entry["facts"]["caption"] == "a caption #two"
    assert entry["facts"]["permalink"] == shown["permalink"]


def test_ids_are_numbers(outside: Outside, video_host: VideoHost, reel: Path) -> None:
    container = ready(outside, video_host.url(reel))
    assert container.isdecimal()
    assert publish(outside, container).json()["id"].isdecimal()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("encoding", ["params", "data", "json"])
@pytest.mark.parametrize("place", ["Bearer", "OAuth", "parameter"])
def test_every_encoding_and_token_place_is_taken(  # noqa: PLR0913, PLR0917
    outside: Outside, video_host: VideoHost, reel: Path, slash: str, encoding: str, place: str
) -> None:
    params = {"media_type": "REELS", "video_url": video_host.url(reel), "caption": "x"}
    headers = {"authorization": f"{place} {TOKEN}"}
    if place == "parameter":
        headers, params = {}, {**params, "access_token": TOKEN}
    sent: dict[str, Any] = {encoding: params}
    answer = outside.http.post(f"/instagram/v26.0/{USER}/media{slash}", headers=headers, **sent)
    assert answer.status_code == 200
    container = answer.json()["id"]
    query = {"fields": "status_code", "access_token": TOKEN}
    shown = outside.http.get(f"/instagram/v26.0/{container}{slash}", params=query).json()
    assert shown == {"id": container, "status_code": "FINISHED"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"media_type": "STORY"}, (100, 2207023)),
        ({"video_url": ""}, (100, None)),
        ({"video_url": "http://example.com/é.mp4"}, (9004, 2207052)),
        ({"caption": "x" * 2201}, (36004, 2207010)),
        ({"caption": " ".join(f"#t{n}" for n in range(31))}, (36004, 2207010)),
        ({"caption": " ".join(f"@t{n}" for n in range(21))}, (36004, 2207010)),
        ({"thumb_offset": "-1"}, (1, 2207057)),
    ],
)
def test_bad_containers_are_refused(
    outside: Outside, change: dict[str, Any], code: tuple[int, int | None]
) -> None:
    assert error_of(create(outside, "http://127.0.0.1:1/x.mp4", **change)) == code


def test_a_token_is_needed(outside: Outside) -> None:
    assert error_of(outside.http.get(f"/instagram/v25.0/{USER}/media"))[0] == 104


@pytest.mark.parametrize("version", ["v18.0", "v20.0", "v99.0"])
def test_versions_that_are_not_alive_are_refused(outside: Outside, version: str) -> None:
    path = f"/instagram/{version}/{USER}/media"
    assert error_of(outside.http.get(path, headers=BEARER))[0] == 2500


@pytest.mark.parametrize(
    ("name", "options", "subcode", "rule"),
    [
        ("late.mp4", {"flags": ("-use_editlist", "0")}, 2207076, "moov stands after mdat"),
        ("edits.mp4", {"flags": ("-movflags", "+faststart")}, 2207076, "has an edit list"),
        ("short.mp4", {"seconds": 2.0}, 2207026, "lasts"),
        ("slow.mp4", {"fps": 12}, 2207026, "frames a second"),
        ("codec.mp4", {"flags": (*CLEAN, "-c:v", "mpeg4")}, 2207026, "video codec"),
        ("sound.mp4", {"flags": (*CLEAN, "-map", "1")}, 2207026, "no video track"),
    ],
)
def test_a_file_against_the_rules_ends_in_error_with_its_subcode(  # noqa: PLR0913, PLR0917
    outside: Outside,
    video_host: VideoHost,
    tmp_path: Path,
    name: str,
    options: dict[str, Any],
    subcode: int,
    rule: str,
) -> None:
    url = video_host.url(make(tmp_path / name, **options))
    container = create(outside, url).json()["id"]
    assert read(outside, container, fields="status_code,status").json() == {
        "id": container,
        "status_code": "ERROR",
        "status": f"Error: Media upload has failed with error code {subcode}",
    }
    assert rule in outside.ledger(effect="container.refused")[-1]["facts"]["rule"]
    assert error_of(publish(outside, container)) == (-1, 2207032)


@pytest.mark.parametrize("content", [b"", b"#EXTM3U\n", b"\x00" * 4000])
def test_what_is_no_mp4_ends_in_error(
    outside: Outside, video_host: VideoHost, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "fake.mp4"
    file.write_bytes(content)
    container = create(outside, video_host.url(file)).json()["id"]
    assert status(outside, container)["status_code"] == "ERROR"


def test_a_truncated_file_ends_in_error(
    outside: Outside, video_host: VideoHost, tmp_path: Path, reel: Path
) -> None:
    file = tmp_path / "cut.mp4"
    file.write_bytes(reel.read_bytes()[:2000])
    container = create(outside, video_host.url(file)).json()["id"]
    assert status(outside, container)["status_code"] == "ERROR"


def test_the_host_must_serve_ranges_in_one_way_or_the_other(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    ready(outside, video_host.url(reel, "ranged"))
    ready(outside, video_host.url(reel, "odd"))
    container = create(outside, video_host.url(reel, "plain")).json()["id"]
    assert status(outside, container)["status"].endswith("2207077")


def test_an_address_that_answers_nothing_ends_in_error(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    gone = video_host.url(reel).replace(reel.name, "gone.mp4")
    container = create(outside, gone).json()["id"]
    assert status(outside, container)["status"].endswith("2207052")
    container = create(outside, "http://127.0.0.1:9/reel.mp4").json()["id"]
    assert status(outside, container)["status"].endswith("2207052")


def test_a_container_error_can_be_armed(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    outside.arm("instagram", "create_container", "container-error", subcode=2207082)
    container = create(outside, video_host.url(reel)).json()["id"]
    assert status(outside, container)["status"].endswith("error code 2207082")


def test_publishing_before_it_is_ready_says_wait(
    tmp_path: Path, video_host: VideoHost, reel: Path
) -> None:
    outside = Outside(tmp_path, "--pace", "3000")
    outside.start()
    try:
        container = create(outside, video_host.url(reel)).json()["id"]
        assert status(outside, container)["status_code"] == "IN_PROGRESS"
        assert error_of(publish(outside, container)) == (9007, 2207027)
        while not outside.ledger(effect="container.fetched"):
            pass
        outside.advance(1001)
        assert status(outside, container)["status_code"] == "FINISHED"
        assert publish(outside, container).status_code == 200
    finally:
        outside.end()


def test_an_unpublished_container_expires_after_a_day(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    kept, lost = ready(outside, video_host.url(reel)), ready(outside, video_host.url(reel))
    publish(outside, kept)
    outside.advance(86_401)
    assert status(outside, kept)["status_code"] == "PUBLISHED"
    assert status(outside, lost)["status_code"] == "EXPIRED"
    assert error_of(publish(outside, lost)) == (24, 2207008)


def test_only_the_owner_publishes_a_container(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    container = ready(outside, video_host.url(reel))
    assert error_of(publish(outside, container, user=OTHER)) == (24, 2207006)
    assert error_of(publish(outside, "123")) == (24, 2207006)


@pytest.mark.parametrize(
    ("mode", "published", "answer"),
    [("duplicate", 2, "another"), ("same_id", 1, "same"), ("error", 1, "error")],
)
def test_a_second_commit_has_three_modes(  # noqa: PLR0913, PLR0917
    outside: Outside, video_host: VideoHost, reel: Path, mode: str, published: int, answer: str
) -> None:
    outside.arm("instagram", "media_publish", "second-commit", mode=mode)
    container = ready(outside, video_host.url(reel))
    first, second = publish(outside, container), publish(outside, container)
    ours = [entry for entry in posts(outside) if entry["ids"]["container"] == container]
    assert len(ours) == published
    if answer == "error":
        assert error_of(second) == (24, 2207006)
    else:
        assert (first.json()["id"] == second.json()["id"]) == (answer == "same")


def test_an_error_can_follow_a_success(outside: Outside, video_host: VideoHost, reel: Path) -> None:
    container = ready(outside, video_host.url(reel))
    before = len(posts(outside))
    options = {"code": 4, "subcode": 2207051, "after_effect": True}
    outside.arm("instagram", "media_publish", "graph-error", **options)
    assert error_of(publish(outside, container)) == (4, 2207051)
    assert len(posts(outside)) == before + 1
    assert status(outside, container)["status_code"] == "PUBLISHED"


def test_a_token_can_be_expired_by_a_fault(outside: Outside) -> None:
    outside.arm("instagram", "list_media", "graph-error", code=190, subcode=463)
    path = f"/instagram/v25.0/{USER}/media"
    assert error_of(outside.http.get(path, headers=BEARER)) == (190, 463)
    assert outside.http.get(path, headers=BEARER).status_code == 200


def test_reads_of_a_post_can_lie(outside: Outside, video_host: VideoHost, reel: Path) -> None:
    media = publish(outside, ready(outside, video_host.url(reel))).json()["id"]
    outside.arm("instagram", "get_media", "graph-error", code=100, subcode=33)
    answer = outside.http.get(f"/instagram/v25.0/{media}?fields=permalink", headers=BEARER)
    assert error_of(answer) == (100, 33)


def test_the_media_list_is_newest_first_with_older_posts_that_are_not_ours(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    media = publish(outside, ready(outside, video_host.url(reel))).json()["id"]
    path = f"/instagram/v25.0/{USER}/media"
    query = {"fields": "id,caption,timestamp"}
    listed = outside.http.get(path, params=query, headers=BEARER).json()["data"]
    assert listed[0]["id"] == media
    ours = {entry["ids"]["media"] for entry in posts(outside)}
    assert len([post for post in listed if post["id"] not in ours]) == 3
    assert [post["timestamp"] for post in listed] == sorted(
        (post["timestamp"] for post in listed), reverse=True
    )
    page = outside.http.get(path, params={**query, "limit": "2"}, headers=BEARER).json()
    after = {**query, "limit": "2", "after": page["paging"]["cursors"]["after"]}
    rest = outside.http.get(path, params=after, headers=BEARER).json()
    assert [post["id"] for post in page["data"] + rest["data"]] == [p["id"] for p in listed[:4]]


def test_the_publishing_limit_counts_a_rolling_day(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    path = f"/instagram/v25.0/{USER}/content_publishing_limit?fields=config,quota_usage"
    url = video_host.url(reel)
    container = ready(own_outside, url)
    for _ in range(50):
        assert publish(own_outside, container).status_code == 200
    shown = own_outside.http.get(path, headers=BEARER).json()["data"][0]
    assert shown == {"quota_usage": 50, "config": {"quota_total": 50, "quota_duration": 86400}}
    fresh = ready(own_outside, url)
    assert error_of(publish(own_outside, fresh)) == (9, 2207042)
    own_outside.advance(86_401)
    assert publish(own_outside, ready(own_outside, url)).status_code == 200


def test_what_does_not_exist_is_unreadable(outside: Outside) -> None:
    answer = outside.http.get("/instagram/v25.0/123?fields=id", headers=BEARER)
    assert error_of(answer) == (100, 33)


def test_an_account_names_itself_and_its_token_can_be_refreshed(outside: Outside) -> None:
    query = {"fields": "user_id,username", "access_token": f"IGAA{USER}"}
    assert outside.http.get("/instagram/v25.0/me", params=query).json()["user_id"] == USER
    query = {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    outside.advance(86_401)
    fresh = outside.http.get("/instagram/refresh_access_token", params=query).json()
    assert fresh["access_token"] != TOKEN
    assert (fresh["token_type"], fresh["expires_in"]) == ("bearer", 5183944)
