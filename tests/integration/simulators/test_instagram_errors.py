"""The error table of Meta's pages, and what stands in the way of calls for a while."""

import json
from pathlib import Path

import pytest

from tests.integration.simulators.graph_api import (
    BEARER,
    FLAVOURS,
    OTHER,
    USER,
    create,
    error_of,
    listed,
    make_token,
    post,
    publish,
    read,
    ready,
    status,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost

TRANSIENT = {-2, -1, 1, 2, 17, 32, 613, 80002}
DOCUMENTED = [
    (-2, 2207003, "It takes too long to download the media."),
    (-2, 2207020, "The media you are trying to access has expired."),
    (-1, 2207001, "Instagram server error. Try again."),
    (-1, 2207032, "Create media fail, please try to re-create media"),
    (-1, 2207053, "unknown upload error"),
    (1, 2207057, "Thumbnail offset must be greater than or equal to 0"),
    (4, 2207051, "We restrict certain activity to protect our community."),
    (9, 2207042, "You reached maximum number of posts"),
    (24, 2207006, "The media with the given id cannot be found"),
    (24, 2207008, "The media builder with the given creation id does not exist"),
    (25, 2207050, "The Instagram account is restricted."),
    (100, 2207023, "The media type is unknown."),
    (100, 2207028, "Your post won't work as a carousel."),
    (100, 2207035, "Product tag positions should not be specified for video media."),
    (100, 2207036, "Product tag positions are required for photo media."),
    (100, 2207037, "We couldn't add all of your product tags."),
    (100, 2207040, "Cannot use more than 20 tags per created media."),
    (352, 2207026, "The video format is not supported."),
    (9004, 2207052, "The media could not be fetched from this uri."),
    (9007, 2207027, "The media is not ready for publishing"),
    (36000, 2207004, "The image is too large to download."),
    (36001, 2207005, "The image format is not supported."),
    (36003, 2207009, "The submitted image with aspect ratio cannot be published."),
    (36004, 2207010, "The caption was too long."),
]
GENERIC = [
    (1, None),
    (2, None),
    (4, None),
    (10, None),
    (17, None),
    (32, None),
    (102, None),
    (190, 458),
    (190, 459),
    (190, 460),
    (190, 463),
    (190, 464),
    (190, 467),
    (190, 0),
    (200, None),
    (299, None),
    (368, None),
    (613, None),
    (80002, None),
]


@pytest.mark.parametrize(("code", "subcode", "said"), DOCUMENTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_documented_error_can_be_armed(
    outside: Outside, flavour: str, code: int, subcode: int, said: str
) -> None:
    outside.arm("instagram", "media_publish", "graph-error", code=code, subcode=subcode)
    answer = publish(outside, "1", flavour=flavour)
    assert error_of(answer) == (code, subcode)
    error = answer.json()["error"]
    assert error["is_transient"] is (code in TRANSIENT)
    assert error["type"] == "OAuthException"
    assert error["error_user_title"]
    assert error["error_user_msg"].startswith(said)


@pytest.mark.parametrize(("code", "subcode"), GENERIC)
def test_each_general_error_can_be_armed(outside: Outside, code: int, subcode: int | None) -> None:
    outside.arm("instagram", "get_container", "graph-error", code=code, subcode=subcode)
    answer = read(outside, "1")
    assert error_of(answer) == (code, subcode)
    assert answer.json()["error"]["is_transient"] is (code in TRANSIENT)


def test_an_armed_error_can_be_worded_at_will(outside: Outside) -> None:
    wish = {"code": 2, "is_transient": False, "message": "x", "extra": {"error_user_title": "y"}}
    outside.arm("instagram", "me", "graph-error", **wish)
    error = read(outside, "me").json()["error"]
    assert (error["is_transient"], error["message"], error["error_user_title"]) == (False, "x", "y")


@pytest.mark.parametrize(("code", "subcode"), [(4, 2207051), (-1, 2207001), (2, None)])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_error_can_hide_a_live_post(  # noqa: PLR0913, PLR0917
    outside: Outside,
    video_host: VideoHost,
    reel: Path,
    flavour: str,
    code: int,
    subcode: int | None,
) -> None:
    container = ready(outside, video_host.url(reel), flavour=flavour)
    armed = {"code": code, "subcode": subcode, "after_effect": True}
    outside.arm("instagram", "media_publish", "graph-error", **armed)
    assert error_of(publish(outside, container, flavour=flavour)) == (code, subcode)
    assert status(outside, container)["status_code"] == "PUBLISHED"
    last = outside.ledger(effect="post.published")[-1]
    assert last["ids"]["container"] == container
    assert last["facts"]["flavour"] == flavour


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_read_outage_meets_every_read_and_no_write(
    outside: Outside, video_host: VideoHost, reel: Path, flavour: str
) -> None:
    url = video_host.url(reel)
    media, waiting = post(outside, url), ready(outside, url)
    outside.arm("instagram", "any", "read-outage")
    for path in (waiting, media, f"{USER}/media", f"{media}/insights", f"{media}/comments"):
        answer = read(outside, path, flavour=flavour, fields="id", metric="views")
        assert error_of(answer) == (100, 33)
        assert answer.json()["error"]["type"] == "GraphMethodException"
    assert publish(outside, waiting, flavour=flavour).status_code == 200
    assert create(outside, url, flavour=flavour).status_code == 200
    assert read(outside, "me", flavour=flavour).status_code == 200
    outside.http.delete("/_faults", params={"kind": "read-outage"})
    assert read(outside, media, flavour=flavour).status_code == 200


def test_a_read_outage_can_be_one_accounts_alone(outside: Outside) -> None:
    outside.arm("instagram", "any", "read-outage", user=USER)
    assert error_of(read(outside, f"{USER}/media")) == (100, 33)
    assert read(outside, f"{OTHER}/media").status_code == 200


def test_a_read_outage_can_be_that_of_page_tokens_alone(outside: Outside) -> None:
    page = make_token(outside, flavour="facebook", kind="page")
    user = make_token(outside, flavour="facebook")
    outside.arm("instagram", "any", "read-outage", token="page")
    path = f"{USER}/media"
    assert error_of(read(outside, path, flavour="facebook", token=page)) == (100, 33)
    assert read(outside, path, flavour="facebook", token=user).status_code == 200


def test_a_throttle_of_the_app_alone_names_no_minutes(outside: Outside) -> None:
    outside.arm("instagram", "any", "throttle", code=4, business=False)
    answer = read(outside, f"{USER}/media")
    assert error_of(answer) == (4, None)
    assert "x-business-use-case-usage" not in answer.headers
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 100


def test_a_throttle_says_when_it_ends_and_ends_by_the_clock(outside: Outside) -> None:
    outside.arm("instagram", "any", "throttle", minutes=90, user=USER)
    answer = read(outside, f"{USER}/media")
    assert error_of(answer) == (80002, None)
    (usage,) = json.loads(answer.headers["x-business-use-case-usage"])[USER]
    assert (usage["type"], usage["call_count"]) == ("instagram", 100)
    assert usage["estimated_time_to_regain_access"] == 90
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 100
    assert read(outside, f"{OTHER}/media").status_code == 200
    outside.advance(89 * 60)
    assert error_of(read(outside, f"{USER}/media")) == (80002, None)
    outside.advance(61)
    answer = read(outside, f"{USER}/media")
    assert answer.status_code == 200
    assert "x-app-usage" not in answer.headers


def test_calls_under_a_throttle_can_prolong_it(outside: Outside) -> None:
    outside.arm("instagram", "any", "throttle", minutes=1, prolong=10, code=17)
    assert error_of(read(outside, f"{USER}/media")) == (17, None)
    outside.advance(120)
    assert error_of(read(outside, f"{USER}/media")) == (17, None)
    outside.advance(3600)
    assert read(outside, f"{USER}/media").status_code == 200


def test_good_answers_show_usage_when_it_is_armed(outside: Outside) -> None:
    outside.arm("instagram", "any", "usage", percent=80)
    answer = read(outside, f"{USER}/media")
    assert answer.status_code == 200
    assert json.loads(answer.headers["x-app-usage"])["total_time"] == 80
    (usage,) = json.loads(answer.headers["x-business-use-case-usage"])[USER]
    assert usage["estimated_time_to_regain_access"] == 0


def test_clearing_one_kind_leaves_the_others_armed(outside: Outside) -> None:
    outside.arm("instagram", "any", "read-outage")
    outside.arm("instagram", "any", "usage")
    armed = outside.http.delete("/_faults", params={"kind": "usage"}).json()["armed"]
    assert [fault["kind"] for fault in armed] == ["read-outage"]


def test_a_mode_of_the_whole_service_takes_no_other_kind(outside: Outside) -> None:
    wish = {"service": "instagram", "op": "any", "kind": "hang"}
    answer = outside.http.post("/_faults", json=wish)
    assert answer.status_code == 422
    assert "read-outage" in answer.json()["error"]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("version", ["v18.0", "v20.0", "v27.0"])
def test_a_dead_version_is_no_path(outside: Outside, flavour: str, version: str) -> None:
    answer = outside.http.get(f"/{flavour}/{version}/{USER}/media", headers=BEARER)
    assert error_of(answer) == (2500, None)


@pytest.mark.parametrize("version", range(21, 27))
def test_versions_that_live_are_served(outside: Outside, version: int) -> None:
    answer = outside.http.get(f"/facebook/v{version}.0/{USER}/media/", headers=BEARER)
    assert answer.status_code == 200


def test_a_limit_that_is_no_number_is_refused(outside: Outside) -> None:
    assert error_of(read(outside, f"{USER}/media", limit="many")) == (100, None)
    assert listed(outside, limit=0) == []
