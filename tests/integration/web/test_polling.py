"""Pages that ask by themselves what is new: they are told as little as there is."""

import re
from collections.abc import AsyncIterator
from secrets import token_hex

import httpx
import pytest

from db.database import Database
from tests.integration.web.browsing import Browser, signed_in
from tests.integration.web.drafts import a_draft

PARTS = {"/": "queue", "/calendar": "calendar", "/accounts": "accounts"}


@pytest.fixture
async def browser(pages: str, database: Database) -> AsyncIterator[Browser]:
    async with await signed_in(database, pages) as browser:
        yield browser


async def ask(browser: Browser, path: str, part: str, version: str = "") -> httpx.Response:
    return await browser.get(path, **{"x-part": part, "if-none-match": version})


def version_in(page: httpx.Response) -> str:
    found = re.search(r'"If-None-Match": "([0-9a-f]{32})"', page.text)
    assert found, page.text
    return found[1]


async def unchanged(browser: Browser, path: str, part: str) -> httpx.Response:
    """The answer to somebody who has seen the part; a new minute is news, so once more then."""
    for _ in range(2):
        answer = await ask(browser, path, part, version_in(await ask(browser, path, part)))
        if answer.status_code == 304:
            break
    return answer


@pytest.mark.parametrize(("path", "part"), PARTS.items())
async def test_a_part_that_was_seen_is_not_sent_again(
    browser: Browser, database: Database, path: str, part: str
) -> None:
    await a_draft(database, token_hex(8).encode())
    first = await ask(browser, path, part)
    assert first.status_code == 200
    assert "<html" not in first.text
    again = await unchanged(browser, path, part)
    assert (again.status_code, again.content) == (304, b"")
    await a_draft(database, token_hex(8).encode())
    assert (await ask(browser, path, part, version_in(first))).status_code == 200


async def test_a_reels_state_is_sent_again_when_it_is_another(
    browser: Browser, database: Database
) -> None:
    (revision,), _ = await a_draft(database, token_hex(8).encode())
    key = await database.approvals.day_of(revision)
    assert key is not None
    path = f"/reel/{key.account}/{key.day}"
    seen = version_in(await ask(browser, path, "state"))
    assert (await ask(browser, path, "state", seen)).status_code == 304
    reel = await database.reels.by_day(key)
    assert reel is not None
    await database.approvals.expire(reel.id, revision)
    newer = await ask(browser, path, "state", seen)
    assert newer.status_code == 200
    assert version_in(newer) != seen
    assert 'class="state open"' not in newer.text


async def test_a_part_for_somebody_signed_out_leads_to_the_door(pages: str) -> None:
    async with httpx.AsyncClient(base_url=pages, trust_env=False) as web:
        answer = await web.get("/", headers={"x-part": "queue"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")
