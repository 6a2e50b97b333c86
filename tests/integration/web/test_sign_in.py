"""Who gets in: by a link that is good once, and by nothing else."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from db.database import Database
from db.sign_ins import IDLE, LINK_LIFE, LONGEST
from schemas.account import Role
from tests.integration.web.browsing import SAME, a_person, signed_in

NOW = datetime.now(UTC)


@pytest.fixture
async def stranger(pages: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=pages, trust_env=False) as client:
        yield client


async def fields(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    page = await client.get(path)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))


async def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_where_they_went(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/reel/robots/2026-11-23")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/reel/robots/2026-11-23",
    )
    form = await fields(stranger, answer.headers["location"])
    assert form == {} or form["next"] == "/reel/robots/2026-11-23"


async def test_looking_at_a_link_signs_nobody_in_and_pressing_its_button_does(
    stranger: httpx.AsyncClient, database: Database
) -> None:
    key = await database.sign_ins.make_link(await a_person(database), datetime.now(UTC))
    path = f"/sign-in/link?key={key}&next=/calendar"
    for _ in range(10):
        assert (await stranger.get(path)).status_code == 200
        assert (await stranger.head(path)).status_code == 200
    assert (await stranger.get("/")).status_code == 303
    form = await fields(stranger, path)
    answer = await stranger.post("/sign-in/link", data=form, headers=SAME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await stranger.get("/")).status_code == 200


async def test_a_link_is_good_once(stranger: httpx.AsyncClient, database: Database) -> None:
    key = await database.sign_ins.make_link(await a_person(database), datetime.now(UTC))
    form = await fields(stranger, f"/sign-in/link?key={key}")
    first = await stranger.post("/sign-in/link", data=form, headers=SAME)
    stranger.cookies.delete("session")
    again = await stranger.post("/sign-in/link", data=form, headers=SAME)
    assert (first.status_code, again.status_code) == (303, 410)
    assert (await stranger.get(f"/sign-in/link?key={key}")).status_code == 410
    assert (await stranger.get("/")).status_code == 303


async def test_a_link_of_sixteen_minutes_ago_is_over(
    stranger: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database)
    fresh = await database.sign_ins.make_link(person, datetime.now(UTC))
    old = await database.sign_ins.make_link(person, datetime.now(UTC) - LINK_LIFE)
    form = await fields(stranger, f"/sign-in/link?key={fresh}")
    answer = await stranger.post("/sign-in/link", data={**form, "key": old}, headers=SAME)
    assert answer.status_code == 410
    assert "set-cookie" not in answer.headers


async def test_whoever_is_disabled_is_out_at_once(pages: str, database: Database) -> None:
    browser = await signed_in(database, pages)
    await database.people.disable(browser.person, datetime.now(UTC))
    assert (await browser.get("/")).status_code == 303
    key = await database.sign_ins.make_link(browser.person, datetime.now(UTC))
    assert await database.sign_ins.begin(key, datetime.now(UTC)) is None
    await browser.web.aclose()


async def test_a_session_ends_for_want_of_use_after_a_week_and_when_signed_out(
    pages: str, database: Database
) -> None:
    person = await a_person(database)
    begun = datetime.now(UTC)
    key = await database.sign_ins.make_link(person, begun)
    session = await database.sign_ins.begin(key, begun)
    assert session is not None

    async def whose(later: timedelta, *, active: bool = False) -> str | None:
        return await database.sign_ins.person_of(session, begun + later, active=active)

    assert await whose(IDLE - timedelta(minutes=1)) == person
    assert await whose(IDLE) is None
    for hours in range(11, 7 * 24, 11):
        assert await whose(timedelta(hours=hours), active=True) == person
    assert await whose(LONGEST) is None
    browser = await signed_in(database, pages)
    left = await browser.send("/", "/sign-out")
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert (await browser.get("/")).status_code == 303
    await browser.web.aclose()


@pytest.mark.parametrize("cookie", ["", "nonsense", "a" * 5000, "é", "' OR 1=1", "session=session"])
async def test_a_forged_session_is_nobodys(stranger: httpx.AsyncClient, cookie: str) -> None:
    raw = b"session=" + cookie.encode("latin-1")
    answer = await stranger.get("/", headers=[(b"cookie", raw)])
    assert answer.status_code == 303


async def test_only_digests_are_kept(database: Database) -> None:
    key = await database.sign_ins.make_link(await a_person(database), NOW)
    session = await database.sign_ins.begin(key, NOW)
    for table in ("sign_in_links", "sessions"):
        rows = await database.pool.rows(f"SELECT row_to_json(t)::text AS all FROM {table} t")  # noqa: S608
        text = " ".join(row["all"] for row in rows)
        assert key not in text
        assert str(session) not in text


async def test_a_viewer_sees_and_has_no_buttons(pages: str, database: Database) -> None:
    browser = await signed_in(database, pages, Role.VIEWER)
    assert (await browser.get("/")).status_code == 200
    answer = await browser.send("/", "/approve", pick="x")
    assert answer.status_code == 403
    await browser.web.aclose()
