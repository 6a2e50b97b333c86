"""A person before the pages: signed in, with the cookies and the forms of a browser."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Self

import httpx

from db.database import Database
from schemas.account import Role

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
_ONCE = re.compile(r'name="once" value="([0-9a-f]+)"')


@dataclass
class Browser:
    """One person's browser; `web` keeps its cookies."""

    web: httpx.AsyncClient
    person: str

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.web.aclose()

    async def get(self, path: str, **more: str) -> httpx.Response:
        return await self.web.get(path, headers=more)

    async def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a page's forms."""
        page = await self.get(path)
        assert page.status_code == 200, page.text
        found = {"form_token": _TOKEN.search(page.text), "once": _ONCE.search(page.text)}
        return {name: match.group(1) for name, match in found.items() if match}

    async def send(self, page: str, action: str, **fields: str | list[str]) -> httpx.Response:
        """Press a button of a form on a page."""
        form = await self.form(page)
        return await self.web.post(action, data={**form, **fields}, headers=SAME)


SAME = {"sec-fetch-site": "same-origin"}


async def a_person(db: Database, role: Role = Role.REVIEWER) -> str:
    name = f"ann-{token_hex(4)}"
    email = f"{name}@example.com"
    person = await db.people.put(name, email=email, slack=None, discord=None, role=role)
    return person.id


async def signed_in(db: Database, url: str, role: Role = Role.REVIEWER) -> Browser:
    """A browser in which somebody of this role pressed the button behind their link."""
    return await entered(db, url, await a_person(db, role))


async def entered(db: Database, url: str, person: str) -> Browser:
    """The same for somebody who is known."""
    web = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
    key = await db.sign_ins.make_link(person, datetime.now(UTC))
    browser = Browser(web, person)
    entered = await browser.send(f"/sign-in/link?key={key}", "/sign-in/link", key=key)
    assert entered.status_code == 303, entered.text
    return browser
