"""Every way to knock at a chat service's door that is none: refused, never 500, nothing decided."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.client import Client

from clients.store import ObjectStore
from db.approval_row import ApprovalStatus
from db.database import Database
from schemas.account import AccountDay, Role
from schemas.decision import Decision, unseal
from tests.factories import DAY
from tests.integration.web.conftest import DECISION_KEY, Chat, Day, sent, serving, whole_app
from tests.integration.web.drafts import a_draft
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SIGNING_SECRET, form, press
from web.slack.signature import sign

KEY = Ed25519PrivateKey.generate()
HEADERS = dict[str, str] | list[tuple[bytes, bytes]]
ALICE = "2000000000000000001"


@dataclass(frozen=True)
class Knock:
    """A request at a door, honest as it is."""

    path: str
    body: bytes
    at: int
    headers: tuple[str, str]
    """The names of the headers with the time and the signature."""
    signed: Callable[[int, bytes], str]

    def honest(self) -> HEADERS:
        return self.dated(self.at)

    def dated(self, at: int) -> HEADERS:
        return dict(zip(self.headers, (str(at), self.signed(at, self.body)), strict=True))

    def with_signature(self, signature: bytes) -> HEADERS:
        time_header, signature_header = (name.encode() for name in self.headers)
        return [(time_header, str(self.at).encode()), (signature_header, signature)]


def slack(key: AccountDay, revision: str, user: str = "U123") -> Knock:
    return Knock(
        "/slack/interactions",
        form(press(key, revision, user=user)),
        int(time.time()),
        ("x-slack-request-timestamp", "x-slack-signature"),
        lambda at, body: sign(SIGNING_SECRET, str(at), body),
    )


def discord(key: AccountDay, revision: str, user: str = ALICE) -> Knock:
    del key
    document = {
        "id": str(time.time_ns()),
        "type": 3,
        "member": {"user": {"id": user}},
        "data": {"custom_id": f"approve:{revision}", "component_type": 2},
    }
    return Knock(
        "/discord/interactions",
        json.dumps(document).encode(),
        int(time.time()),
        ("x-signature-timestamp", "x-signature-ed25519"),
        lambda at, body: KEY.sign(str(at).encode() + body).hex(),
    )


DOORS = {"slack": slack, "discord": discord}
STRANGER = {"slack": "U999", "discord": "2000000000000000009"}


@pytest.fixture(scope="module")
async def chat(
    database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[httpx.AsyncClient]:
    """Both doors, without anything behind them that could answer back."""
    await database.people.put("alice", email=None, slack=None, discord=ALICE, role=Role.REVIEWER)
    key = KEY.public_key().public_bytes_raw()
    app = whole_app(database, temporal, store, Chat(discord_key=key))
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


@dataclass
class Reel:
    """A Reel that is up for review, and its day."""

    database: Database
    key: AccountDay
    revision: str
    day: Day

    async def decided(self) -> list[Decision]:
        return [unseal(sealed, DECISION_KEY) for sealed in await sent(self.day)]

    async def status(self) -> ApprovalStatus:
        reel = await self.database.reels.by_day(self.key)
        assert reel
        row = await self.database.approvals.get(reel.id, self.revision)
        assert row
        return row.status


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
def reel(database: Database, key: AccountDay, revision: str, day: Day) -> Reel:
    return Reel(database, key, revision, day)


DISHONEST: dict[str, Callable[[Knock], tuple[bytes, HEADERS]]] = {
    "unsigned": lambda one: (one.body, {}),
    "forged": lambda one: (one.body, one.with_signature(b"v0=" + b"0" * 64)),
    "forged for Discord": lambda one: (one.body, one.with_signature(b"0" * 128)),
    "tampered": lambda one: (one.body.replace(b"approve", b"reject_"), one.honest()),
    "tampered at its end": lambda one: (one.body + b" ", one.honest()),
    "stale by 301 s": lambda one: (one.body, one.dated(one.at - 301)),
    "of the future": lambda one: (one.body, one.dated(one.at + 310)),
    "of another time": lambda one: (
        one.body,
        one.with_signature(one.signed(one.at - 1, one.body).encode()),
    ),
    "garbage": lambda one: (one.body, one.with_signature(b"garbage \x80\x90")),
    "no UTF-8": lambda one: (one.body, one.with_signature(b"v0=\xff\xfe\xfd")),
    "empty": lambda one: (one.body, one.with_signature(b"")),
    "in capitals": lambda one: (
        one.body,
        one.with_signature(one.signed(one.at, one.body).upper().encode()),
    ),
    "twice": lambda one: (one.body, one.with_signature(one.signed(one.at, one.body).encode() * 2)),
    "without a time": lambda one: (
        one.body,
        [(one.headers[1].encode(), one.signed(one.at, one.body).encode())],
    ),
    "with words for a time": lambda one: (
        one.body,
        [(one.headers[0].encode(), b"soon"), (one.headers[1].encode(), b"x")],
    ),
}


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_signed_just_now_is_refused(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    statuses = {}
    for how, made in DISHONEST.items():
        knock = DOORS[door](reel.key, reel.revision)
        body, headers = made(knock)
        statuses[how] = (await chat.post(knock.path, content=body, headers=headers)).status_code
    assert statuses == dict.fromkeys(DISHONEST, 401)
    assert await reel.decided() == []
    assert await reel.database.approvals.attempts(reel.key) == ()


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_signed_and_no_interaction_is_refused(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    for body in (b"", b"\xff\xfe\x00", b"[]", b"null", b"{}", b"[" * 9000, b"1"):
        knock = DOORS[door](reel.key, reel.revision)
        signature = knock.signed(knock.at, body)
        headers = dict(zip(knock.headers, (str(knock.at), signature), strict=True))
        answer = await chat.post(knock.path, content=body, headers=headers)
        assert answer.status_code == 400, body
    assert await reel.decided() == []


@pytest.mark.parametrize("door", DOORS)
async def test_a_replay_and_a_double_click_are_one_decision(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    knock = DOORS[door](reel.key, reel.revision)

    async def again() -> int:
        answer = await chat.post(knock.path, content=knock.body, headers=knock.honest())
        return answer.status_code

    assert {await again() for _ in range(3)} == {200}
    assert set(await asyncio.gather(*(again() for _ in range(6)))) == {200}
    assert len({decision.id for decision in await reel.decided()}) == 1


@pytest.mark.parametrize("door", DOORS)
async def test_who_is_not_listed_decides_nothing(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    knock = DOORS[door](reel.key, reel.revision, STRANGER[door])
    answer = await chat.post(knock.path, content=knock.body, headers=knock.honest())
    assert answer.status_code == 200
    assert "not a reviewer here" in answer.text
    assert await reel.decided() == []
    (attempt,) = await reel.database.approvals.attempts(reel.key)
    assert not attempt.accepted


@pytest.mark.parametrize("door", DOORS)
async def test_a_closed_day_is_told_to_the_person(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    await reel.day.signal(RecordedDay.close)
    await reel.day.result()
    knock = DOORS[door](reel.key, reel.revision)
    answer = await chat.post(knock.path, content=knock.body, headers=knock.honest())
    assert answer.status_code == 200
    assert "not open" in answer.text


@pytest.mark.parametrize("door", DOORS)
async def test_a_stale_revision_is_for_the_day_to_refuse_and_changes_nothing_here(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    await reel.database.pool.write(
        "UPDATE approval_queue SET status = 'superseded' WHERE revision = $1", reel.revision
    )
    knock = DOORS[door](reel.key, reel.revision)
    answer = await chat.post(knock.path, content=knock.body, headers=knock.honest())
    assert answer.status_code == 200
    assert [decision.revision for decision in await reel.decided()] == [reel.revision]
    assert await reel.status() is ApprovalStatus.SUPERSEDED


@pytest.mark.parametrize("door", DOORS)
async def test_ten_requests_that_are_no_post_decide_nothing(
    chat: httpx.AsyncClient, reel: Reel, door: str
) -> None:
    knock = DOORS[door](reel.key, reel.revision)
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS") * 10:
        answer = await chat.request(method, knock.path, content=knock.body, headers=knock.honest())
        assert answer.status_code == 405
    assert await reel.decided() == []
    assert await reel.status() is ApprovalStatus.PENDING


async def test_discord_is_answered_its_ping_and_only_a_signed_one(
    chat: httpx.AsyncClient,
) -> None:
    knock = discord(AccountDay(account="demo", day=DAY), "ab" * 32)
    body = b'{"type":1}'
    headers = dict(zip(knock.headers, (str(knock.at), knock.signed(knock.at, body)), strict=True))
    answer = await chat.post(knock.path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer.headers["content-type"] == "application/json"
    forged = await chat.post(knock.path, content=body, headers={knock.headers[0]: "1"})
    assert forged.status_code == 401
