"""The pages behind a TLS proxy, as they run in production."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
import time_machine
from playwright.async_api import async_playwright, expect
from temporalio.client import Client

from clients.mail import Mail
from clients.store import ObjectStore
from db.database import Database
from tests.integration.web.browsing import SAME, a_person
from tests.integration.web.conftest import a_site, serving
from tests.integration.web.tls import a_certificate, tls_before
from web.pages.sign_in import OF_A_CLIENT
from web.server import listening
from web.who import Network, Who

HERE = (ip_network("127.0.0.0/8"),)
MAIL = Mail("smtp://127.0.0.1:9", "reels@example.com")
"""Nothing is sent: nobody who asks here is known."""


async def test_a_browsers_cookies_are_bound_to_https_and_to_this_host(
    database: Database, temporal: Client, store: ObjectStore, tmp_path: Path
) -> None:
    taken = listening("127.0.0.1", 0)
    url = f"https://127.0.0.1:{taken.getsockname()[1]}"
    app = a_site(database, temporal, store, Who(database.people, database.sign_ins, url))
    key = await database.sign_ins.make_link(await a_person(database), datetime.now(UTC))
    program = shutil.which("chromium")
    assert program, "this test drives Debian's chromium: apt-get install chromium"
    async with serving(app) as plain, async_playwright() as playwright:
        port = int(plain.rpartition(":")[2])
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(ignore_https_errors=True)
        async with tls_before(port, taken, a_certificate(tmp_path)):
            page = await context.new_page()
            await page.goto(f"{url}/sign-in/link?key={key}&next=/calendar")
            await page.get_by_role("button", name="Sign in").click()
            await expect(page).to_have_url(f"{url}/calendar")
            cookies = {one["name"]: one for one in await context.cookies()}
            await page.locator(".who summary").click()
            await page.get_by_role("button", name="Sign out").click()
            await expect(page).to_have_url(f"{url}/sign-in")
            left = {one["name"] for one in await context.cookies()}
            await browser.close()
    assert set(cookies) == {"__Host-session", "__Host-form"}
    assert all(one["secure"] and one["httpOnly"] for one in cookies.values())
    assert {(one["sameSite"], one["path"]) for one in cookies.values()} == {("Lax", "/")}
    assert left == {"__Host-form"}


async def test_over_https_a_cookie_of_the_plain_name_is_nobodys(
    database: Database, temporal: Client, store: ObjectStore
) -> None:
    who = Who(database.people, database.sign_ins, "https://reels.example")
    key = await database.sign_ins.make_link(await a_person(database), datetime.now(UTC))
    session = await database.sign_ins.begin(key, datetime.now(UTC))
    async with (
        serving(a_site(database, temporal, store, who)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as web,
    ):
        plain = await web.get("/", headers={"cookie": f"session={session}"})
        bound = await web.get("/", headers={"cookie": f"__Host-session={session}"})
    assert (plain.status_code, bound.status_code) == (303, 200)


@pytest.fixture
def early_in_a_quarter() -> Iterator[None]:
    """Limits are of a quarter of an hour each: none begins while a test counts."""
    quarter = OF_A_CLIENT.stretch.total_seconds()
    begun = datetime.now(UTC).timestamp() // quarter * quarter
    with time_machine.travel(begun + 60, tick=True):
        yield


@asynccontextmanager
async def asked_through(
    database: Database, temporal: Client, store: ObjectStore, proxies: tuple[Network, ...]
) -> AsyncIterator[httpx.AsyncClient]:
    who = Who(database.people, database.sign_ins, "http://127.0.0.1", tls_proxies=proxies)
    async with (
        serving(a_site(database, temporal, store, who, MAIL)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as web,
    ):
        yield web


async def tries(web: httpx.AsyncClient, *forwarded: str) -> list[int]:
    """Ask for a link once for each address that the proxy tells."""
    page = await web.get("/sign-in")
    form = dict(re.findall(r'name="(form_token)" value="([^"]*)"', page.text))
    told = []
    for one in forwarded:
        headers = SAME | {"x-forwarded-for": one}
        answer = await web.post(
            "/sign-in", data={**form, "email": "nobody@example.com"}, headers=headers
        )
        told.append(answer.status_code)
    return told


def a_network() -> str:
    """The first 64 bits of an IPv6 address that no other test has."""
    return f"2001:db8:{token_hex(2)}:{token_hex(2)}"


@pytest.mark.usefixtures("early_in_a_quarter")
async def test_whoever_uses_up_the_tries_shuts_out_nobody_else(
    database: Database, temporal: Client, store: ObjectStore
) -> None:
    hostile, other = a_network(), a_network()
    async with asked_through(database, temporal, store, HERE) as web:
        asked = await tries(web, *(f"{hostile}::{n:x}" for n in range(21)))
        assert asked == [200] * 20 + [429]
        assert await tries(web, f"{hostile}::1", f"{other}::1") == [429, 200]
        # What a client claims itself stands before what the proxy saw.
        assert await tries(web, f"{a_network()}::1, {hostile}::9") == [429]
        assert await tries(web, f"{hostile}::9, {other}::1, 127.0.0.2") == [200]


@pytest.mark.parametrize("told", ["", "nonsense", "1.2.3.4.5", "é", ", ,", "1.2.3.4:80"])
async def test_what_a_proxy_tells_and_is_no_address_brings_nothing_down(
    database: Database, temporal: Client, store: ObjectStore, told: str
) -> None:
    async with asked_through(database, temporal, store, HERE) as web:
        page = await web.get("/sign-in")
        form = dict(re.findall(r'name="(form_token)" value="([^"]*)"', page.text))
        raw = [(b"x-forwarded-for", told.encode("latin-1")), (b"sec-fetch-site", b"same-origin")]
        answer = await web.post("/sign-in", data={**form, "email": "a@b"}, headers=raw)
    assert answer.status_code in {200, 429}


@pytest.mark.usefixtures("early_in_a_quarter")
async def test_nobody_elses_word_for_an_address_counts(
    database: Database, temporal: Client, store: ObjectStore
) -> None:
    async with asked_through(database, temporal, store, (ip_network("10.0.0.0/8"),)) as web:
        asked = await tries(web, *(f"{a_network()}::1" for _ in range(21)))
    assert asked[-1] == 429
