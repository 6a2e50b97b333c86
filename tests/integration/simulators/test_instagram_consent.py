"""A person lets an app in: the consent pages, the codes, and the tokens that they become."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.integration.simulators.graph_api import (
    INSTAGRAM_PUBLISH,
    OTHER,
    REDIRECT,
    USER,
    error_of,
    read,
)
from tests.integration.simulators.outside import Outside

APP = {"client_id": "900100", "client_secret": "the app's secret"}
PAGES = {
    "instagram": "/instagram-www/oauth/authorize",
    "facebook": "/facebook-www/v25.0/dialog/oauth",
}


def consent(outside: Outside, flavour: str, **change: str) -> httpx.Response:
    asked = {
        "client_id": APP["client_id"] + flavour,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "state": "s t&ate",
        **change,
    }
    return outside.http.get(PAGES[flavour], params=asked, follow_redirects=False)


def answer_of(page: httpx.Response) -> tuple[dict[str, str], str]:
    assert page.status_code == 302
    place = urlsplit(page.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(place.query).items()}, place.fragment


def code_of(outside: Outside, flavour: str) -> str:
    return answer_of(consent(outside, flavour))[0]["code"]


def take(outside: Outside, flavour: str, code: str, **change: str) -> httpx.Response:
    sent = {
        "client_id": APP["client_id"] + flavour,
        "client_secret": APP["client_secret"],
        "redirect_uri": REDIRECT,
        "code": code,
        **change,
    }
    if flavour == "instagram":
        sent["grant_type"] = "authorization_code"
        return outside.http.post("/instagram-api/oauth/access_token", data=sent)
    return outside.http.get("/facebook/v25.0/oauth/access_token", params=sent)


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    body: dict[str, Any] = answer.json()
    return str(body.get("error_message") or body["error"]["message"])


@pytest.mark.parametrize(("flavour", "tail"), [("instagram", "_"), ("facebook", "_=_")])
def test_the_person_comes_back_with_code_and_state(
    outside: Outside, flavour: str, tail: str
) -> None:
    answer, fragment = answer_of(consent(outside, flavour))
    assert answer["state"] == "s t&ate"
    assert answer["code"]
    assert fragment == tail


@pytest.mark.parametrize("flavour", PAGES)
def test_the_person_can_say_no(outside: Outside, flavour: str) -> None:
    outside.arm("instagram", "authorize", "denied")
    answer, _ = answer_of(consent(outside, flavour))
    assert (answer["error"], answer["state"]) == ("access_denied", "s t&ate")
    assert "code" not in answer


def test_an_address_with_a_query_keeps_it(outside: Outside) -> None:
    page = consent(outside, "instagram", redirect_uri=f"{REDIRECT}?account=a")
    answer, _ = answer_of(page)
    assert answer["account"] == "a"
    assert answer["code"]


def test_a_page_without_an_app_is_an_error(outside: Outside) -> None:
    assert consent(outside, "instagram", client_id="").status_code == 400
    assert consent(outside, "facebook", redirect_uri="reels").status_code == 400


def test_an_instagram_code_becomes_a_short_token_and_then_a_long_one(outside: Outside) -> None:
    outside.arm("instagram", "authorize", "consent", users=[USER])
    taken = take(outside, "instagram", code_of(outside, "instagram")).json()
    assert taken["user_id"] == int(USER)
    assert INSTAGRAM_PUBLISH in taken["permissions"].split(",")
    short = taken["access_token"]
    assert read(outside, "me", fields="user_id", token=short).json()["user_id"] == USER
    query = {"grant_type": "ig_exchange_token", "client_secret": "wrong", "access_token": short}
    assert error_of(outside.http.get("/instagram/access_token", params=query)) == (1, None)
    query["client_secret"] = APP["client_secret"]
    long = outside.http.get("/instagram/access_token", params=query).json()
    assert (long["token_type"], long["expires_in"]) == ("bearer", 5_183_944)
    outside.advance(3601)
    assert error_of(read(outside, "me", token=short)) == (190, 463)
    assert read(outside, "me", token=long["access_token"]).status_code == 200


def test_an_instagram_token_can_come_in_a_list(outside: Outside) -> None:
    outside.arm("instagram", "code_token", "wrapped")
    (taken,) = take(outside, "instagram", code_of(outside, "instagram")).json()["data"]
    assert set(taken) == {"access_token", "user_id", "permissions"}


def test_a_facebook_code_becomes_a_user_token_for_its_accounts(outside: Outside) -> None:
    outside.arm("instagram", "authorize", "consent", users=[USER, OTHER])
    taken = take(outside, "facebook", code_of(outside, "facebook")).json()
    assert (taken["token_type"], taken["expires_in"]) == ("bearer", 3600)
    fields = "instagram_business_account{id}"
    shown = read(
        outside, "me/accounts", flavour="facebook", token=taken["access_token"], fields=fields
    )
    rows = shown.json()["data"]
    assert [row["instagram_business_account"] for row in rows] == [{"id": USER}, {"id": OTHER}]


@pytest.mark.parametrize("flavour", PAGES)
def test_what_the_person_unticked_is_not_granted(outside: Outside, flavour: str) -> None:
    basic = {"instagram": "instagram_business_basic", "facebook": "instagram_basic"}[flavour]
    outside.arm("instagram", "authorize", "consent", scopes=[basic], users=[USER])
    token = take(outside, flavour, code_of(outside, flavour)).json()["access_token"]
    path = f"/{flavour}/v25.0/{USER}/media_publish"
    answer = outside.http.post(path, data={"creation_id": "1", "access_token": token})
    assert error_of(answer)[0] in {10, 200}


@pytest.mark.parametrize("flavour", PAGES)
def test_a_code_is_good_once(outside: Outside, flavour: str) -> None:
    code = code_of(outside, flavour)
    assert take(outside, flavour, code).status_code == 200
    assert "already used" in refusal(take(outside, flavour, code))


@pytest.mark.parametrize("flavour", PAGES)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"redirect_uri": f"{REDIRECT}/"}, "redirect_uri"),
        ({"client_secret": "another"}, "client secret"),
        ({"client_id": "77"}, "not found"),
    ],
)
def test_a_code_is_bound_to_its_app_and_address(
    outside: Outside, flavour: str, change: dict[str, str], said: str
) -> None:
    take(outside, flavour, code_of(outside, flavour))
    code = code_of(outside, flavour)
    assert said in refusal(take(outside, flavour, code, **change))
    assert take(outside, flavour, code).status_code == 200


def test_the_tail_of_a_code_has_to_be_taken_off(outside: Outside) -> None:
    code = code_of(outside, "instagram")
    assert "not found" in refusal(take(outside, "instagram", f"{code}#_"))


@pytest.mark.parametrize("flavour", PAGES)
def test_a_code_lives_an_hour(outside: Outside, flavour: str) -> None:
    code = code_of(outside, flavour)
    outside.advance(3600)
    assert "expired" in refusal(take(outside, flavour, code))


def test_codes_and_secrets_hold_after_a_restart(own_outside: Outside) -> None:
    used, fresh = code_of(own_outside, "instagram"), code_of(own_outside, "instagram")
    take(own_outside, "instagram", used)
    own_outside.kill_and_restart()
    assert "already used" in refusal(take(own_outside, "instagram", used))
    answer = take(own_outside, "instagram", fresh, client_secret="another")
    assert "secret" in refusal(answer)
    assert take(own_outside, "instagram", fresh).status_code == 200
    kept = (own_outside.folder / "state" / "ledger.jsonl").read_text()
    for secret in (used, fresh, APP["client_secret"]):
        assert secret not in kept
