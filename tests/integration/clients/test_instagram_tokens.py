"""Instagram Login's tokens against a scripted remote."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from clients.errors import ClientError, Refused, Retryable
from clients.publishing.access import Access, App, Returned
from clients.publishing.instagram_tokens import SCOPES, InstagramTokens
from schemas.failures import FailureKind
from tests.factories import NOW
from tests.integration.clients.remotes import Answer, Move, Remote, Reset, Seen, json_answer

USER = "17841400000000001"
ME = json_answer(200, {"user_id": USER, "username": "robots"})
QUOTA = json_answer(200, {"data": [{"quota_usage": 0}]})
FRESH = json_answer(
    200, {"access_token": "IGAAfresh", "token_type": "bearer", "expires_in": 5183944}
)


def short(*scopes: str) -> Answer:
    fields = {"access_token": "IGAAshort", "user_id": USER, "permissions": ",".join(scopes)}
    return json_answer(200, {"data": [fields]})


RETURNED = Returned("AQcode#_", "https://reels.example/connect/callback", "verifier")


def error(code: int, subcode: int | None = None) -> Answer:
    said = {"message": "canary", "code": code, "error_subcode": subcode}
    return json_answer(400, {"error": said})


def a_source(remote: Remote, app: App | None = None) -> InstagramTokens:
    return InstagramTokens(
        app,
        base_url=f"{remote.url}/graph",
        oauth_url=f"{remote.url}/api",
        www_url="https://www.instagram.com",
        version="v25.0",
    )


@pytest.fixture
async def source(remote: Remote) -> AsyncIterator[InstagramTokens]:
    source = a_source(remote, App("4711", "canary-secret"))
    yield source
    await source.aclose()


async def examined(source: InstagramTokens) -> Access:
    return await source.examine("IGAAcanary", user_id=USER, now=NOW)


def asked(seen: Seen) -> tuple[str, dict[str, str]]:
    parts = urlsplit(seen.target)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


async def test_a_good_token_is_whose_it_says_and_may_publish(
    remote: Remote, source: InstagramTokens
) -> None:
    remote.will(ME, QUOTA)
    access = await examined(source)

    assert (access.publishing, access.reading, access.missing) == ("IGAAcanary", None, ())
    assert access.facts.scopes == SCOPES
    assert (access.facts.issued_at, access.facts.checked_at) == (None, NOW)
    assert access.facts.expires_at == NOW + timedelta(days=60)
    for seen in remote.seen:
        assert seen.headers["authorization"] == "Bearer IGAAcanary"
        assert "canary" not in seen.target
    assert asked(remote.seen[0]) == ("/graph/v25.0/me", {"fields": "user_id,username"})
    assert asked(remote.seen[1])[0] == f"/graph/v25.0/{USER}/content_publishing_limit"


async def test_another_users_token_is_refused_by_name(
    remote: Remote, source: InstagramTokens
) -> None:
    remote.will(json_answer(200, {"data": [{"user_id": "17849", "username": "others"}]}))
    with pytest.raises(Refused, match=rf"of @others \(17849\), and the account is {USER}"):
        await examined(source)


async def test_a_permission_that_lacks_is_named(remote: Remote, source: InstagramTokens) -> None:
    remote.will(ME, error(10))
    access = await examined(source)
    assert access.missing == ("instagram_business_content_publish",)
    assert access.facts.scopes == ("instagram_business_basic",)


async def test_a_token_that_may_not_even_say_whose_it_is_names_what_lacks(
    remote: Remote, source: InstagramTokens
) -> None:
    remote.will(error(10))
    with pytest.raises(Refused, match="lacks instagram_business_basic"):
        await examined(source)


@pytest.mark.parametrize(
    ("move", "kind", "wanted"),
    [
        (error(190, 463), FailureKind.AUTHENTICATION, Refused),
        (error(190), FailureKind.AUTHENTICATION, Refused),
        (error(102), FailureKind.AUTHENTICATION, Refused),
        (error(200), FailureKind.PERMISSION, Refused),
        (error(368), FailureKind.ACCOUNT_BLOCKED, Refused),
        (error(4), FailureKind.RATE_LIMITED, Retryable),
        (error(2), FailureKind.UNAVAILABLE, Retryable),
        (json_answer(500, {}), FailureKind.UNAVAILABLE, Retryable),
        (json_answer(429, {}), FailureKind.RATE_LIMITED, Retryable),
        (Answer(200, b"<html>canary"), FailureKind.UNAVAILABLE, Retryable),
        (json_answer(200, {"expires_in": 5}), FailureKind.UNAVAILABLE, Retryable),
        (Answer(404, b"canary"), FailureKind.CONFIGURATION, Refused),
        (Reset(), FailureKind.UNAVAILABLE, Retryable),
    ],
)
async def test_a_renewal_that_fails_says_what_to_do_and_shows_nothing(
    remote: Remote,
    source: InstagramTokens,
    move: Move,
    kind: FailureKind,
    wanted: type[ClientError],
) -> None:
    remote.will(move)
    with pytest.raises(wanted) as failed:
        await source.renew("IGAAcanary", user_id=USER, now=NOW)
    assert failed.value.kind is kind
    assert "canary" not in str(failed.value)


async def test_a_token_is_renewed_without_a_version_or_a_secret(remote: Remote) -> None:
    remote.will(FRESH)
    source = a_source(remote)
    access = await source.renew("IGAAold", user_id=USER, now=NOW)
    await source.aclose()

    assert (access.publishing, access.facts.issued_at) == ("IGAAfresh", NOW)
    assert access.facts.expires_at == NOW + timedelta(seconds=5183944)
    assert access.facts.scopes == ()
    (seen,) = remote.seen
    assert seen.method == "GET"
    assert asked(seen) == (
        "/graph/refresh_access_token",
        {"grant_type": "ig_refresh_token", "access_token": "IGAAold"},
    )


async def test_a_code_becomes_a_token_of_sixty_days(
    remote: Remote, source: InstagramTokens
) -> None:
    remote.will(short(*SCOPES), ME, FRESH, ME, QUOTA)
    access = await source.redeem(RETURNED, user_id=USER, now=NOW)

    assert (access.publishing, access.missing) == ("IGAAfresh", ())
    assert access.facts.issued_at == NOW
    code, _, trade, *_ = remote.seen
    assert (code.method, code.target) == ("POST", "/api/oauth/access_token")
    assert code.form == {
        "client_id": "4711",
        "client_secret": "canary-secret",
        "grant_type": "authorization_code",
        "redirect_uri": "https://reels.example/connect/callback",
        "code": "AQcode",
    }
    assert asked(trade) == (
        "/graph/access_token",
        {
            "grant_type": "ig_exchange_token",
            "client_secret": "canary-secret",
            "access_token": "IGAAshort",
        },
    )


async def test_a_box_that_was_not_ticked_is_named(remote: Remote, source: InstagramTokens) -> None:
    remote.will(short(SCOPES[0]), ME, FRESH, ME, QUOTA)
    access = await source.redeem(RETURNED, user_id=USER, now=NOW)
    assert access.missing == SCOPES[1:]


async def test_a_code_of_another_user_is_not_traded(
    remote: Remote, source: InstagramTokens
) -> None:
    remote.will(short(*SCOPES), json_answer(200, {"user_id": "17849", "username": "others"}))
    with pytest.raises(Refused, match="@others"):
        await source.redeem(RETURNED, user_id=USER, now=NOW)
    assert len(remote.seen) == 2


async def test_a_used_code_is_refused_without_the_platforms_words(
    remote: Remote, source: InstagramTokens
) -> None:
    said = {"error_type": "OAuthException", "code": 400, "error_message": "canary was used"}
    remote.will(json_answer(400, said))
    with pytest.raises(Refused, match="good once") as failed:
        await source.redeem(RETURNED, user_id=USER, now=NOW)
    assert "canary" not in str(failed.value)


async def test_the_consent_page_is_asked_for_exactly_what_publishing_needs(
    source: InstagramTokens,
) -> None:
    url = source.consent_url(redirect_uri=RETURNED.redirect_uri, state="s", challenge="not offered")
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("www.instagram.com", "/oauth/authorize")
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "client_id": "4711",
        "redirect_uri": RETURNED.redirect_uri,
        "response_type": "code",
        "scope": "instagram_business_basic,instagram_business_content_publish",
        "state": "s",
        "force_reauth": "true",
    }


async def test_who_comments_asks_for_that_too(source: InstagramTokens) -> None:
    plain, wider = (
        source.consent_url(
            redirect_uri=RETURNED.redirect_uri, state="s", challenge="c", comments=comments
        )
        for comments in (False, True)
    )
    assert "instagram_business_manage_comments" in wider
    assert "instagram_business_manage_comments" not in plain


async def test_without_an_app_nobody_can_be_sent_to_the_consent_page(remote: Remote) -> None:
    source = a_source(remote)
    with pytest.raises(Refused, match="INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET"):
        source.consent_url(redirect_uri="https://reels.example", state="s", challenge="c")
    await source.aclose()
