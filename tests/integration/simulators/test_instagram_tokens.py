"""Tokens grow old, are renewed, and end; accounts stop and go on."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.simulators.graph_api import (
    OTHER,
    TOKEN,
    USER,
    change_account,
    create,
    error_of,
    make_token,
    publish,
    read,
    ready,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost

DAY = 86_400
NOWHERE = "http://127.0.0.1:9/reel.mp4"


def refresh(outside: Outside, token: str) -> str:
    query = {"grant_type": "ig_refresh_token", "access_token": token}
    answer = outside.http.get("/instagram/refresh_access_token", params=query)
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 5_183_944)
    return str(answer.json()["access_token"])


def refresh_error(outside: Outside, token: str) -> tuple[int, int | None]:
    query = {"grant_type": "ig_refresh_token", "access_token": token}
    return error_of(outside.http.get("/instagram/refresh_access_token", params=query))


def test_a_token_from_the_dashboard_lives_sixty_days_from_first_sight(outside: Outside) -> None:
    assert read(outside, "me", token="IGAA-pasted-1").status_code == 200
    outside.advance(59 * DAY)
    assert read(outside, "me", token="IGAA-pasted-1").status_code == 200
    outside.advance(2 * DAY)
    assert error_of(read(outside, "me", token="IGAA-pasted-1")) == (190, 463)
    assert refresh_error(outside, "IGAA-pasted-1") == (190, 463)


def test_a_token_is_refreshed_from_a_day_on_into_a_new_string(outside: Outside) -> None:
    old = make_token(outside)
    assert refresh_error(outside, old) == (100, None)
    outside.advance(DAY + 1)
    fresh = refresh(outside, old)
    assert fresh != old
    outside.advance(58 * DAY)
    assert read(outside, "me", token=old).status_code == 200
    outside.advance(1.5 * DAY)
    assert error_of(read(outside, "me", token=old)) == (190, 463)
    assert read(outside, "me", fields="user_id", token=fresh).json()["user_id"] == USER


def test_a_refresh_keeps_whose_token_it_is(outside: Outside) -> None:
    before = read(outside, "me", fields="user_id", token="IGAA-pasted-2").json()["user_id"]
    outside.advance(DAY + 1)
    fresh = refresh(outside, "IGAA-pasted-2")
    assert read(outside, "me", fields="user_id", token=fresh).json()["user_id"] == before


def test_a_refresh_needs_the_basic_permission(outside: Outside) -> None:
    token = make_token(outside, age_seconds=2 * DAY, scopes=["instagram_business_manage_comments"])
    assert refresh_error(outside, token) == (10, None)


def test_a_token_can_be_made_of_any_age(outside: Outside) -> None:
    token = make_token(outside, age_seconds=2 * DAY, expires_in=60)
    refresh(outside, token)
    outside.advance(61)
    assert error_of(read(outside, "me", token=token)) == (190, 463)


def test_a_token_serves_its_own_account_and_host(outside: Outside) -> None:
    token = make_token(outside)
    assert read(outside, f"{USER}/media", token=token).status_code == 200
    assert error_of(read(outside, f"{OTHER}/media", token=token)) == (100, 33)
    assert error_of(read(outside, "me", flavour="facebook", token=token)) == (190, None)


@pytest.mark.parametrize(("flavour", "code"), [("instagram", 10), ("facebook", 200)])
def test_a_missing_permission_is_named(outside: Outside, flavour: str, code: int) -> None:
    basic = {"instagram": "instagram_business_basic", "facebook": "instagram_basic"}[flavour]
    token = make_token(outside, flavour=flavour, scopes=[basic])
    assert read(outside, f"{USER}/media", flavour=flavour, token=token).status_code == 200
    answer = create(outside, NOWHERE, flavour=flavour, token=token)
    assert error_of(answer) == (code, None)
    assert "content_publish" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("what", "more", "subcode"),
    [
        ("expire", {}, 463),
        ("revoke", {}, 460),
        ("revoke", {"subcode": 458}, 458),
        ("revoke", {"subcode": 467}, 467),
    ],
)
def test_an_accounts_tokens_end_and_a_later_one_is_good(
    own_outside: Outside, what: str, more: dict[str, Any], subcode: int
) -> None:
    read(own_outside, f"{USER}/media")
    change_account(own_outside, what, **more)
    assert error_of(read(own_outside, f"{USER}/media")) == (190, subcode)
    assert error_of(create(own_outside, NOWHERE)) == (190, subcode)
    assert read(own_outside, f"{OTHER}/media").status_code == 200
    own_outside.kill_and_restart()
    assert error_of(read(own_outside, f"{USER}/media")) == (190, subcode)
    assert read(own_outside, f"{USER}/media", token="IGAA-pasted-later").status_code == 200


def test_a_checkpoint_holds_an_account_until_it_is_unfrozen(own_outside: Outside) -> None:
    change_account(own_outside, "checkpoint")
    fresh = make_token(own_outside)
    for token in (TOKEN, fresh):
        assert error_of(read(own_outside, f"{USER}/media", token=token)) == (190, 459)
    assert read(own_outside, f"{OTHER}/media").status_code == 200
    change_account(own_outside, "unfreeze")
    assert read(own_outside, f"{USER}/media", token=fresh).status_code == 200


def test_a_restricted_account_reads_and_does_not_publish(
    own_outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    container = ready(own_outside, video_host.url(reel))
    change_account(own_outside, "restrict")
    assert error_of(publish(own_outside, container)) == (25, 2207050)
    assert read(own_outside, f"{USER}/media").status_code == 200
    change_account(own_outside, "unfreeze")
    assert publish(own_outside, container).status_code == 200


def test_tokens_are_known_by_digest_after_a_restart(own_outside: Outside) -> None:
    issued = make_token(own_outside, expires_in=1000)
    pasted = "IGAA-pasted-canary"
    read(own_outside, "me", token=pasted)
    own_outside.advance(DAY + 1)
    fresh = refresh(own_outside, pasted)
    own_outside.kill_and_restart()
    assert error_of(read(own_outside, "me", token=issued)) == (190, 463)
    assert refresh_error(own_outside, fresh) == (100, None)
    refresh(own_outside, pasted)
    known = own_outside.http.get("/_tokens").text
    state = own_outside.folder / "state"
    kept = [file.read_bytes() for file in state.rglob("*") if file.is_file()]
    for text in (issued, pasted, fresh):
        assert text not in known
        assert not any(text.encode() in content for content in kept)


def test_a_wish_for_a_token_that_makes_no_sense_is_refused(outside: Outside) -> None:
    for wish in ({}, {"user": USER, "do": "explode"}, {"user": USER, "flavour": "x"}):
        answer = outside.http.post("/_tokens", json=wish)
        assert answer.status_code == 422
        assert answer.json()["error"]


def test_me_can_answer_in_a_list(outside: Outside) -> None:
    flat = read(outside, "me", fields="user_id,username").json()
    outside.arm("instagram", "me", "wrapped")
    assert read(outside, "me", fields="user_id,username").json() == {"data": [flat]}


def test_me_stands_for_the_account_in_a_path(outside: Outside) -> None:
    token = make_token(outside, user=OTHER)
    shown = read(outside, "me/content_publishing_limit", token=token)
    assert shown.json()["data"] == [{"quota_usage": 0}]
    assert outside.ledger(op="content_publishing_limit")[-1]["ids"]["user"] == OTHER
