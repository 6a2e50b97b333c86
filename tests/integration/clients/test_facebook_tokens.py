"""Facebook Login's tokens against a scripted remote."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from clients.errors import Refused, Retryable
from clients.publishing.access import App, Returned
from clients.publishing.facebook_tokens import SCOPES, FacebookTokens
from schemas.failures import FailureKind
from tests.factories import NOW
from tests.integration.clients.remotes import Answer, Remote, Seen, json_answer

USER = "17841400000000001"
APP = App("4711", "canary-secret")
RETURNED = Returned("AQcode#_=_", "https://reels.example/connect/callback", "verifier")
LONG = json_answer(200, {"access_token": "EAAlong", "expires_in": 5183944})
ENDLESS = json_answer(200, {"access_token": "EAAlong", "token_type": "bearer"})
ALL = json_answer(
    200,
    {"data": [{"permission": name, "status": "granted"} for name in (*SCOPES, "public_profile")]},
)
PAGE = {"instagram_business_account": {"id": USER}, "access_token": "EAAPpage", "id": "9"}
OTHER = {"instagram_business_account": {"id": "17849"}, "access_token": "EAAPother", "id": "8"}
PAGES = json_answer(200, {"data": [{"access_token": "EAAPbare", "id": "7"}, OTHER, PAGE]})


def inspected(**changes: object) -> Answer:
    facts: dict[str, object] = {
        "app_id": "4711",
        "type": "USER",
        "is_valid": True,
        "issued_at": int((NOW - timedelta(days=10)).timestamp()),
        "expires_at": int((NOW + timedelta(days=50)).timestamp()),
        "scopes": list(SCOPES),
    }
    return json_answer(200, {"data": facts | changes})


@pytest.fixture
async def source(remote: Remote) -> AsyncIterator[FacebookTokens]:
    source = FacebookTokens(
        APP, base_url=remote.url, www_url="https://www.facebook.com", version="v25.0"
    )
    yield source
    await source.aclose()


def asked(seen: Seen) -> tuple[str, dict[str, str]]:
    parts = urlsplit(seen.target)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


async def test_the_page_token_is_found_and_the_user_token_kept_for_reading(
    remote: Remote, source: FacebookTokens
) -> None:
    remote.will(inspected(), ALL, PAGES)
    access = await source.examine("EAAuser", user_id=USER, now=NOW)

    assert (access.publishing, access.reading, access.missing) == ("EAAPpage", "EAAuser", ())
    assert access.facts.issued_at == NOW - timedelta(days=10)
    assert access.facts.expires_at == NOW + timedelta(days=50)
    debug, permissions, pages = remote.seen
    assert asked(debug) == ("/v25.0/debug_token", {"input_token": "EAAuser"})
    assert debug.headers["authorization"] == "Bearer 4711|canary-secret"
    proof = {"appsecret_proof": APP.proof("EAAuser")}
    assert asked(permissions) == ("/v25.0/me/permissions", proof)
    assert asked(pages)[1] == proof | {
        "fields": "instagram_business_account{id,username},access_token",
        "limit": "100",
    }
    for seen in (permissions, pages):
        assert seen.headers["authorization"] == "Bearer EAAuser"


async def test_a_short_lived_token_is_traded_at_once(
    remote: Remote, source: FacebookTokens
) -> None:
    soon = int((NOW + timedelta(hours=1)).timestamp())
    remote.will(inspected(expires_at=soon), LONG, ALL, PAGES)
    access = await source.examine("EAAshort", user_id=USER, now=NOW)

    assert access.reading == "EAAlong"
    assert access.facts.expires_at == NOW + timedelta(seconds=5183944)
    trade = remote.seen[1]
    assert (trade.method, trade.target) == ("POST", "/v25.0/oauth/access_token")
    assert trade.form == {
        "grant_type": "fb_exchange_token",
        "client_id": "4711",
        "client_secret": "canary-secret",
        "fb_exchange_token": "EAAshort",
    }


async def test_a_system_users_token_has_no_end(remote: Remote, source: FacebookTokens) -> None:
    remote.will(inspected(expires_at=0, type="SYSTEM_USER"), ALL, PAGES)
    access = await source.examine("EAAsystem", user_id=USER, now=NOW)
    assert access.facts.expires_at is None


async def test_without_the_app_a_token_is_checked_as_far_as_it_goes(remote: Remote) -> None:
    remote.will(ALL, PAGES)
    source = FacebookTokens(None, base_url=remote.url, www_url="https://f.example", version="v25.0")
    access = await source.examine("EAAuser", user_id=USER, now=NOW)
    with pytest.raises(Refused, match="FACEBOOK_APP_ID and FACEBOOK_APP_SECRET"):
        await source.renew("EAAuser", user_id=USER, now=NOW)
    await source.aclose()
    assert (access.facts.issued_at, access.facts.expires_at) == (None, NOW + timedelta(days=60))
    assert "appsecret_proof" not in remote.seen[0].target


async def test_a_renewal_reads_the_pages_token_anew(remote: Remote, source: FacebookTokens) -> None:
    remote.will(ENDLESS, ALL, PAGES)
    access = await source.renew("EAAold", user_id=USER, now=NOW)
    assert (access.publishing, access.reading) == ("EAAPpage", "EAAlong")
    assert (access.facts.issued_at, access.facts.expires_at) == (NOW, NOW + timedelta(days=60))


async def test_every_answer_of_the_list_of_pages_is_read(
    remote: Remote, source: FacebookTokens
) -> None:
    first = {"data": [OTHER], "paging": {"cursors": {"after": "xyz"}, "next": "https://canary"}}
    last = {"data": [PAGE], "paging": {"cursors": {"after": "end"}}}
    remote.will(LONG, ALL, json_answer(200, first), json_answer(200, last))
    access = await source.renew("EAAold", user_id=USER, now=NOW)
    assert access.publishing == "EAAPpage"
    assert asked(remote.seen[-1])[1]["after"] == "xyz"


@pytest.mark.parametrize(("pages", "named"), [([OTHER], "17849"), ([], "no Page")])
async def test_an_account_that_is_not_among_the_pages_is_refused(
    remote: Remote, source: FacebookTokens, pages: list[object], named: str
) -> None:
    remote.will(LONG, ALL, json_answer(200, {"data": pages}))
    with pytest.raises(Refused, match=f"of {named}.*and the account is {USER}"):
        await source.renew("EAAold", user_id=USER, now=NOW)


async def test_a_permission_that_lacks_is_named(remote: Remote, source: FacebookTokens) -> None:
    rows = [{"permission": name, "status": "granted"} for name in SCOPES[:2]]
    rows.append({"permission": SCOPES[2], "status": "declined"})
    remote.will(LONG, json_answer(200, {"data": rows}), PAGES)
    access = await source.renew("EAAold", user_id=USER, now=NOW)
    assert access.missing == ("pages_read_engagement", "pages_show_list")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"is_valid": False}, "not valid"),
        ({"app_id": "1"}, "another app's"),
        ({"type": "PAGE"}, "bring the user's"),
    ],
)
async def test_a_token_that_is_of_no_use_is_refused(
    remote: Remote, source: FacebookTokens, changes: dict[str, object], said: str
) -> None:
    remote.will(inspected(**changes))
    with pytest.raises(Refused, match=said):
        await source.examine("EAAcanary", user_id=USER, now=NOW)


async def test_a_code_is_redeemed_with_its_verifier(remote: Remote, source: FacebookTokens) -> None:
    remote.will(
        json_answer(200, {"access_token": "EAAshort", "expires_in": 3600}), LONG, ALL, PAGES
    )
    access = await source.redeem(RETURNED, user_id=USER, now=NOW)
    assert (access.publishing, access.reading) == ("EAAPpage", "EAAlong")
    code = remote.seen[0]
    assert (code.method, code.target) == ("POST", "/v25.0/oauth/access_token")
    assert code.form == {
        "client_id": "4711",
        "client_secret": "canary-secret",
        "redirect_uri": RETURNED.redirect_uri,
        "code": "AQcode",
        "code_verifier": "verifier",
    }


async def test_the_consent_page_is_given_a_challenge(source: FacebookTokens) -> None:
    url = source.consent_url(redirect_uri=RETURNED.redirect_uri, state="s", challenge="c")
    parts = urlsplit(url)
    found = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.netloc, parts.path) == ("www.facebook.com", "/v25.0/dialog/oauth")
    assert (found["code_challenge"], found["code_challenge_method"]) == ("c", "S256")
    assert set(found["scope"].split(",")) == set(SCOPES)
    assert found["state"] == "s"


async def test_who_comments_asks_for_that_too(source: FacebookTokens) -> None:
    plain, wider = (
        source.consent_url(
            redirect_uri=RETURNED.redirect_uri, state="s", challenge="c", comments=comments
        )
        for comments in (False, True)
    )
    assert "instagram_manage_comments" in wider
    assert "instagram_manage_comments" not in plain


@pytest.mark.parametrize("body", [{"data": 5}, {"data": "x"}])
async def test_an_answer_that_says_nothing_proves_nothing(
    remote: Remote, source: FacebookTokens, body: object
) -> None:
    remote.will(LONG, json_answer(200, body))
    with pytest.raises(Retryable) as failed:
        await source.renew("EAAold", user_id=USER, now=NOW)
    assert failed.value.kind is FailureKind.UNAVAILABLE
