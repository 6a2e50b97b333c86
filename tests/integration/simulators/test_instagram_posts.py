"""What stands on an account: posts that are ours and that are not, comments, insights."""

from pathlib import Path

import pytest

from tests.integration.simulators.graph_api import (
    BEARER,
    FLAVOURS,
    TOKEN,
    USER,
    error_of,
    listed,
    make_token,
    post,
    publish,
    read,
    ready,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost

DAY = 86_400


def test_decoys_stand_around_each_publish(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    own_outside.arm("instagram", "media_publish", "decoys", user=USER)
    media = post(own_outside, video_host.url(reel), caption="The very words.")
    rows = listed(own_outside)
    assert media not in {row["id"] for row in rows[:2]}
    assert {row["caption"] for row in rows[:2]} == {
        "Made by hand, a moment ago.",
        "The very words!",
    }
    same = [row for row in rows if row["caption"] == "The very words."]
    assert [row["id"] == media for row in same] == [True, False]
    assert same[1]["timestamp"] < same[0]["timestamp"]
    assert len(own_outside.ledger(effect="post.published")) == 1


def test_decoys_stand_there_though_the_publish_was_refused(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    container = ready(own_outside, video_host.url(reel))
    own_outside.arm("instagram", "media_publish", "decoys")
    own_outside.arm("instagram", "any", "quota", total=0)
    assert error_of(publish(own_outside, container)) == (9, 2207042)
    assert len(own_outside.ledger(effect="post.planted")) == 3
    assert own_outside.ledger(effect="post.published") == []


def test_posts_can_be_put_up_by_hand_and_outlive_a_restart(own_outside: Outside) -> None:
    wish = {"user": USER, "caption": "by hand", "age_seconds": 60}
    media = own_outside.http.post("/_posts", json=wish).json()["id"]
    around = own_outside.http.post("/_posts", json={"user": USER, "around": "X."}).json()
    own_outside.kill_and_restart()
    rows = {row["id"]: row["caption"] for row in listed(own_outside)}
    assert rows[media] == "by hand"
    assert rows[around["same_before"]] == "X."
    assert rows[around["nearly_now"]] == "X!"
    assert own_outside.http.post("/_posts", json={"user": USER}).status_code == 422


def test_a_list_is_paged_forth_and_back(own_outside: Outside) -> None:
    for number in range(4):
        wish = {"user": USER, "caption": f"post {number}"}
        own_outside.http.post("/_posts", json=wish)
    whole = listed(own_outside)
    assert len(whole) == 7
    query = {"limit": "3", "access_token": TOKEN}
    first = own_outside.http.get(f"/instagram/v25.0/{USER}/media", params=query).json()
    second = own_outside.http.get(first["paging"]["next"]).json()
    third = own_outside.http.get(second["paging"]["next"]).json()
    names = [row["id"] for page in (first, second, third) for row in page["data"]]
    assert names == [row["id"] for row in whole]
    assert "previous" not in first["paging"]
    assert "next" not in third["paging"]
    back = own_outside.http.get(third["paging"]["previous"]).json()
    assert back["data"] == second["data"]


def test_what_a_container_asked_for_can_be_read_on_the_post(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    media = post(outside, video_host.url(reel), is_ai_generated="true", share_to_feed="false")
    fields = "is_ai_generated,is_shared_to_feed,media_type,media_product_type,owner{id}"
    assert read(outside, media, fields=fields).json() == {
        "id": media,
        "is_ai_generated": True,
        "is_shared_to_feed": False,
        "media_type": "VIDEO",
        "media_product_type": "REELS",
        "owner": {"id": USER},
    }


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_first_comment_can_be_written_and_read(
    own_outside: Outside, video_host: VideoHost, reel: Path, flavour: str
) -> None:
    media = post(own_outside, video_host.url(reel))
    path = f"/{flavour}/v25.0/{media}/comments"
    made = own_outside.http.post(path, data={"message": "first!"}, headers=BEARER).json()
    own_outside.kill_and_restart()
    (row,) = read(own_outside, f"{media}/comments", flavour=flavour).json()["data"]
    assert (row["id"], row["text"]) == (made["id"], "first!")
    assert read(own_outside, media, fields="comments_count").json()["comments_count"] == 1
    entry = own_outside.ledger(effect="comment.created")[-1]
    assert entry["ids"] == {"media": media, "user": USER, "comment": made["id"]}


def test_a_comment_needs_words_a_post_and_a_permission(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    media = post(outside, video_host.url(reel))
    path, said = f"/instagram/v25.0/{media}/comments", {"message": "x"}
    assert error_of(outside.http.post(path, headers=BEARER)) == (100, None)
    nowhere = "/instagram/v25.0/18000000000000001/comments"
    assert error_of(outside.http.post(nowhere, data=said, headers=BEARER)) == (100, 33)
    token = make_token(outside, scopes=["instagram_business_basic"])
    answer = outside.http.post(path, data={**said, "access_token": token})
    assert error_of(answer) == (10, None)


REELS = (
    "views,reach,likes,comments,saved,shares,reposts,total_interactions,ig_reels_avg_watch_time,"
    "ig_reels_video_view_total_time,reels_skip_rate,crossposted_views"
)


@pytest.mark.parametrize(
    ("flavour", "metrics"),
    [("instagram", REELS), ("facebook", f"{REELS},facebook_views,total_views,total_likes")],
)
def test_insights_come_after_two_days(
    outside: Outside, video_host: VideoHost, reel: Path, flavour: str, metrics: str
) -> None:
    media = post(outside, video_host.url(reel))
    path = f"{media}/insights"
    assert read(outside, path, flavour=flavour, metric=metrics).json() == {"data": []}
    outside.advance(2 * DAY)
    rows = read(outside, path, flavour=flavour, metric=metrics).json()["data"]
    assert [row["name"] for row in rows] == metrics.split(",")
    for row in rows:
        assert row["period"] == "lifetime"
        assert row["id"] == f"{media}/insights/{row['name']}/lifetime"
        assert row["values"][0]["value"] > 0
    assert rows == read(outside, path, flavour=flavour, metric=metrics).json()["data"]


@pytest.mark.parametrize(
    "metric",
    [
        "plays",
        "clips_replays_count",
        "ig_reels_aggregated_all_plays_count",
        "video_views",
        "impressions",
        "views,wonder",
        "facebook_views",
        "",
    ],
)
def test_metrics_that_are_gone_or_never_were_are_refused(
    outside: Outside, video_host: VideoHost, reel: Path, metric: str
) -> None:
    media = post(outside, video_host.url(reel))
    assert error_of(read(outside, f"{media}/insights", metric=metric)) == (100, None)
