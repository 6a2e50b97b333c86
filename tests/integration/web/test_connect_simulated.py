"""An account is connected at the simulated consent pages of both logins."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from temporalio.client import Client

from clients.publishing.access import AccessSource, App
from clients.publishing.facebook_tokens import FacebookTokens
from clients.publishing.instagram_tokens import InstagramTokens
from clients.store import ObjectStore
from db.cipher import Purpose
from db.database import Database
from db.links import Links
from schemas.account import Account, Login
from tests.factories import an_account
from tests.integration.web.conftest import CIPHER, serving
from web.app import create_app
from web.connect import Connect, utc_now
from web.health import Health
from web.reels import ReelFiles

BASE = "https://reels.example"


def sources_at(url: str) -> dict[Login, AccessSource]:
    return {
        Login.INSTAGRAM: InstagramTokens(
            App("1000000000000001", "simulated"),
            base_url=f"{url}/instagram",
            oauth_url=f"{url}/instagram-api",
            www_url=f"{url}/instagram-www",
            version="v25.0",
        ),
        Login.FACEBOOK: FacebookTokens(
            App("1000000000000002", "simulated"),
            base_url=f"{url}/facebook",
            www_url=f"{url}/facebook-www",
            version="v25.0",
        ),
    }


@dataclass
class Person:
    """Somebody with a browser, who grants what a test says."""

    db: Database
    account: Account
    http: httpx.AsyncClient
    outside: httpx.AsyncClient

    async def grants(self, **choice: object) -> None:
        fault = {"service": "instagram", "op": "authorize", "kind": "consent"}
        armed = await self.outside.post("/_faults", json={**fault, "options": choice})
        assert armed.status_code == 200, armed.text

    async def connects(self) -> httpx.Response:
        key = Links(CIPHER, self.db.pool).link(self.account.id, utc_now())
        gone = await self.http.get(f"/connect/{self.account.id}", params={"key": key})
        assert gone.status_code == 303, gone.text
        consent = await self.outside.get(gone.headers["location"])
        back = urlsplit(consent.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == BASE
        cookie = gone.headers["set-cookie"].partition(";")[0]
        return await self.http.get(f"{back.path}?{back.query}", headers={"cookie": cookie})


@pytest.fixture(params=list(Login))
async def person(
    request: pytest.FixtureRequest,
    database: Database,
    temporal: Client,
    store: ObjectStore,
    simulators_url: str,
) -> AsyncIterator[Person]:
    account = an_account(login=request.param)
    account = account.model_copy(update={"platform_user_id": f"1784140{account.id[8:]:0>10}"})
    await database.accounts.add(account, None)
    sources = sources_at(simulators_url)
    app = create_app(
        health=Health(database, temporal),
        files=ReelFiles(database.reels, store),
        connect=Connect(database, CIPHER, sources, BASE),
    )
    async with (
        serving(app) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
        httpx.AsyncClient(base_url=simulators_url, trust_env=False) as outside,
    ):
        yield Person(database, account, http, outside)
        await outside.delete("/_faults")
    for source in sources.values():
        await source.aclose()
    await database.pool.write("DELETE FROM instagram_accounts WHERE id = $1", account.id)


async def test_whoever_grants_access_is_connected(person: Person) -> None:
    await person.grants(users=[person.account.platform_user_id])
    answer = await person.connects()
    assert (answer.status_code, "is connected" in answer.text) == (200, True), answer.text
    standing = await person.db.renewals.get(person.account.id)
    assert standing is not None
    assert standing.facts.days_left(utc_now()) == 59
    publishing = CIPHER.open(person.account.id, standing.publishing)
    if person.account.login is Login.INSTAGRAM:
        assert publishing.startswith("IGAA")
    else:
        assert standing.reading is not None
        assert CIPHER.open(person.account.id, standing.reading, Purpose.READING) != publishing


async def test_another_user_is_refused_by_name(person: Person) -> None:
    await person.grants(users=["17849999999999999"])
    answer = await person.connects()
    assert answer.status_code == 400
    assert "17849999999999999" in answer.text
    assert await person.db.renewals.get(person.account.id) is None


async def test_a_box_that_was_not_ticked_is_named(person: Person) -> None:
    basic = {Login.INSTAGRAM: ["instagram_business_basic"]}
    some = ["instagram_basic", "pages_show_list", "pages_read_engagement"]
    scopes = basic.get(person.account.login, some)
    await person.grants(users=[person.account.platform_user_id], scopes=scopes)
    answer = await person.connects()
    assert answer.status_code == 400
    assert "content_publish was not granted" in answer.text
    assert await person.db.renewals.get(person.account.id) is None


async def test_a_no_changes_nothing(person: Person) -> None:
    denied = {"service": "instagram", "op": "authorize", "kind": "denied"}
    assert (await person.outside.post("/_faults", json=denied)).status_code == 200
    answer = await person.connects()
    assert (answer.status_code, "not granted" in answer.text) == (400, True)
