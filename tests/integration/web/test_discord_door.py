"""The card that the product posts, pressed in a Discord that shares no code with the product."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from clients.review import Choice, Final, Posted, ReviewCard
from clients.review.discord import DiscordApp
from clients.store import ObjectStore
from db.database import Database
from schemas.account import AccountDay, Role
from schemas.decision import Answer, Change, Decision, Refusal, Verdict, unseal
from tests.factories import NOW
from tests.integration.web.conftest import DECISION_KEY, Chat, serving, whole_app
from tests.integration.web.drafts import CAPTION, a_draft
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.simulated import simulators

ALICE, VIEWER, STRANGER = "2000000000000000001", "2000000000000000002", "2000000000000000003"
TAGS = " ".join(CAPTION.hashtags)


@pytest.fixture(scope="module")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("discord")
    async with (
        simulators(folder) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as outside,
    ):
        yield outside


@pytest.fixture(scope="module")
async def door(
    outside: httpx.AsyncClient, database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[str]:
    for name, user, role in (("alice", ALICE, Role.REVIEWER), ("vera", VIEWER, Role.VIEWER)):
        await database.people.put(name, email=None, slack=None, discord=user, role=role)
    key = (await outside.get("/discord/_public_key")).json()["public_key"]
    app = whole_app(database, temporal, store, Chat(discord_key=bytes.fromhex(key)))
    async with serving(app) as url:
        yield f"{url}/discord/interactions"


@dataclass
class Desk:
    """A Reel up for review, its card in Discord, and a person before it."""

    outside: httpx.AsyncClient
    door: str
    card: ReviewCard
    posted: str
    channel: DiscordApp
    day: WorkflowHandle[RecordedDay, None]

    @property
    def key(self) -> AccountDay:
        return AccountDay.from_workflow_id(self.card.account_day)

    @property
    def revision(self) -> str:
        return self.card.choices[0].revision

    async def press(self, label: str, **wish: object) -> dict[str, Any]:
        wish = {"label": label, "match": self.revision, "user_id": ALICE} | wish
        return await self._do("_press", wish)

    async def submit(self, values: dict[str, str], **wish: object) -> dict[str, Any]:
        return await self._do("_submit", {"values": values, "user_id": ALICE} | wish)

    async def _do(self, what: str, wish: dict[str, object]) -> dict[str, Any]:
        answer = await self.outside.post(f"/discord/{what}", json={"url": self.door} | wish)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        assert done["in_time"]
        return done

    async def decisions(self) -> list[Decision]:
        sent = await self.day.query(RecordedDay.sent)
        return [unseal(sealed, DECISION_KEY) for sealed in sent]


def whispered(done: dict[str, Any]) -> str:
    answer = done["answer"]
    assert (answer["type"], answer["data"]["flags"]) == (4, 64)
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", answer["data"]["content"])


@pytest.fixture
async def desk(
    outside: httpx.AsyncClient, door: str, database: Database, temporal: Client
) -> AsyncIterator[Desk]:
    (revision,), composed = await a_draft(database, b"a video")
    key = await database.approvals.day_of(revision)
    assert key
    card = ReviewCard(
        account_day=key.workflow_id,
        account=key.account,
        choices=(Choice("A", revision, CAPTION.text, "question"),),
        poster_url="https://reels.example/p.png",
        video_url="https://reels.example/v.mp4",
        seconds=composed.seconds,
    )
    channel = DiscordApp(
        "token", f"{outside.base_url}/discord/api/v10", "42", "https://reels.example"
    )
    posted = await channel.ask(card, None)
    async with Worker(temporal, task_queue=key.workflow_id, workflows=[RecordedDay]):
        day = await temporal.start_workflow(
            RecordedDay.run, id=key.workflow_id, task_queue=key.workflow_id
        )
        yield Desk(outside, door, card, posted, channel, day)
        with suppress(RPCError):  # a test may have closed it
            await day.terminate()
    await channel.aclose()


async def test_a_press_reaches_the_day_as_a_sealed_decision_and_once(desk: Desk) -> None:
    done = await desk.press("Approve", times=3)
    assert whispered(done).startswith(f"alice approved {desk.key.account}")
    (decision,) = await desk.decisions()
    assert (decision.key, decision.revision) == (desk.key, desk.revision)
    assert (decision.verdict, decision.reviewer) == (Verdict.APPROVE, "alice")
    assert decision.channel == "discord"


async def test_copies_that_arrive_at_once_carry_one_and_the_same_decision(desk: Desk) -> None:
    await desk.press("Approve", times=5, concurrent=True)
    assert len({decision.id for decision in await desk.decisions()}) == 1


async def test_a_rejection_asks_why_and_the_answer_is_its_note(desk: Desk) -> None:
    assert (await desk.press("Reject"))["answer"]["type"] == 9
    assert await desk.decisions() == []
    assert "alice rejected" in whispered(await desk.submit({"reason": "too dark"}))
    (decision,) = await desk.decisions()
    assert (decision.verdict, decision.note) == (Verdict.REJECT, "too dark")


async def test_an_edit_begins_with_what_is_there_and_sends_only_what_is_other(desk: Desk) -> None:
    form = (await desk.press("Edit"))["answer"]["data"]
    values = {
        one["component"]["custom_id"]: one["component"].get("value") for one in form["components"]
    }
    assert values == {"caption": CAPTION.caption, "hashtags": TAGS, "cover": None}
    await desk.submit({"caption": "Look at this boat"})
    (decision,) = await desk.decisions()
    assert (decision.edits.caption, decision.edits.hashtags) == ("Look at this boat", None)


async def test_changes_say_what_is_to_be_made_anew_and_why(desk: Desk) -> None:
    await desk.press("Changes")
    await desk.submit({"change": "story", "note": "no cats, please"})
    (decision,) = await desk.decisions()
    assert (decision.change, decision.note) == (Change.STORY, "no cats, please")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "caption: nothing is other than before"),
        ({"hashtags": "#a #b"}, "hashtags: "),
        ({"caption": "See https://spam.example"}, "caption: "),
        ({"cover": "20"}, "cover: the video has 20.0 s: write a number from 0 to 19.9"),
        ({"cover": "-1"}, "cover: "),
        ({"cover": "soon"}, "cover: "),
    ],
)
async def test_what_can_not_be_published_is_said_with_its_field(
    desk: Desk, values: dict[str, str], words: str
) -> None:
    await desk.press("Edit")
    assert words in whispered(await desk.submit(values))
    assert await desk.decisions() == []


async def test_the_words_of_a_form_that_is_closed_come_back(desk: Desk) -> None:
    await desk.press("Edit")
    done = await desk.submit({"caption": "See *this* https://spam.example"})
    (caption, tags) = done["answer"]["data"]["embeds"]
    assert caption["title"] == "What you wrote\\: caption"
    assert caption["description"] == r"See \*this\* https\://spam.example"
    assert tags["description"].startswith(r"\#tag0")


async def test_a_cover_frame_is_named_in_seconds(desk: Desk) -> None:
    await desk.press("Edit")
    await desk.submit({"cover": "3,25"})
    (decision,) = await desk.decisions()
    assert (decision.edits.cover_seconds, decision.edits.caption) == (3.25, None)


async def test_a_hold_waits_until_nine_by_the_accounts_clock(
    desk: Desk, database: Database
) -> None:
    await database.pool.write(
        "UPDATE instagram_accounts SET zone = 'Asia/Tokyo' WHERE id = $1", desk.key.account
    )
    form = (await desk.press("Hold"))["answer"]["data"]
    assert "09:00 by the account's clock (Asia/Tokyo)" in form["components"][0]["description"]
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    await desk.submit({"until": day.isoformat(), "note": "after the fair"})
    (decision,) = await desk.decisions()
    nine = datetime.combine(day, time(9), ZoneInfo("Asia/Tokyo"))
    assert decision.hold_until == nine
    assert (decision.verdict, decision.note) == (Verdict.HOLD, "after the fair")


async def test_a_day_that_can_not_be_waited_for_is_said(desk: Desk) -> None:
    await desk.press("Hold")
    for until, words in (
        ("tomorrow", "write a date as year-month-day, like 20"),
        ("2026-13-01", "write a date as year-month-day"),
        ("20261201", "write a date as year-month-day"),
        ("2020-01-01", "is not within the next 60 days; name a later day"),
        ("9999-12-31", "is not within the next 60 days"),
        ("0001-01-01", "is not within the next 60 days"),
    ):
        assert words in whispered(await desk.submit({"until": until}))
    assert await desk.decisions() == []


async def test_what_the_day_makes_of_it_is_told_and_no_more(desk: Desk) -> None:
    for answer, words in (
        (Answer(accepted=False, message="already decided by bob"), "Nothing was decided."),
        (Answer(accepted=True, message="held until noon", final=False), ": held until noon."),
    ):
        await desk.day.signal(RecordedDay.will_answer, answer)
        said = whispered(await desk.press("Approve"))
        assert answer.message in said
        assert said.endswith(words)
    again = await desk.press("Approve", times=2)
    assert "counts once" in str(again["answers"][1]["body"])


async def test_who_may_not_decide_is_told_so_and_recorded(desk: Desk, database: Database) -> None:
    assert "as a viewer" in whispered(await desk.press("Approve", user_id=VIEWER))
    assert STRANGER in whispered(await desk.press("Approve", user_id=STRANGER))
    assert STRANGER in whispered(await desk.press("Edit", user_id=STRANGER))
    assert await desk.decisions() == []
    attempts = await database.approvals.attempts(desk.key)
    assert [one.refusal for one in attempts] == [Refusal.UNKNOWN_REVIEWER] * 2


async def test_what_is_over_is_said(desk: Desk, database: Database) -> None:
    await desk.day.signal(RecordedDay.close)
    await desk.day.result()
    assert "not open" in whispered(await desk.press("Approve"))
    await database.pool.write(
        "UPDATE approval_queue SET status = 'superseded' WHERE revision = $1", desk.revision
    )
    assert "not up for review any more" in whispered(await desk.press("Edit"))


async def test_the_card_of_a_day_is_one_and_ends_without_buttons(desk: Desk) -> None:
    again = await desk.channel.ask(desk.card, Posted("", NOW))
    assert again == desk.posted
    final = Final("Published", "approved by alice", "https://instagram.example/p/1")
    await desk.channel.close(desk.card, final, Posted(desk.posted, NOW))
    listed = (await desk.outside.get("/discord/_messages")).json()["messages"]
    (card,) = [one for one in listed if one["id"] == desk.posted]
    assert "custom_id" not in str(card["components"])
    assert len(card["history"]) == 2
    assert len([one for one in listed if desk.revision in str(one)]) == 1


class App:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.heard.append((dict(request.headers), await request.body()))
        answer: Response = JSONResponse({"type": 6})
        await answer(scope, receive, send)


@pytest.mark.parametrize("honest", [True, False])
async def test_the_simulated_discord_signs_as_discord_does(desk: Desk, *, honest: bool) -> None:
    app = App()
    async with serving(app) as url:
        await desk.press("Approve", url=url, bad_signature=not honest)
    ((headers, body),) = app.heard
    key = (await desk.outside.get("/discord/_public_key")).json()["public_key"]
    verify = VerifyKey(bytes.fromhex(key)).verify
    signed = headers["x-signature-timestamp"].encode() + body
    signature = bytes.fromhex(headers["x-signature-ed25519"])
    if honest:
        assert verify(signed, signature) == signed
    else:
        with pytest.raises(BadSignatureError):
            verify(signed, signature)
