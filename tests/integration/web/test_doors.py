"""Every way to knock at a chat service's door that is none: refused, never 500, nothing decided."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from temporalio.client import Client

from clients.review.slack_app import SlackApi
from clients.store import ObjectStore
from db.approval_row import ApprovalStatus
from db.database import Database
from schemas.account import AccountDay, Role
from schemas.decision import Decision, unseal
from tests.factories import DAY
from tests.integration.web.conftest import DECISION_KEY, Chat, Day, sent, serving, whole_app
from tests.integration.web.drafts import a_draft
from tests.integration.web.knocks import (
    DISHONEST,
    KEY,
    Knock,
    discord,
    discord_form,
    slack,
    slack_form,
)
from tests.integration.web.recorder import RecordedDay

SENTENCES = {
    "stranger": "not a reviewer here",
    "viewer": "look on here as a viewer",
    "disabled": "not a reviewer here",
}
"""Who decides nothing, and what that person is told."""
SLACK = {"alice": "U123", "stranger": "U999", "viewer": "U0VERA", "disabled": "U0DAN"}
DISCORD = {who: f"200000000000000000{number}" for number, who in enumerate(SLACK)}

DOORS: dict[str, Callable[[AccountDay, str, str], Knock]] = {
    "Slack": lambda key, revision, who: slack(key, revision, SLACK[who]),
    "Slack's form": lambda key, revision, who: slack_form(key, revision, SLACK[who]),
    "Discord": lambda key, revision, who: discord(key, revision, DISCORD[who]),
    "Discord's form": lambda key, revision, who: discord_form(key, revision, DISCORD[who]),
}
"""A press that approves and a form that rejects, of one service each."""


@pytest.fixture(scope="module")
async def chat(
    database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[httpx.AsyncClient]:
    """Both doors, without anything behind them that could answer back."""
    for who, role in (
        ("alice", Role.REVIEWER),
        ("viewer", Role.VIEWER),
        ("disabled", Role.REVIEWER),
    ):
        ids = {"slack": SLACK[who], "discord": DISCORD[who]}
        await database.people.put(who, email=None, role=role, **ids)
    await database.people.disable("disabled", datetime.now(UTC))
    api = SlackApi("xoxb-1", "http://127.0.0.1:1")
    services = Chat(slack_api=api, discord_key=KEY.public_key().public_bytes_raw())
    app = whole_app(database, temporal, store, services)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client
    await api.aclose()


@dataclass
class Reel:
    """A Reel that is up for review, and its day."""

    database: Database
    web: httpx.AsyncClient
    key: AccountDay
    revision: str
    day: Day

    async def hears(self, knock: Knock, body: bytes | None = None) -> httpx.Response:
        """An honest request, or another body that is signed as well."""
        body = knock.body if body is None else body
        return await self.web.post(knock.path, content=body, headers=knock.with_body(body))

    async def decided(self) -> list[Decision]:
        return [unseal(sealed, DECISION_KEY) for sealed in await sent(self.day)]

    async def status(self) -> ApprovalStatus:
        reel = await self.database.reels.by_day(self.key)
        assert reel
        row = await self.database.approvals.get(reel.id, self.revision)
        assert row
        return row.status

    async def is_untouched(self) -> None:
        assert await self.decided() == []
        assert await self.status() is ApprovalStatus.PENDING


@pytest.fixture
async def revision(database: Database) -> str:
    (revision,), _ = await a_draft(database, b"a video")
    return revision


@pytest.fixture
async def key(database: Database, revision: str) -> AccountDay:
    """The day of a Reel that is up for review."""
    key = await database.approvals.day_of(revision)
    assert key
    return key


@pytest.fixture
def reel(
    database: Database, chat: httpx.AsyncClient, key: AccountDay, revision: str, day: Day
) -> Reel:
    return Reel(database, chat, key, revision, day)


def knock_of(door: str, reel: Reel, who: str = "alice") -> Knock:
    return DOORS[door](reel.key, reel.revision, who)


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_signed_just_now_is_refused(reel: Reel, door: str) -> None:
    statuses = {}
    for how, made in DISHONEST.items():
        knock = knock_of(door, reel)
        body, headers = made(knock)
        answer = await reel.web.post(knock.path, content=body, headers=headers)
        statuses[how] = answer.status_code
    assert statuses == dict.fromkeys(DISHONEST, 401)
    await reel.is_untouched()
    assert await reel.database.approvals.attempts(reel.key) == ()


@pytest.mark.parametrize("door", ["Slack", "Discord"])
async def test_what_is_signed_and_no_interaction_is_refused(reel: Reel, door: str) -> None:
    for body in (b"", b"\xff\xfe\x00", b"[]", b"null", b"{}", b"[" * 9000, b"1"):
        answer = await reel.hears(knock_of(door, reel), body)
        assert answer.status_code == 400, body
    await reel.is_untouched()


@pytest.mark.parametrize("door", DOORS)
async def test_a_replay_and_a_double_click_are_one_decision(reel: Reel, door: str) -> None:
    knock = knock_of(door, reel)
    statuses = [(await reel.hears(knock)).status_code for _ in range(3)]
    at_once = await asyncio.gather(*(reel.hears(knock) for _ in range(6)))
    assert {*statuses, *(answer.status_code for answer in at_once)} == {200}
    assert len({decision.id for decision in await reel.decided()}) == 1


@pytest.mark.parametrize("who", SENTENCES)
@pytest.mark.parametrize("door", DOORS)
async def test_who_may_not_decide_is_told_so_and_recorded(reel: Reel, door: str, who: str) -> None:
    answer = await reel.hears(knock_of(door, reel, who))
    assert answer.status_code == 200
    assert SENTENCES[who] in answer.text
    await reel.is_untouched()
    (attempt,) = await reel.database.approvals.attempts(reel.key)
    assert not attempt.accepted
    assert attempt.reviewer in {SLACK[who], DISCORD[who]}


@pytest.mark.parametrize("knocks", [slack, slack_form])
async def test_another_workspace_decides_nothing(
    reel: Reel, knocks: Callable[[AccountDay, str, str, str], Knock]
) -> None:
    answer = await reel.hears(knocks(reel.key, reel.revision, SLACK["alice"], "T0OTHER"))
    assert answer.status_code == 200
    assert "This workspace decides nothing here" in answer.text
    await reel.is_untouched()


@pytest.mark.parametrize("door", DOORS)
async def test_a_closed_day_is_told_to_the_person(reel: Reel, door: str) -> None:
    await reel.day.signal(RecordedDay.close)
    await reel.day.result()
    answer = await reel.hears(knock_of(door, reel))
    assert answer.status_code == 200
    assert "not open" in answer.text


@pytest.mark.parametrize("door", DOORS)
async def test_a_stale_revision_is_for_the_day_to_refuse_and_changes_nothing_here(
    reel: Reel, door: str
) -> None:
    await reel.database.pool.write(
        "UPDATE approval_queue SET status = 'superseded' WHERE revision = $1", reel.revision
    )
    answer = await reel.hears(knock_of(door, reel))
    assert answer.status_code == 200
    assert [decision.revision for decision in await reel.decided()] == [reel.revision]
    assert await reel.status() is ApprovalStatus.SUPERSEDED


@pytest.mark.parametrize("door", ["Slack", "Discord"])
async def test_ten_requests_that_are_no_post_decide_nothing(reel: Reel, door: str) -> None:
    knock = knock_of(door, reel)
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS") * 10:
        answer = await reel.web.request(
            method, knock.path, content=knock.body, headers=knock.honest()
        )
        assert answer.status_code == 405
    await reel.is_untouched()


async def test_discord_is_answered_its_ping_and_only_a_signed_one(reel: Reel) -> None:
    knock = discord(AccountDay(account="demo", day=DAY), "ab" * 32, DISCORD["alice"])
    answer = await reel.hears(knock, b'{"type":1}')
    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer.headers["content-type"] == "application/json"
    headers = {knock.headers[0]: "1"}
    forged = await reel.web.post(knock.path, content=b'{"type":1}', headers=headers)
    assert forged.status_code == 401


@pytest.mark.parametrize("note", ["\\ud83d", "\\u0000", "x\\u0000y\\udc00"])
async def test_what_no_database_keeps_is_no_fault_of_ours(reel: Reel, note: str) -> None:
    knock = knock_of("Discord's form", reel)
    answer = await reel.hears(knock, knock.body.replace(b"too dark", note.encode()))
    assert answer.status_code == 200
    (decision,) = await reel.decided()
    assert "\ufffd" in decision.note or "?" in decision.note
