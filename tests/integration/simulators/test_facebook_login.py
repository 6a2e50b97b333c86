"""What only Facebook Login has: Pages, permissions, debug_token, deletion, appsecret_proof."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.simulators.graph_api import (
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
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost

DAY = 86_400
APP, SECRET = "700100", "a Meta app's secret"


def person(outside: Outside, **wish: object) -> str:
    return make_token(outside, flavour="facebook", **wish)


def pages(outside: Outside, token: str) -> list[dict[str, Any]]:
    fields = "id,name,access_token,instagram_business_account{id,username}"
    shown = read(outside, "me/accounts", flavour="facebook", token=token, fields=fields)
    rows: list[dict[str, Any]] = shown.json()["data"]
    return rows


def debug(outside: Outside, token: str, asker: str = f"{APP}|{SECRET}") -> httpx.Response:
    query = {"input_token": token, "access_token": asker}
    return outside.http.get("/facebook/v25.0/debug_token", params=query)


def exchange(outside: Outside, token: str) -> httpx.Response:
    query = {
        "grant_type": "fb_exchange_token",
        "client_id": APP,
        "client_secret": SECRET,
        "fb_exchange_token": token,
    }
    return outside.http.get("/facebook/v25.0/oauth/access_token", params=query)


def test_a_user_token_lists_a_page_with_its_token_for_each_account(outside: Outside) -> None:
    token = person(outside, users=[USER, OTHER])
    first, second = pages(outside, token)
    assert first["instagram_business_account"]["id"] == USER
    assert first["instagram_business_account"]["username"]
    path = f"{USER}/content_publishing_limit"
    mine, others = first["access_token"], second["access_token"]
    assert read(outside, path, flavour="facebook", token=mine).status_code == 200
    assert error_of(read(outside, path, flavour="facebook", token=others)) == (100, 33)
    assert pages(outside, token) == [first, second]


def test_a_page_token_of_a_long_lived_user_token_has_no_end(outside: Outside) -> None:
    token = person(outside)
    page = pages(outside, token)[0]["access_token"]
    outside.advance(100 * DAY)
    assert error_of(read(outside, "me", flavour="facebook", token=token)) == (190, 463)
    assert read(outside, "me", flavour="facebook", token=page).status_code == 200
    told = debug(outside, page).json()["data"]
    assert (told["type"], told["expires_at"], told["is_valid"]) == ("PAGE", 0, True)


def test_a_page_token_of_a_short_lived_user_token_ends_with_it(outside: Outside) -> None:
    page = pages(outside, person(outside, expires_in=3600))[0]["access_token"]
    outside.advance(3700)
    assert error_of(read(outside, "me", flavour="facebook", token=page)) == (190, 463)


def test_listing_pages_needs_its_permission(outside: Outside) -> None:
    token = person(outside, scopes=["instagram_basic"])
    answer = read(outside, "me/accounts", flavour="facebook", token=token)
    assert error_of(answer) == (200, None)


def test_permissions_tell_what_was_unticked(outside: Outside) -> None:
    token = person(outside, scopes=["instagram_basic", "pages_show_list"])
    rows = read(outside, "me/permissions", flavour="facebook", token=token).json()["data"]
    told = {row["permission"]: row["status"] for row in rows}
    assert told["instagram_basic"] == "granted"
    assert told["instagram_content_publish"] == "declined"


def test_a_user_token_is_exchanged_for_a_long_lived_one(outside: Outside) -> None:
    short = person(outside, expires_in=3600)
    answer = exchange(outside, short).json()
    assert answer["expires_in"] == 5_183_944
    outside.advance(3700)
    assert error_of(exchange(outside, short)) == (190, 463)
    assert pages(outside, answer["access_token"])[0]["instagram_business_account"]["id"] == USER


def test_debug_token_tells_a_tokens_life(outside: Outside) -> None:
    token = person(outside, age_seconds=100, expires_in=1000, scopes=["instagram_basic"])
    now = outside.http.get("/_clock").json()["seconds"]
    told = debug(outside, token).json()["data"]
    assert told["is_valid"]
    assert told["issued_at"] == pytest.approx(now - 100, abs=2)
    assert told["expires_at"] == pytest.approx(now + 1000, abs=2)
    assert told["data_access_expires_at"] > told["expires_at"]
    assert told["scopes"] == ["instagram_basic"]
    assert told["granular_scopes"] == [{"scope": "instagram_basic"}]
    assert (told["type"], told["app_id"]) == ("USER", APP)
    outside.advance(1001)
    told = debug(outside, token).json()["data"]
    assert not told["is_valid"]
    assert (told["error"]["code"], told["error"]["subcode"]) == (190, 463)


def test_debug_token_answers_the_meta_app_alone(outside: Outside) -> None:
    token = person(outside)
    assert debug(outside, token).status_code == 200
    assert error_of(debug(outside, token, "IGAA-any")) == (190, None)
    assert error_of(debug(outside, token, f"{APP}|another")) == (190, None)
    sent = {
        "client_id": "instagram-app",
        "client_secret": "its secret",
        "grant_type": "authorization_code",
        "code": "none",
    }
    outside.http.post("/instagram-api/oauth/access_token", data=sent)
    assert error_of(debug(outside, token, "instagram-app|its secret")) == (101, None)


def test_a_proof_is_verified_when_it_is_sent(outside: Outside) -> None:
    token = person(outside)
    debug(outside, token)
    right = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    for proof, status in ((right, 200), ("0" * 64, 400), ("short", 400)):
        answer = read(
            outside, f"{USER}/media", flavour="facebook", token=token, appsecret_proof=proof
        )
        assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], "appsecret_proof" in error["message"]) == (100, True)


def test_the_proof_of_the_reference_fits(own_outside: Outside) -> None:
    debug(own_outside, "TOKEN", f"{APP}|APPSECRET")
    proof = "e697d0006554740ddfffab3f4406f3cef626ca5483a5c58b72a31941c9f40655"
    answer = read(own_outside, "me", flavour="facebook", token="TOKEN", appsecret_proof=proof)
    assert answer.status_code == 200


def test_a_post_can_be_deleted_with_the_permission(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    media = post(outside, video_host.url(reel))
    path = f"/facebook/v25.0/{media}"
    for token, code in (
        (person(outside, scopes=["instagram_basic"]), (10, None)),
        (person(outside, user=OTHER), (100, 33)),
    ):
        answer = outside.http.delete(path, params={"access_token": token})
        assert error_of(answer) == code
    answer = outside.http.delete(path, params={"access_token": person(outside)})
    assert answer.json() == {"success": True}
    assert error_of(read(outside, media)) == (100, 33)
    assert media not in {row["id"] for row in listed(outside)}
    assert outside.ledger(effect="post.deleted")[-1]["ids"] == {"media": media, "user": USER}


def test_instagram_login_deletes_nothing(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    media = post(outside, video_host.url(reel))
    answer = outside.http.delete(f"/instagram/v25.0/{media}", params={"access_token": "IGAA"})
    assert error_of(answer) == (100, 33)
    assert read(outside, media).status_code == 200


def test_both_hosts_see_one_account(outside: Outside, video_host: VideoHost, reel: Path) -> None:
    container = ready(outside, video_host.url(reel), flavour="facebook")
    media = publish(outside, container, flavour="facebook").json()["id"]
    assert listed(outside)[0]["id"] == media
    entry = outside.ledger(service="instagram", effect="post.published")[-1]
    assert (entry["ids"]["media"], entry["facts"]["flavour"]) == (media, "facebook")


def test_the_extras_of_facebook_login_are_kept(outside: Outside) -> None:
    extras = {
        "collaborators": '["one.friend","another"]',
        "location_id": "7640348500",
        "user_tags": '[{"username":"somebody"}]',
    }
    for flavour in ("facebook", "instagram"):
        create(outside, "http://127.0.0.1:9/x.mp4", flavour=flavour, **extras)
    kept, ignored = (e["facts"] for e in outside.ledger(effect="container.created")[-2:])
    assert kept["collaborators"] == ["one.friend", "another"]
    assert (kept["location_id"], kept["user_tags"]) == ("7640348500", ["somebody"])
    assert not {"collaborators", "location_id", "user_tags"} & ignored.keys()
    four = create(outside, "http://127.0.0.1:9/x.mp4", flavour="facebook", collaborators="a,b,c,d")
    assert error_of(four) == (100, None)
