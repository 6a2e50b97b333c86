"""The page as a door: whose press counts, what it says, and what never changes anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from db.approval_row import ApprovalRow
from runtime.temporal import connect
from schemas.account import Role
from schemas.day import Outcome, Stage
from schemas.decision import Refusal
from tests.factories import DECISION_KEY
from tests.integration.web.browsing import SAME, Browser, signed_in
from tests.integration.web.cable import cable_to
from tests.integration.web.conftest import connecting, serving
from tests.ports import free_port
from tests.waiting import until
from tests.workflows.world import LiveDay, World
from web.app import create_app
from web.delivery import Delivery
from web.health import Health
from web.pages.site import Site
from web.reels import ReelFiles
from web.who import Who


class Review:
    """The pages of one world, and the browsers before them."""

    def __init__(self, world: World, url: str, stack: AsyncExitStack) -> None:
        self.world, self.url, self._stack = world, url, stack

    async def browser(self, role: Role = Role.REVIEWER) -> Browser:
        browser = await signed_in(self.world.db, self.url, role)
        return await self._stack.enter_async_context(browser)


@pytest.fixture
async def review(world: World) -> AsyncIterator[Review]:
    async with reviewed(world, world.client) as review:
        yield review


@asynccontextmanager
async def reviewed(world: World, temporal: Client) -> AsyncIterator[Review]:
    """The pages of a world, which reach Temporal in their own way."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    db = world.db
    site = Site(
        db=db,
        temporal=temporal,
        delivery=Delivery(temporal, DECISION_KEY, timedelta(seconds=2)),
        who=Who(db.people, db.sign_ins, url),
        mail=None,
        temporal_ui_url="http://temporal.test",
    )
    app = create_app(
        health=Health(db, temporal),
        files=ReelFiles(db.reels, world.store),
        connect=connecting(db),
        pages=site.routes,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(app, port))
        yield Review(world, url, stack)


def page_of(day: LiveDay) -> str:
    return f"/reel/{day.key.account}/{day.key.day}"


async def revisions(day: LiveDay) -> list[str]:
    laid = await day.world.db.approvals.newest((await day.row()).id)
    return [row.revision for row in laid]


async def press(browser: Browser, day: LiveDay, **fields: str) -> str:
    """Press a button; what the page says then."""
    answer = await browser.send(page_of(day), f"{page_of(day)}/decide", **fields)
    if answer.status_code == 303:
        answer = await browser.get(answer.headers["location"])
    return answer.text


