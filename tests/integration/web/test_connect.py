"""The way to the consent page and back: for one account, one browser, once."""

import base64
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from temporalio.client import Client

from clients.errors import Refused, Retryable
from clients.store import ObjectStore
from db.cipher import TokenCipher
from db.database import Database
from db.links import Links
from schemas.account import Account, Login
from schemas.failures import FailureKind
from tests.factories import NOW, an_account
from tests.fakes import FakeAccess
from tests.integration.web.conftest import CIPHER, serving
from web.app import create_app
from web.connect import Connect
from web.health import Health
from web.reels import ReelFiles

BASE = "https://reels.example"


@dataclass
class Way:
    """A person with a browser, and the platform."""

    db: Database
    account: Account
    source: FakeAccess
    http: httpx.AsyncClient
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def link(self, account: Account | None = None, cipher: TokenCipher = CIPHER) -> str:
        """The path of a link as `admin.py account connect` makes it."""
        links = Links(cipher, self.db.pool)
        name = (account or self.account).id
        return f"/connect/{name}?key={links.link(name, self.clock[0])}"

    async def go(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def back(
        self, gone: httpx.Response, cookie: str | None = None, **changes: str
    ) -> httpx.Response:
        """Back from the consent page, in the browser that went there unless told otherwise."""
        params = {"code": "canary-code", "state": state_of(gone)} | changes
        sent = cookie_of(gone) if cookie is None else cookie
        return await self.http.get("/connect/callback", params=params, headers={"cookie": sent})

    async def token(self) -> str | None:
        sealed = await self.db.accounts.sealed_token(self.account.id)
        return None if sealed is None else CIPHER.open(self.account.id, sealed)


def state_of(gone: httpx.Response) -> str:
    return parse_qs(urlsplit(gone.headers["location"]).query)["state"][0]


def cookie_of(gone: httpx.Response) -> str:
    return str(gone.headers["set-cookie"]).split(";", maxsplit=1)[0]


@pytest.fixture
async def way(database: Database, temporal: Client, store: ObjectStore) -> AsyncIterator[Way]:
    account = an_account()
    await database.accounts.add(account, None)
    source = FakeAccess()
    clock = [NOW]
    connect = Connect(database, CIPHER, dict.fromkeys(Login, source), BASE, lambda: clock[0])
    app = create_app(
        health=Health(database, temporal),
        files=ReelFiles(database.reels, store),
        connect=connect,
    )
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield Way(database, account, source, http, clock)
    await database.pool.write("DELETE FROM instagram_accounts WHERE id = $1", account.id)


async def test_an_account_is_connected(way: Way) -> None:
    gone = await way.go(way.link())
    come = await way.back(gone)

    assert gone.status_code == 303
    assert gone.headers["location"].startswith("https://consent.test/")
    assert come.status_code == 200
    assert come.text == (
        f"{way.account.id} ({way.account.handle}) is connected. Access: 60 days.\n"
    )
    assert await way.token() == "of-canary-code"
    standing = await way.db.renewals.get(way.account.id)
    assert standing is not None
    assert standing.facts.expires_at == NOW + timedelta(days=60)
    (returned,) = way.source.returned
    assert returned.redirect_uri == f"{BASE}/connect/callback"


async def test_the_verifier_fits_the_challenge_and_stays_with_us(way: Way) -> None:
    gone = await way.go(way.link())
    await way.back(gone)
    challenge = parse_qs(urlsplit(gone.headers["location"]).query)["challenge"][0]
    verifier = way.source.returned[0].verifier
    digest = sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
    assert len(verifier) >= 43
    assert verifier not in gone.headers["location"]
    assert verifier not in gone.headers["set-cookie"]


async def test_the_cookie_is_this_hosts_alone_and_no_script_s(way: Way) -> None:
    gone = await way.go(way.link())
    cookie = SimpleCookie(gone.headers["set-cookie"])["__Host-connect"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert (cookie["samesite"], cookie["domain"], cookie["max-age"]) == ("lax", "", "600")
    come = await way.back(gone)
    assert SimpleCookie(come.headers["set-cookie"])["__Host-connect"]["max-age"] == "0"


async def test_no_address_of_ours_is_told_to_others(way: Way) -> None:
    gone = await way.go(way.link())
    for answer in (gone, await way.back(gone)):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


async def test_no_secret_stands_in_pages_or_logs(
    way: Way, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    path = way.link()
    gone = await way.go(path)
    come = await way.back(gone)
    # What a process of ours silences, test_process.py hears with its own ears.
    theirs = ("httpx", "httpcore", "uvicorn.access")
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(theirs)]
    shown = "".join((*ours, *capfd.readouterr(), gone.text, come.text))
    for secret in ("canary", state_of(gone), path.partition("=")[2], cookie_of(gone)):
        assert secret not in shown


@pytest.mark.parametrize(
    "make",
    [
        lambda way: f"/connect/{way.account.id}",
        lambda way: f"/connect/{way.account.id}?key=",
        lambda way: f"/connect/{way.account.id}?key=AQ%00%ff",
        lambda way: f"/connect/{way.account.id}?key={'A' * 50_000}",
        lambda way: way.link(cipher=TokenCipher({"1": bytes(range(32))}, "1")),
        lambda way: way.link(an_account()).replace("account-", "nobody-"),
        lambda way: (
            f"/connect/{way.account.id}?"
            + way.link(Account.model_validate(dict(way.account) | {"id": "another"})).split("?")[1]
        ),
        lambda _: "/connect/%00?key=x",
        lambda _: "/connect/UPPER?key=x",
    ],
)
async def test_a_link_that_is_not_ours_or_another_accounts_leads_nowhere(
    way: Way, make: object
) -> None:
    assert callable(make)
    answer = await way.go(make(way))
    assert answer.status_code in {400, 403, 404}
    assert "location" not in answer.headers
    assert way.source.consents == []


async def test_an_account_that_comments_is_asked_for_comments_too(way: Way) -> None:
    await way.go(way.link())
    talker = an_account(posting={"first_comment": "First!"})
    await way.db.accounts.add(talker, None)
    await way.go(way.link(talker))
    assert way.source.asked_for_comments == [False, True]


async def test_a_link_is_good_for_an_hour(way: Way) -> None:
    path = way.link()
    way.clock[0] = NOW + timedelta(minutes=59)
    assert (await way.go(path)).status_code == 303
    way.clock[0] = NOW + timedelta(minutes=60)
    late = await way.go(path)
    assert (late.status_code, "has expired" in late.text) == (403, True)


async def test_a_link_connects_once_and_looking_at_it_spoils_nothing(way: Way) -> None:
    path = way.link()
    seen, gone = await way.go(path), await way.go(path)
    assert (await way.back(gone)).status_code == 200

    assert (await way.go(path)).status_code == 403
    second = await way.back(seen, code="other")
    assert (second.status_code, "was used" in second.text) == (409, True)
    assert await way.token() == "of-canary-code"


async def test_a_way_back_is_good_once(way: Way) -> None:
    gone = await way.go(way.link())
    await way.back(gone)
    again = await way.back(gone, code="other")
    assert again.status_code == 409
    assert len(way.source.returned) == 1


async def test_a_way_back_is_good_for_ten_minutes(way: Way) -> None:
    gone = await way.go(way.link())
    way.clock[0] = NOW + timedelta(minutes=10)
    assert (await way.back(gone)).status_code == 403
    assert way.source.returned == []


async def test_another_browser_or_another_state_comes_back_in_vain(way: Way) -> None:
    mine, theirs = await way.go(way.link()), await way.go(way.link())
    for answer in (
        await way.back(mine, cookie=""),
        await way.back(mine, cookie=cookie_of(theirs)),
        await way.back(mine, state="guessed"),
        await way.back(mine, state=""),
        await way.back(mine, cookie=cookie_of(mine)[:-4] + "AAAA"),
        await way.back(mine, cookie="__Host-connect=nobody.AAAA"),
        await way.back(mine, cookie=f"__Host-connect={way.account.id}.{way.link().split('=')[1]}"),
    ):
        assert answer.status_code == 403
    assert way.source.returned == []
    assert await way.token() is None


async def test_another_users_consent_is_refused_by_name_and_changes_nothing(way: Way) -> None:
    said = "the token is of @others (17849), and the account is another"
    way.source.answers["canary-code"] = deque([Refused("instagram", FailureKind.BAD_REQUEST, said)])
    come = await way.back(await way.go(way.link()))
    assert come.status_code == 400
    assert "@others (17849)" in come.text
    assert await way.token() is None


async def test_a_permission_that_was_not_granted_is_named(way: Way) -> None:
    way.source.missing = ("instagram_business_content_publish",)
    come = await way.back(await way.go(way.link()))
    assert come.status_code == 400
    assert "instagram_business_content_publish was not granted" in come.text
    assert await way.token() is None


async def test_a_person_who_says_no_changes_nothing(way: Way) -> None:
    gone = await way.go(way.link())
    come = await way.back(gone, code="", error="access_denied", error_description="<script>")
    assert come.status_code == 400
    assert come.headers["content-type"].startswith("text/plain")
    assert "script" not in come.text
    assert way.source.returned == []


async def test_an_outage_of_the_platform_is_said(way: Way) -> None:
    way.source.answers["canary-code"] = deque(
        [Retryable("instagram", FailureKind.UNAVAILABLE, "is down")]
    )
    come = await way.back(await way.go(way.link()))
    assert (come.status_code, "is down" in come.text) == (503, True)
    assert await way.token() is None


async def test_a_paused_account_says_what_comes_next(way: Way) -> None:
    await way.db.accounts.pause(way.account.id, "withdrawn")
    come = await way.back(await way.go(way.link()))
    assert f"admin.py account resume {way.account.id}" in come.text


async def test_only_reading_is_answered(way: Way) -> None:
    assert (await way.http.post(way.link())).status_code == 405
    assert (await way.http.post("/connect/callback")).status_code == 405
