"""Links that come by mail, and people whom a proxy signs in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import httpx
import pytest
from temporalio.client import Client

from clients.errors import Refused, Retryable
from clients.mail import Mail
from clients.store import ObjectStore
from db.database import Database
from schemas.account import Role
from tests.integration.web.browsing import SAME, a_person
from tests.integration.web.conftest import a_site, serving
from tests.integration.web.letterbox import Letterbox, a_letterbox
from tests.ports import free_port
from tests.waiting import until
from web.who import Network, Who


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    async with a_letterbox() as box:
        yield box


@asynccontextmanager
async def site(
    database: Database,
    temporal: Client,
    store: ObjectStore,
    *,
    mail: Mail | None = None,
    proxies: tuple[Network, ...] = (),
) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    who = Who(database.people, database.sign_ins, url, proxies, "X-Who")
    app = a_site(database, temporal, store, who, mail)
    async with serving(app, port), httpx.AsyncClient(base_url=url, trust_env=False) as web:
        yield web


async def ask(web: httpx.AsyncClient, address: str) -> httpx.Response:
    page = await web.get("/sign-in?next=/calendar")
    form = dict(re.findall(r'name="(form_token|next)" value="([^"]*)"', page.text))
    return await web.post("/sign-in", data={**form, "email": address}, headers=SAME)


async def test_a_link_comes_by_mail_and_leads_to_where_one_went(
    database: Database, temporal: Client, store: ObjectStore, letterbox: Letterbox
) -> None:
    person = await a_person(database)
    mail = Mail(f"smtp://127.0.0.1:{letterbox.port}", "Reels <reels@example.com>")
    async with site(database, temporal, store, mail=mail) as web:
        known = await ask(web, f"{person}@Example.com ")
        letter = await until(lambda: letterbox.letters[:1], "no letter comes")
        unknown = await ask(web, "nobody@example.com")
        assert known.status_code == unknown.status_code == 200
        said = known.text.replace(f"{person}@example.com", "nobody@example.com")
        assert _told(said) == _told(unknown.text)
        text = letter[0].get_content()
        link = re.search(r"http\S+", text)
        assert link
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', (await web.get(link[0])).text))
        entered = await web.post("/sign-in/link", data=form, headers=SAME)
        assert (entered.status_code, entered.headers["location"]) == (303, "/calendar")
    assert letter[0]["to"] == f"{person}@example.com"
    assert len(letterbox.letters) == 1


def _told(page: str) -> str:
    return page.partition("<main")[2]


async def test_an_address_gets_three_letters_and_a_client_is_slowed_down(
    database: Database, temporal: Client, store: ObjectStore, letterbox: Letterbox
) -> None:
    person = await a_person(database)
    mail = Mail(f"smtp://127.0.0.1:{letterbox.port}", "reels@example.com")
    async with site(database, temporal, store, mail=mail) as web:
        answers = []
        while 429 not in answers:
            answers.append((await ask(web, f"{person}@example.com")).status_code)
            assert len(answers) <= 21
    assert set(answers) == {200, 429}
    await until(lambda: len(letterbox.letters) >= 3, "three letters do not come")
    await asyncio.sleep(0.2)
    assert len(letterbox.letters) == 3


@pytest.mark.parametrize("address", ["", "ann", "a" * 300 + "@x.y", "ann@x.y\r\nBcc: bob@x.y"])
async def test_what_is_no_address_gets_no_letter(
    database: Database,
    temporal: Client,
    store: ObjectStore,
    letterbox: Letterbox,
    address: str,
) -> None:
    mail = Mail(f"smtp://127.0.0.1:{letterbox.port}", "reels@example.com")
    async with site(database, temporal, store, mail=mail) as web:
        assert (await ask(web, address)).status_code in {200, 400, 429}
    assert letterbox.letters == []


async def test_a_server_that_is_down_and_an_address_that_is_refused_are_told_apart(
    letterbox: Letterbox, dead_port: int
) -> None:
    letterbox.refuses = True
    with pytest.raises(Refused, match="not taken"):
        await Mail(f"smtp://127.0.0.1:{letterbox.port}", "a@b").send(to="c@d", subject="", text="")
    with pytest.raises(Retryable, match="did not take it"):
        await Mail(f"smtp://127.0.0.1:{dead_port}", "a@b").send(to="c@d", subject="", text="")


async def test_a_proxys_word_counts_from_the_proxy_alone(
    database: Database, temporal: Client, store: ObjectStore
) -> None:
    person = await a_person(database, Role.VIEWER)
    named = {"x-who": f"{person}@example.com"}
    here, elsewhere = (ip_network("127.0.0.0/8"),), (ip_network("10.0.0.0/8"),)
    async with site(database, temporal, store, proxies=here) as web:
        assert (await web.get("/", headers=named)).status_code == 200
        assert (await web.get("/", headers={"x-who": "nobody@example.com"})).status_code == 403
        assert (await web.get("/")).status_code == 403
        twice = [(b"x-who", f"{person}@example.com".encode()), (b"x-who", b"root@example.com")]
        assert (await web.get("/", headers=twice)).status_code == 403
        assert (await web.get("/sign-in")).status_code == 404
        assert (await web.post("/approve", headers=named | SAME)).status_code == 403
        page = await web.get("/", headers=named)
        assert "Sign out" not in page.text
    async with site(database, temporal, store, proxies=elsewhere) as web:
        assert (await web.get("/", headers=named)).status_code == 403
    async with site(database, temporal, store) as web:
        assert (await web.get("/", headers=named)).status_code == 303
