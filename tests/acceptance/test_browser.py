"""The pages in a real browser on the running stack, as a person uses them."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from db.database import Database
from schemas.day import Stage
from schemas.decision import Refusal
from tests.acceptance.conftest import Day
from tests.acceptance.stack import Stack
from tests.waiting import until

pytestmark = pytest.mark.timeout(400)

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
PATIENCE_MS = 60_000
NEWS_OF_THE_QUEUE = """
    htmx.ajax("GET", "/", {target: "#queue", swap: "outerHTML", headers: {"X-Part": "queue"}})
"""
"""What the page does by itself when something has changed."""

Enter = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
async def chrome() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    assert program, "the browser tests drive Debian's chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def enter(stack: Stack, chrome: Browser) -> AsyncIterator[Enter]:
    """Signs somebody new in and returns their page; nothing may go wrong in it."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    async def sign_in(size: dict[str, int] = DESK, *, scheme: str = "light") -> Page:
        name = f"ann-{token_hex(3)}"
        stack.ok("admin.py", "person", "add", name)
        link = stack.ok("admin.py", "person", "link", name).splitlines()[0]
        context = await chrome.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if _is_bad(said.text) else None)
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("waiting")
        return page

    yield sign_in
    for context in contexts:
        await context.close()
    assert wrong == []


def _is_bad(said: str) -> bool:
    return "Content Security Policy" in said or "Refused to" in said


async def open_reel(page: Page, stack: Stack, day: Day) -> None:
    account, date = day.words
    await page.goto(f"{stack.settings['PUBLIC_BASE_URL']}/reel/{account}/{date}")


