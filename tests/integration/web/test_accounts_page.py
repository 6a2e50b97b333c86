"""The page of the accounts: what each has earned, and the way back from automatic approval."""

import httpx

from db.database import Database
from schemas.account import Account, Role
from schemas.trust import AUTOMATIC, POLICY
from tests.earned import posts
from tests.factories import a_composed_reel, a_decision, an_account, two_variants
from tests.integration.db.judged import a_day, said, standing_of
from tests.integration.db.rows import a_revision
from tests.integration.web.browsing import SAME, Browser, signed_in


async def an_allowed_account(database: Database, number: int = 50) -> Account:
    account = an_account(review={"auto_approval": True})
    await database.accounts.add(account, b"sealed")
    await posts(database, account, number)
    return account


def stop_of(account: Account) -> str:
    return f"/accounts/{account.id}/stop-auto-approval"


async def allowed(database: Database, account: Account) -> bool:
    found = await database.accounts.get(account.id)
    assert found is not None
    return found.review.auto_approval


async def pressed(browser: Browser, account: Account, **fields: str) -> httpx.Response:
    return await browser.send("/accounts", stop_of(account), **fields)


async def test_the_page_says_what_an_account_has_earned(database: Database, pages: str) -> None:
    await an_allowed_account(database)
    await an_allowed_account(database, 43)
    async with await signed_in(database, pages, Role.VIEWER) as viewer:
        text = (await viewer.get("/accounts")).text
    assert "<strong>Approved automatically.</strong> 50 of the last 50 approved unchanged." in text
    assert "<strong>People decide.</strong> 43 of 50 posts, 100 % unchanged: not yet" in text
    assert "stop-auto-approval" in text
    assert "Stop: people see every Reel" not in text


async def test_reviewers_and_admins_stop_it_at_once_and_a_second_press_changes_nothing(
    database: Database, pages: str
) -> None:
    for role in (Role.REVIEWER, Role.ADMIN):
        account = await an_allowed_account(database, 0)
        async with await signed_in(database, pages, role) as browser:
            answers = [await pressed(browser, account) for _ in range(2)]
            text = (await browser.get("/accounts")).text
        assert {(one.status_code, one.headers["location"]) for one in answers} == {
            (303, "/accounts")
        }
        assert not await allowed(database, account)
        assert f"Automatic approval was stopped by {browser.person}." in text


async def test_nobody_else_and_nothing_else_stops_it(database: Database, pages: str) -> None:
    account = await an_allowed_account(database, 0)
    where = stop_of(account)
    async with (
        await signed_in(database, pages, Role.VIEWER) as viewer,
        await signed_in(database, pages, Role.REVIEWER) as reviewer,
        httpx.AsyncClient(base_url=pages, trust_env=False) as stranger,
    ):
        looked = await pressed(viewer, account)
        forged = await reviewer.web.post(where, data={"form_token": "0" * 64}, headers=SAME)
        form = await reviewer.form("/accounts")
        elsewhere = await reviewer.web.post(
            where, data=form, headers={"sec-fetch-site": "cross-site"}
        )
        unknown = await reviewer.send("/accounts", "/accounts/no%00body/stop-auto-approval")
        unsigned = await stranger.post(where, data=form, headers=SAME)
        read = [await reviewer.web.request(method, where) for method in ("GET", "HEAD")]

    assert [one.status_code for one in (looked, forged, elsewhere, unsigned)] == [
        403,
        403,
        403,
        401,
    ]
    assert unknown.status_code == 404
    assert [one.status_code for one in read] == [405, 405]
    assert await allowed(database, account)


async def out_of_hands(database: Database, reel: str) -> None:
    """Lay it before people again, as its day does."""
    composed = a_composed_reel("take one")
    await database.approvals.lay(reel, composed, two_variants(composed)[:1], people_only=True)


async def test_a_reel_s_page_says_that_nobody_saw_it(database: Database, pages: str) -> None:
    account = await an_allowed_account(database)
    key, reel = await a_day(database, account)
    revision = await a_revision(database, reel)
    standing = await standing_of(database, account)
    await database.trust.weigh(reel, revision, standing, sampled=False)
    facts = {"reviewer": AUTOMATIC, "channel": POLICY, "note": standing.words}
    await said(database, reel, a_decision(key, revision, **facts))
    page = f"/reel/{key.account}/{key.day}"
    async with (
        await signed_in(database, pages, Role.VIEWER) as viewer,
        await signed_in(database, pages, Role.REVIEWER) as reviewer,
    ):
        text = (await viewer.get(page)).text
        looked = await viewer.send(page, f"{page}/recall")
        forged = await reviewer.web.post(f"{page}/recall", data={}, headers=SAME)
        read = await reviewer.get(f"{page}/recall")
        none = await database.trust.recalled_by(reel)
        shown = (await reviewer.get(page)).text
        pressed_twice = [await reviewer.send(page, f"{page}/recall") for _ in range(2)]
        called = (await reviewer.get(page)).text
        await out_of_hands(database, reel)
        late = await reviewer.send(page, f"{page}/recall")

    said_so = (
        "<strong>Approved automatically.</strong> 50 of the last 50 approved unchanged; it is on"
    )
    assert said_so in text
    assert "The page of the accounts can stop that." in text
    assert "It was approved automatically." in text
    assert [one.status_code for one in (looked, forged, read)] == [403, 403, 405]
    assert none is None
    assert ("/recall" in text, f'action="{page}/recall"' in shown) == (False, True)
    assert {(one.status_code, one.headers["location"]) for one in pressed_twice} == {(303, page)}
    assert f"<strong>Called back.</strong> {reviewer.person} wants people to decide." in called
    assert "/recall" not in called
    assert await database.trust.recalled_by(reel) is None
    assert (late.status_code, "Too late to call it back" in late.text) == (409, True)
