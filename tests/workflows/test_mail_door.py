"""A letter's link as a door: it opens one page for one person, and only a press decides."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import httpx
import pytest
from structlog.testing import capture_logs
from temporalio.client import WorkflowFailureError

from db.database import open_database
from runtime.temporal import connect
from schemas.account import Role
from schemas.day import Outcome, Stage
from schemas.decision import Refusal
from schemas.mail_link import LINK_LIFE, MailLink, MailLinks, expiry, link_key
from tests.factories import DAY, DECISION_KEY
from tests.integration.web.browsing import SAME
from tests.integration.web.cable import cable_to, through
from tests.waiting import until
from tests.workflows.test_page_door import Review, reviewed, revisions
from tests.workflows.world import LiveDay, World

LINKS = MailLinks(link_key(DECISION_KEY))
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@pytest.fixture
async def review(world: World) -> AsyncIterator[Review]:
    async with reviewed(world, world.client) as review:
        yield review


@dataclass(frozen=True)
class Letter:
    """A link in somebody's mail, and the browser that it is opened in."""

    web: httpx.AsyncClient
    person: str
    day: LiveDay
    token: str

    @property
    def path(self) -> str:
        return f"/mail/{self.token}"

    async def look(self) -> httpx.Response:
        return await self.web.get(self.path)

    async def press(self, verdict: str = "approve", **fields: str) -> httpx.Response:
        """Open the page and press a button on it."""
        return await self.send(await self.form(), verdict, **fields)

    async def form(self) -> str:
        """The token of the page's form."""
        found = _TOKEN.search((await self.look()).text)
        assert found
        return found.group(1)

    async def send(self, form: str, verdict: str = "approve", **fields: str) -> httpx.Response:
        data = {"form_token": form, "verdict": verdict, **fields}
        return await self.web.post(self.path, data=data, headers=SAME)


async def a_person(world: World, role: Role = Role.REVIEWER) -> str:
    name = f"ann-{token_hex(4)}"
    await world.db.people.put(name, email=None, slack=None, discord=None, role=role)
    return name


@asynccontextmanager
async def a_letter(
    review: Review, day: LiveDay, person: str = "", **changes: object
) -> AsyncIterator[Letter]:
    person = person or await a_person(review.world)
    link = MailLink.model_validate(
        {
            "person": person,
            "key": day.key,
            "revision": (await revisions(day))[0],
            "expires_at": expiry(datetime.now(UTC), None),
        }
        | changes
    )
    async with httpx.AsyncClient(base_url=review.url, trust_env=False, timeout=30) as web:
        yield Letter(web, person, day, LINKS.token(link))


async def untouched(day: LiveDay) -> bool:
    return await day.refusals() == [] and (await day.progress()).stage is Stage.REVIEW