async def test_watch_edit_pick_approve_and_see_it_published(
    new_day: Callable[..., Day], db: Database, enter: Enter
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    page = await enter()
    await look_everywhere(page, day)
    await page.get_by_role("link", name="Queue", exact=True).click()
    await page.get_by_role("link", name=re.compile(f"Review {day.key.account}")).click()
    await watch(page)

    await page.get_by_role("radio", name="B", exact=False).check()
    await page.keyboard.press("Escape")
    await page.locator("#to-edit").click()
    panel = page.locator("#edit-B")
    await panel.get_by_label("Caption").fill("Mended by a person ✨\nand laid before them again")
    await expect(panel.get_by_role("status")).to_contain_text("/ 2,200 characters")
    await panel.get_by_role("button", name="Save as a new revision").click()
    newer = page.get_by_role("link", name="Something newer lies before you")
    shown = page.locator(".words", has_text="Mended by a person")
    await expect(newer.or_(shown).first).to_be_visible(timeout=PATIENCE_MS)
    if await newer.is_visible():
        await newer.click()
    await page.locator(".caption", has=shown).get_by_role("radio").check()
    await expect(page.locator("#ig-caption")).to_contain_text("Mended by a person")
    await page.keyboard.press("Escape")
    await page.locator("#approve").click()
    await expect(page.locator("#state")).to_contain_text("Published.", timeout=PATIENCE_MS)
    day.published()

    (post,) = day.posts()
    assert post["facts"]["caption"].startswith("Mended by a person ✨\nand laid before them again")
    row = await db.reels.by_day(day.key)
    assert row is not None
    assert row.variant == "B"


async def watch(page: Page) -> None:
    """The video plays, and goes to where the slider is put."""
    video = page.locator("#video")
    await page.get_by_role("button", name="Play").click()
    await until(lambda: video.evaluate("one => one.currentTime > 0.2"), "it does not play")
    await page.get_by_role("button", name="Pause").click()
    seconds = await video.evaluate("video => video.duration")
    assert seconds > 2
    await page.locator("#seek").fill("2")
    there = "one => !one.seeking && Math.abs(one.currentTime - 2) < 0.3"
    await until(lambda: video.evaluate(there), "it does not seek")
    assert await video.evaluate("video => video.videoHeight / video.videoWidth") == 16 / 9
    overlay = page.get_by_role("button", name="Instagram's own buttons")
    await overlay.click()
    await expect(page.locator("#phone")).to_have_class(re.compile("bare"))
    await overlay.click()


async def test_by_keyboard_alone_on_a_phone_two_who_race_and_a_letters_link(
    stack: Stack, new_day: Callable[..., Day], db: Database, enter: Enter, chrome: Browser
) -> None:
    days = [new_day() for _ in range(3)]
    for day in days:
        await day.at(Stage.REVIEW)
    page, other = await enter(PHONE), await enter(PHONE, scheme="dark")

    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".poster").first).to_be_focused()
    await open_reel(page, stack, days[0])
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.keyboard.press("a")
    await expect(page.locator("#approve")).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.locator("#reason")).to_be_focused()
    await page.keyboard.type("ra")  # letters in a field are letters
    await expect(page.locator("#reason")).to_have_value("ra")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await expect(page.locator("#words-A")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")

    await look_everywhere(other, days[0])
    await open_reel(other, stack, days[0])
    await other.keyboard.press("a")
    await asyncio.gather(page.keyboard.press("Enter"), other.keyboard.press("Enter"))
    for one in (page, other):
        await expect(one.locator("#state")).to_contain_text(
            re.compile(r"Approved\.|Published\."), timeout=PATIENCE_MS
        )
    told = [await one.get_by_role("alert").all_inner_texts() for one in (page, other)]
    assert sorted(map(len, told)) == [0, 1]
    attempts = await db.approvals.attempts(days[0].key)
    assert {one.refusal for one in attempts} == {None, Refusal.ALREADY_DECIDED}
    days[0].published()
    await several_at_once(page, days[1])
    await by_letter_on_a_phone(stack, chrome, days[2])


async def several_at_once(page: Page, day: Day) -> None:
    """What is picked in the queue is approved in one go."""
    await page.goto(page.url.partition("/reel/")[0])
    box = page.get_by_role("checkbox", name=re.compile(f"Select {day.key.account}"))
    await box.check()
    await expect(page.locator("#picked")).to_have_text("1 selected")
    await page.locator(".batch-bar").get_by_role("button", name="Approve").click()
    told = page.get_by_role("status").first
    await expect(told).to_contain_text("1 of 1 approved")
    day.published()
    await page.evaluate(NEWS_OF_THE_QUEUE)
    await expect(told).to_contain_text("1 of 1 approved")


async def look_everywhere(page: Page, day: Day) -> None:
    """Nothing on any page stands in the way of people with other senses."""
    base = page.url.partition("/reel/")[0].rstrip("/")
    account, date = day.words
    for path in ("/sign-in", "/calendar", "/accounts", "/", f"/reel/{account}/{date}"):
        await page.goto(base + path)
        for summary in await page.locator("main summary").all():
            await summary.click()
        assert await faults(page) == [], path


async def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


async def by_letter_on_a_phone(stack: Stack, chrome: Browser, day: Day) -> None:
    """A letter's link is opened without signing in, and its button decides."""
    name = f"ann-{token_hex(3)}"
    stack.ok("admin.py", "person", "add", name)
    letter = stack.ok("admin.py", "person", "digest", name)
    base, key = stack.settings["PUBLIC_BASE_URL"], day.key
    links = re.findall(rf"^{re.escape(base)}/mail/\S+$", letter, re.MULTILINE)
    context = await chrome.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if _is_bad(said.text) else None)
    for link in links:
        await page.goto(link)
        if f"/reel/{key.account}/{key.day}" in await page.content():
            break
    assert await faults(page) == []
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{name} approved caption A")
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert [cookie["name"] for cookie in await context.cookies()] == ["form"]
    await page.goto(base)
    await expect(page.get_by_role("heading", level=1)).not_to_contain_text("waiting")
    await context.close()
    day.published()
    assert wrong == []