async def test_an_approved_caption_is_what_goes_out(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    _, other = await revisions(day)
    said = await press(browser, day, revision=other, verdict="approve")
    result = await day.result()
    row = await day.row()

    assert "Approved." in said or "Published." in said
    assert (result.outcome, row.variant) == (Outcome.PUBLISHED, "B")
    (attempt,) = await review.world.db.approvals.attempts(day.key)
    assert (attempt.reviewer, attempt.channel, attempt.accepted) == (browser.person, "web", True)
    assert "Published." in (await browser.get(page_of(day))).text


async def test_a_rejection_carries_its_reason(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    (first, _) = await revisions(day)
    said = await press(browser, day, revision=first, verdict="reject", note="too <b>blue</b>")
    assert (await day.result()).outcome is Outcome.REJECTED
    assert "too &lt;b&gt;blue&lt;/b&gt;" in (await browser.get(page_of(day))).text
    assert "<b>blue" not in said


async def test_of_two_people_the_first_wins_and_the_other_is_told(review: Review) -> None:
    day = await review.world.in_review(posting={"times": ("03:33",)})
    browsers = [await review.browser() for _ in range(2)]
    (first, _) = await revisions(day)
    pages = await asyncio.gather(
        *(press(one, day, revision=first, verdict="approve") for one in browsers)
    )
    told = [page for page in pages if "lready decided by" in page]
    assert len(told) == 1
    assert (await day.refusals()).count(None) == 1


async def test_a_double_click_is_one_decision(review: Review) -> None:
    day = await review.world.in_review(posting={"times": ("03:33",)})
    browser = await review.browser()
    form = await browser.form(page_of(day))
    (first, _) = await revisions(day)
    fields = {**form, "revision": first, "verdict": "approve"}
    both = await asyncio.gather(
        *(browser.web.post(f"{page_of(day)}/decide", data=fields, headers=SAME) for _ in range(2))
    )
    assert [one.status_code for one in both] == [303, 303]
    assert await day.refusals() == [None]


async def test_a_stale_revision_is_refused_and_the_new_one_is_shown(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    said = await press(browser, day, revision="ab" * 32, verdict="approve")
    assert "look at it and decide again" in said
    assert (await revisions(day))[0] in said
    assert await day.refusals() == [Refusal.STALE_REVISION]
    assert (await day.progress()).stage is Stage.REVIEW


async def test_an_edit_comes_back_as_a_new_revision_and_is_what_goes_out(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    (first, _) = await revisions(day)
    row = await day.row()
    words = {"caption": "Other words\r\nin two lines", "hashtags": " ".join(row.hashtags or ())}
    said = await press(browser, day, revision=first, verdict="edit", cover_seconds="", **words)
    assert "Nothing was" not in said

    async def newer() -> list[str]:
        laid = await revisions(day)
        return laid if first not in laid else []

    new = (await until(newer, "no new revision lies there"))[0]
    stale = await press(browser, day, revision=first, verdict="approve")
    assert "look at it and decide again" in stale or "lready decided" in stale
    page = await browser.get(page_of(day))
    assert "with another caption" in page.text
    await press(browser, day, revision=new, verdict="approve")
    assert (await day.result()).outcome is Outcome.PUBLISHED
    row = await day.row()
    assert row.caption == "Other words\nin two lines"


async def test_an_edit_that_can_not_be_taken_says_why(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    (first, _) = await revisions(day)
    row = await day.row()
    same = {"caption": row.caption or "", "hashtags": " ".join(row.hashtags or ())}
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        (same, "edits: are empty"),
        (same | {"caption": "x" * 2201}, "caption: "),
        (same | {"cover_seconds": "nan"}, "cover_seconds: "),
        (same | {"cover_seconds": "99"}, "cover_seconds: the video has"),
        (same | {"hashtags": "#one #two"}, "hashtags: there are 2; write 10 to 15"),
    )
    for fields, why in wrong:
        assert why in await press(browser, day, revision=first, verdict="edit", **fields), why
    for verdict, fields, why in (
        ("changes", {"note": "x"}, "change: is missing"),
        ("changes", {"change": "story", "note": " "}, "note: is empty"),
        ("hold", {"hold_until": "soon"}, "hold_until: is missing"),
        ("hold", {"hold_until": "2020-01-01T10:00"}, "hold_until: give a time to come"),
    ):
        assert why in await press(browser, day, revision=first, verdict=verdict, **fields), why
    assert (await day.progress()).stage is Stage.REVIEW
    assert (await revisions(day))[0] == first


async def test_several_are_approved_in_one_go_each_by_its_own_revision(review: Review) -> None:
    days = [await review.world.in_review(posting={"times": ("03:33",)}) for _ in range(3)]
    browser = await review.browser()
    shown = [(await revisions(day))[0] for day in days]
    shown[1] = "cd" * 32
    picks = [
        f"{day.key.account}/{day.key.day}/{revision}"
        for day, revision in zip(days, shown, strict=True)
    ]
    answer = await browser.send("/", "/approve", pick=picks)
    assert answer.status_code == 200
    assert "2 of 3 approved" in answer.text
    assert "look at it and decide again" in answer.text
    assert [await day.refusals() for day in days] == [[None], [Refusal.STALE_REVISION], [None]]


async def test_no_worker_is_no_answer_and_the_decision_counts_when_one_is(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    (first, _) = await revisions(day)
    await day.quiet()
    form = await browser.form(page_of(day))
    await review.world.rest()
    fields = {**form, "revision": first, "verdict": "approve"}
    answer = await browser.web.post(f"{page_of(day)}/decide", data=fields, headers=SAME)
    await review.world.work()
    assert answer.status_code == 202
    assert "it counts when one does" in answer.text
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_when_temporal_is_away_it_is_said_and_the_same_press_counts_once_later(
    world: World, temporal_address: str
) -> None:
    day = await world.in_review()
    host, _, port = temporal_address.partition(":")
    async with cable_to(host, int(port)) as cable:
        far = await connect(f"127.0.0.1:{cable.port}", "default", "test")
        async with reviewed(world, far) as review:
            browser = await review.browser()
            form = await browser.form(page_of(day))
            fields = {**form, "revision": (await revisions(day))[0], "verdict": "approve"}
            await cable.freeze()
            answer = await browser.web.post(f"{page_of(day)}/decide", data=fields, headers=SAME)
            assert answer.status_code == 503
            assert "Temporal does not answer" in answer.text
            assert f'name="once" value="{form["once"]}"' in answer.text
            await cable.thaw()
            again = await browser.web.post(f"{page_of(day)}/decide", data=fields, headers=SAME)
            assert again.status_code in {303, 409}
            assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (await day.refusals()).count(None) == 1


async def test_a_reel_is_held_and_asked_for_anew(review: Review) -> None:
    day = await review.world.in_review(zone="Asia/Tokyo")
    browser = await review.browser()
    (first, _) = await revisions(day)
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT10:30")
    held = await press(browser, day, revision=first, verdict="hold", hold_until=later)
    assert "Held." in held
    assert "10:30 (Asia/Tokyo)" in held
    assert "Held" in (await browser.get(f"/?account={day.key.account}")).text
    said = await press(
        browser, day, revision=first, verdict="changes", change="caption", note="too long"
    )
    assert "too long" in said

    async def made_anew() -> bool:
        return len({row.laying for row in await all_laid(day)}) > 1

    await until(made_anew, "nothing is made anew")
    page = (await browser.get(page_of(day))).text
    assert "asked for changes" in page
    assert "held it back" in page


async def all_laid(day: LiveDay) -> tuple[ApprovalRow, ...]:
    return await day.world.db.review_pages.laid((await day.row()).id)


async def test_where_two_have_to_approve_the_first_is_named(review: Review) -> None:
    day = await review.world.in_review(review={"approvals_needed": 2})
    ann, bob = await review.browser(), await review.browser()
    (first, _) = await revisions(day)
    said = await press(ann, day, revision=first, verdict="approve")
    assert f"Approved by {ann.person}; another person has to approve it, too" in said
    again = await press(ann, day, revision=first, verdict="approve")
    assert "has approved it already" in again
    await press(bob, day, revision=first, verdict="approve")
    assert (await day.result()).outcome is Outcome.PUBLISHED


NO_FORM = {"form_token": ""}
WRONG: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "another site": ({}, {"sec-fetch-site": "cross-site"}, 403),
    "a sibling's site": ({}, {"sec-fetch-site": "same-site"}, 403),
    "another origin": ({}, {"origin": "https://evil.example"}, 403),
    "an origin that is hidden": ({}, {"origin": "null"}, 403),
    "no token": (NO_FORM, SAME, 403),
    "a token that is none": ({"form_token": "é\x00" * 40}, SAME, 403),
    "a token of nobody": ({"form_token": "ab" * 32}, SAME, 403),
    "no verdict": ({"verdict": "perhaps"}, SAME, 400),
    "no revision": ({"revision": "../../etc"}, SAME, 400),
    "a note that no database keeps": ({"note": "\0"}, SAME, 422),
    "a note that is too long": ({"note": "x" * 2001}, SAME, 422),
}


async def test_what_is_wrong_with_a_request_changes_nothing(review: Review) -> None:
    day = await review.world.in_review()
    reviewer, viewer = await review.browser(), await review.browser(Role.VIEWER)
    path = f"{page_of(day)}/decide"
    (first, _) = await revisions(day)
    form = await reviewer.form(page_of(day))
    good = {**form, "revision": first, "verdict": "approve"}
    for why, (fields, headers, status) in WRONG.items():
        answer = await reviewer.web.post(path, data={**good, **fields}, headers=headers)
        assert answer.status_code == status, why
        assert "<h1>" in answer.text, why
    for body in (b"\xff\xfe=\x80", b"a" * 70_000, b"&&&;;;%%%", b"x=1&" * 300):
        answer = await reviewer.web.post(path, content=body, headers=SAME)
        assert 400 <= answer.status_code < 500
    theirs = await viewer.form("/")
    answer = await viewer.web.post(path, data={**good, **theirs}, headers=SAME)
    assert answer.status_code == 403
    answer = await viewer.web.post(path, data=good, headers=SAME)
    assert answer.status_code == 403  # another person's token
    reviewer.web.cookies.delete("session")
    assert (await reviewer.web.post(path, data=good, headers=SAME)).status_code == 401
    assert await day.refusals() == []
    assert (await day.progress()).stage is Stage.REVIEW


async def test_looking_ten_times_changes_nothing(review: Review) -> None:
    day = await review.world.in_review()
    browser = await review.browser()
    query = f"?verdict=approve&revision={(await revisions(day))[0]}"
    for path in ("/", page_of(day), f"{page_of(day)}/decide", "/approve", "/calendar", "/accounts"):
        for _ in range(10):
            for method in ("GET", "HEAD"):
                answer = await browser.web.request(method, path + query)
                assert answer.status_code in {200, 405}
    assert await day.refusals() == []
    assert (await day.progress()).stage is Stage.REVIEW


ADDRESSES = (
    "/reel/%00/2026-11-23",
    "/reel/robots/2026-13-45",
    "/reel/robots/0000-00-00",
    "/reel/..%2f..%2fetc/2026-11-23",
    "/reel/%ff%fe/2026-11-23",
    "/reel/robots/2026-11-23",
    "/?account=%ff",
    "/?account=no-such-account-anywhere",
    "/?after=%00",
    "/?after=" + "A" * 500,
    "/?after=MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCD_",
    "/calendar?from=9999-12-31",
    "/calendar?from=nonsense",
    "/static/..%2f__main__.py",
    "/static/htmx.LICENSE",
)


async def test_no_address_brings_the_pages_down(review: Review) -> None:
    browser = await review.browser()
    for path in ADDRESSES:
        assert (await browser.get(path)).status_code in {200, 400, 404}, path