async def test_looking_ten_times_changes_nothing_and_begins_no_session(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        for _ in range(10):
            looked = await letter.look()
            assert looked.status_code == 200
            assert (await letter.web.head(letter.path)).status_code == 200
            for method in ("PUT", "DELETE", "OPTIONS"):
                assert (await letter.web.request(method, letter.path)).status_code == 405
        query = f"?verdict=approve&form_token={await letter.form()}"
        assert (await letter.web.get(letter.path + query)).status_code == 200
        assert set(letter.web.cookies) == {"form"}
        assert (await letter.web.get("/")).status_code == 303
        assert (await letter.web.get(f"/reel/{day.key.account}/{DAY}")).status_code == 303
        revision = (await revisions(day))[0]
        assert f"/reels/{revision}/video.mp4" in looked.text
        assert looked.headers["referrer-policy"] == "no-referrer"
        assert looked.headers["cache-control"] == "no-store"
        assert letter.token not in looked.text
    assert await untouched(day)


async def test_a_press_decides_and_the_link_then_says_who_and_has_no_buttons(
    review: Review,
) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        form = await letter.form()
        pressed = await letter.send(form)
        assert (pressed.status_code, pressed.headers["location"]) == (303, letter.path)
        assert (await day.result()).outcome is Outcome.PUBLISHED
        looked = await letter.look()
        assert looked.status_code == 200
        assert f"{letter.person} approved caption A on " in looked.text
        assert "<form" not in looked.text
        again = await letter.send(form)
        assert again.status_code in {303, 409}
    (attempt,) = await review.world.db.approvals.attempts(day.key)
    assert (attempt.reviewer, attempt.channel, attempt.accepted) == (letter.person, "email", True)


async def test_a_rejection_says_why(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        for nothing in ({}, {"note": " \r\n"}):
            assert (await letter.press("reject", **nothing)).status_code == 422
        assert await untouched(day)
        assert (await letter.press("reject", note="too <b>blue</b>")).status_code == 303
        assert (await day.result()).outcome is Outcome.REJECTED
        looked = await letter.look()
        assert "too &lt;b&gt;blue&lt;/b&gt;" in looked.text
        assert "<form" not in looked.text
    (attempt,) = await review.world.db.approvals.attempts(day.key)
    assert attempt.note == "too <b>blue</b>"


async def test_a_double_click_and_a_replay_are_one_decision(review: Review) -> None:
    day = await review.world.in_review(posting={"times": ("03:33",)})
    async with a_letter(review, day) as letter, a_letter(review, day, letter.person) as twin:
        form = await letter.form()
        both = await asyncio.gather(*(letter.send(form) for _ in range(3)))
        assert {one.status_code for one in both} == {303}
        assert (await letter.send(form)).status_code == 303
        assert twin.token == letter.token or (await twin.press()).status_code == 409
    assert (await day.refusals()).count(None) == 1


Forge = Callable[[Letter], str]


def sealed(letter: Letter, **changes: object) -> str:
    """The same link with other words, under our own seal."""
    link = LINKS.read(letter.token, datetime.now(UTC))
    return LINKS.token(link.model_copy(update=changes))


def ago(seconds: float) -> datetime:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).replace(microsecond=0)


BAD: Mapping[str, tuple[Forge, int]] = {
    "forged": (lambda one: one.token.partition(".")[0] + "." + "A" * 43, 403),
    "unsealed": (lambda one: one.token.partition(".")[0], 403),
    "of another key": (
        lambda one: MailLinks(bytes(32)).token(LINKS.read(one.token, datetime.now(UTC))),
        403,
    ),
    "tampered": (lambda one: ("B" if one.token[0] != "B" else "C") + one.token[1:], 403),
    "tampered at its end": (lambda one: one.token + "A", 403),
    "truncated": (lambda one: one.token[:-1], 403),
    "truncated in the middle": (lambda one: one.token[:40], 403),
    "twice": (lambda one: f"{one.token}.{one.token}", 403),
    "garbage": (lambda _: "garbage", 403),
    "no UTF-8": (lambda _: "%ff%fe%80", 403),
    "NUL": (lambda _: "%00", 403),
    "very long": (lambda _: "A" * 9000, 403),
    "over by one second": (lambda one: sealed(one, expires_at=ago(1)), 410),
    "of 72 hours and one second ago": (
        lambda one: sealed(one, expires_at=ago(LINK_LIFE.total_seconds() + 1)),
        410,
    ),
    "of a Reel that never was": (lambda one: sealed(one, revision="ab" * 32), 410),
    "of somebody who never was": (lambda one: sealed(one, person="nobody-at-all"), 403),
}


async def test_a_link_that_is_not_good_opens_nothing_and_decides_nothing(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        form = await letter.form()
        for why, (forge, status) in BAD.items():
            bad = Letter(letter.web, letter.person, day, forge(letter))
            looks = [await bad.look(), await bad.web.head(bad.path)]
            assert [one.status_code for one in looks] == [status, status], why
            assert "<h1>" in looks[0].text, why
            assert "<form" not in looks[0].text, why
            assert looks[0].headers["referrer-policy"] == "no-referrer", why
            if why != "of a Reel that never was":  # the day itself refuses that one
                assert (await bad.send(form)).status_code == status, why
    attempts = await review.world.db.approvals.attempts(day.key)
    assert not any(one.accepted for one in attempts)
    assert (await day.progress()).stage is Stage.REVIEW


WRONG: Mapping[str, tuple[dict[str, str], dict[str, str], int]] = {
    "another site": ({}, {"sec-fetch-site": "cross-site"}, 403),
    "a sibling's site": ({}, {"sec-fetch-site": "same-site"}, 403),
    "another origin": ({}, {"origin": "https://evil.example"}, 403),
    "no token": ({"form_token": ""}, SAME, 403),
    "another token": ({"form_token": "ab" * 32}, SAME, 403),
    "no verdict": ({"verdict": "perhaps"}, SAME, 400),
    "a verdict that a letter does not offer": ({"verdict": "hold"}, SAME, 400),
    "a note that no database keeps": ({"verdict": "reject", "note": "\0"}, SAME, 422),
    "a note that is too long": ({"verdict": "reject", "note": "x" * 2001}, SAME, 422),
}


async def test_what_is_wrong_with_a_press_changes_nothing(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        good = {"form_token": await letter.form(), "verdict": "approve"}
        for why, (fields, headers, status) in WRONG.items():
            answer = await letter.web.post(letter.path, data={**good, **fields}, headers=headers)
            assert answer.status_code == status, why
            assert "<h1>" in answer.text, why
        for body in (b"\xff\xfe=\x80", b"a" * 70_000, b"&&&;;;%%%", b"x=1&" * 300):
            answer = await letter.web.post(letter.path, content=body, headers=SAME)
            assert 400 <= answer.status_code < 500
        letter.web.cookies.clear()
        assert (await letter.send(good["form_token"])).status_code == 403
    assert await untouched(day)


async def test_a_stale_revision_is_said_and_decides_nothing(review: Review) -> None:
    day = await review.world.in_review()
    first, _ = await revisions(day)
    row = await day.row()
    async with a_letter(review, day, revision=first) as letter:
        form = await letter.form()
        tags = row.hashtags or ()
        await day.decide(verdict="edit", edits={"caption": "Other words", "hashtags": tags})

        async def newer() -> bool:
            return (
                first not in await revisions(day) and (await day.progress()).stage is Stage.REVIEW
            )

        await until(newer, "no new revision lies there")
        looked = await letter.look()
        assert looked.status_code == 409
        assert "There is something newer." in looked.text
        assert "<form" not in looked.text
        pressed = await letter.send(form)
        assert pressed.status_code == 409
    assert Refusal.ALREADY_DECIDED in await day.refusals() or (
        Refusal.STALE_REVISION in await day.refusals()
    )
    assert (await day.progress()).stage is Stage.REVIEW


@pytest.mark.parametrize("change", ["disabled", "viewer"])
async def test_who_decides_no_more_is_told_and_it_is_on_record(review: Review, change: str) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        form = await letter.form()
        if change == "disabled":
            await review.world.db.people.disable(letter.person, datetime.now(UTC))
        else:
            role = Role.VIEWER
            person = letter.person
            await review.world.db.people.put(
                person, email=None, slack=None, discord=None, role=role
            )
        looked = await letter.look()
        assert looked.status_code == 403
        assert "<form" not in looked.text
        assert await untouched(day)
        assert {(await letter.send(form)).status_code for _ in range(2)} == {403}
    assert await day.refusals() == [Refusal.UNKNOWN_REVIEWER]
    assert (await day.progress()).stage is Stage.REVIEW


async def test_a_person_whom_the_account_does_not_name_is_refused_by_the_day(
    review: Review,
) -> None:
    day = await review.world.in_review(review={"reviewers": ("somebody",)})
    async with a_letter(review, day) as letter:
        pressed = await letter.press()
        assert pressed.status_code == 409
        assert "does not review" in pressed.text
    assert await day.refusals() == [Refusal.UNKNOWN_REVIEWER]


async def test_a_day_that_closed_without_a_decision_is_gone(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        form = await letter.form()
        await day.handle.cancel()

        with pytest.raises(WorkflowFailureError):
            await day.result()
        looked = await letter.look()
        assert looked.status_code == 410
        assert "<form" not in looked.text
        pressed = await letter.send(form)
        assert pressed.status_code == 409
        assert "closed" in pressed.text


async def test_where_two_have_to_approve_the_first_is_told_who_is_missing(review: Review) -> None:
    day = await review.world.in_review(review={"approvals_needed": 2})
    async with a_letter(review, day) as ann, a_letter(review, day) as bob:
        assert (await ann.press()).status_code == 303
        looked = await ann.look()
        assert f"Approved by {ann.person}; another person has to approve it, too" in looked.text
        assert "<form" not in looked.text
        assert (await bob.press()).status_code == 303
        assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_no_worker_is_no_answer_and_the_word_counts_when_one_is(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        await day.quiet()
        await review.world.rest()
        pressed = await letter.press()
        await review.world.work()
        assert pressed.status_code == 202
        assert "it counts when one does" in pressed.text
        assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_when_temporal_is_away_it_is_said_and_the_same_press_counts_once_later(
    world: World, temporal_address: str
) -> None:
    day = await world.in_review()
    host, _, port = temporal_address.partition(":")
    async with cable_to(host, int(port)) as cable:
        far = await connect(f"127.0.0.1:{cable.port}", "default", "test")
        async with reviewed(world, far) as review, a_letter(review, day) as letter:
            form = await letter.form()
            await cable.freeze()
            pressed = await letter.send(form)
            assert pressed.status_code == 503
            assert "Temporal does not answer" in pressed.text
            await cable.thaw()
            assert (await letter.send(form)).status_code in {303, 409}
            assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (await day.refusals()).count(None) == 1


async def test_when_the_database_is_away_it_is_said_and_the_same_press_counts_later(
    world: World, database_url: str
) -> None:
    day = await world.in_review()
    host, _, port = database_url.rpartition("@")[2].partition("/")[0].partition(":")
    async with (
        cable_to(host, int(port)) as cable,
        open_database(through(cable, database_url)) as far,
    ):
        near, world.db = world.db, far
        async with reviewed(world, world.client) as review:
            world.db = near
            async with a_letter(review, day) as letter:
                form = await letter.form()
                await cable.cut()
                pressed = await letter.send(form)
                assert pressed.status_code == 503
                assert "The database does not answer" in pressed.text
                assert (await letter.look()).status_code == 503
                assert await untouched(day)
                async with await asyncio.start_server(cable._plug, "127.0.0.1", cable.port):
                    assert (await letter.send(form)).status_code == 303
                    await cable.cut()
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_no_log_line_holds_a_link(review: Review) -> None:
    day = await review.world.in_review()
    async with a_letter(review, day) as letter:
        with capture_logs() as lines:
            assert (await letter.look()).status_code == 200
            assert (await letter.send("ab" * 32)).status_code == 403
            bad = Letter(letter.web, letter.person, day, letter.token[:-1])
            assert (await bad.look()).status_code == 403
            assert (await letter.press()).status_code == 303
    served = [line["path"] for line in lines if line["event"] == "web.request.served"]
    assert set(served) == {"/mail/..."}
    assert len(served) == 5
    body, _, seal = letter.token.partition(".")
    assert body not in str(lines)
    assert body[:20] not in str(lines)
    assert seal not in str(lines)
