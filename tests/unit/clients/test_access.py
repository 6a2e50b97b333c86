import pytest

from clients.errors import Retryable
from clients.publishing.access import Access, App, Granted, Returned, granted, identity
from schemas.token import TokenFacts


def test_a_proof_is_the_one_that_metas_own_sdk_makes() -> None:
    # Computed with facebook-business and with openssl; Meta publishes no vector.
    assert App("1", "APPSECRET").proof("TOKEN") == (
        "e697d0006554740ddfffab3f4406f3cef626ca5483a5c58b72a31941c9f40655"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"user_id": "17841", "username": "robots"},
        {"user_id": 17841, "username": "robots", "id": "other"},
        {"data": [{"user_id": "17841", "username": "robots"}]},
    ],
)
def test_a_user_is_read_in_each_form(document: dict[str, object]) -> None:
    assert identity("instagram", document) == ("17841", "robots")


@pytest.mark.parametrize("document", [{}, {"id": "1"}, {"data": []}, {"data": [7]}])
def test_a_user_that_is_not_named_is_not_guessed(document: dict[str, object]) -> None:
    with pytest.raises(Retryable, match="without a user id"):
        identity("instagram", document)


@pytest.mark.parametrize("permissions", [["a", "b"], "a,b"])
def test_a_token_is_read_in_each_form(permissions: object) -> None:
    fields = {"access_token": "IGAA", "permissions": permissions}
    flat = granted("instagram", {**fields, "expires_in": 60})
    assert (flat.token, flat.seconds, flat.scopes) == ("IGAA", 60, ("a", "b"))
    listed = granted("instagram", {"data": [fields]})
    assert (listed.token, listed.seconds, listed.scopes) == ("IGAA", None, ("a", "b"))


def test_no_secret_stands_in_what_is_printed_of_an_access() -> None:
    things = (
        App("1", "canary"),
        Access("canary", "canary", TokenFacts()),
        Granted("canary", 1.0),
        Returned("canary", "https://reels.example", "canary"),
    )
    assert "canary" not in repr(things)
