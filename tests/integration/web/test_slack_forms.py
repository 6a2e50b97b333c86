"""The forms behind the buttons, in a Slack that shares no code with the product."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from clients.review import Choice, ReviewCard
from clients.review.slack_app import SlackApi, SlackApp
from clients.store import ObjectStore
from db.database import Database
from schemas.account import AccountDay, Role
from schemas.decision import Answer, Change, Decision, Verdict, unseal
from tests.integration.web.conftest import DECISION_KEY, Chat, serving, whole_app
from tests.integration.web.drafts import CAPTION, a_draft
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.simulated import simulators
from tests.integration.web.slack_app import SIGNING_SECRET
from tests.waiting import until

TAGS = " ".join(CAPTION.hashtags)


@pytest.fixture(scope="module")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("slack")
    (folder / "secret").write_text(SIGNING_SECRET)
    secret = ("--slack-signing-secret-file", str(folder / "secret"))
    async with (
        simulators(folder, *secret) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as outside,
    ):
        yield outside


@pytest.fixture(scope="module")
async def api(outside: httpx.AsyncClient) -> AsyncIterator[SlackApi]:
    api = SlackApi("xoxb-1", f"{outside.base_url}/slack/api")
    yield api
    await api.aclose()


@pytest.fixture(scope="module")
async def door(
    outside: httpx.AsyncClient,
    api: SlackApi,
    database: Database,
    temporal: Client,
    store: ObjectStore,
) -> AsyncIterator[str]:
    app = whole_app(database, temporal, store, Chat(str(outside.base_url), api))
    async with serving(app) as url:
        yield f"{url}/slack/interactions"


@dataclass
class Desk:
    """A Reel up for review, its card in Slack, and a person before it."""

    outside: httpx.AsyncClient
    door: str
    key: AccountDay
    revision: str
    day: WorkflowHandle[RecordedDay, None]

    async def click(self, button: str, **wish: object) -> dict[str, Any]:
        wish = {"url": self.door, "user_id": "U123", "match": self.key.workflow_id} | wish
        return await self._do("_click", {"button": button, **wish})

    async def submit(self, values: dict[str, str], **wish: object) -> dict[str, Any]:
        wish = {"url": self.door, "user_id": "U123"} | wish
        return await self._do("_submit", {"values": values, **wish})

    async def _do(self, what: str, wish: dict[str, object]) -> dict[str, Any]:
        answer = await self.outside.post(f"/slack/{what}", json=wish)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        assert done["in_time"]
        return done

    async def views(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.outside.get("/slack/_views")).json()["views"]
        return [one for one in listed if self.key.workflow_id in one.get("private_metadata", "")]

    async def decisions(self) -> list[Decision]:
        sent = await self.day.query(RecordedDay.sent)
        return [unseal(sealed, DECISION_KEY) for sealed in sent]

    async def whispered(self, words: str) -> None:
        """Wait until the person who clicked is told."""

        async def said() -> bool:
            messages = (await self.outside.get("/slack/_messages")).json()["messages"]
            told = (one.get("replies", {}).get("text", "") for one in messages)
            return any(words in text for text in told)

        await until(said, f"nobody is told {words!r}")


@pytest.fixture
async def desk(
    outside: httpx.AsyncClient, api: SlackApi, door: str, database: Database, temporal: Client
) -> AsyncIterator[Desk]:
    (revision,), composed = await a_draft(database, b"a video")
    account = composed.video_key.split("/")[1]
    row = await database.pool.row("SELECT day FROM approval_queue WHERE revision = $1", revision)
    assert row
    key = AccountDay(account=account, day=row["day"])
    card = ReviewCard(
        account_day=key.workflow_id,
        account=account,
        choices=(Choice("A", revision, CAPTION.text, "question"),),
        poster_url="https://reels.example/p.png",
        video_url="https://reels.example/v.mp4",
        seconds=20,
    )
    # A channel of its own: one takes a message a second.
    await SlackApp(api, f"C0{token_hex(4).upper()}").ask(card, None)
    async with Worker(temporal, task_queue=key.workflow_id, workflows=[RecordedDay]):
        day = await temporal.start_workflow(
            RecordedDay.run, id=key.workflow_id, task_queue=key.workflow_id
        )
        yield Desk(outside, door, key, revision, day)
        with suppress(RPCError):  # a test may have closed it
            await day.terminate()


async def test_a_rejection_asks_why_and_the_answer_is_its_note(desk: Desk) -> None:
    assert (await desk.click("Reject"))["status"] == 200
    assert await desk.decisions() == []
    assert (await desk.submit({"reason": "too dark & <odd>"}))["body"] == ""
    (decision,) = await desk.decisions()
    assert (decision.verdict, decision.note) == (Verdict.REJECT, "too dark & <odd>")
    assert (decision.key, decision.revision) == (desk.key, desk.revision)
    assert (decision.reviewer, decision.channel) == ("alice", "slack")
    assert await desk.views() == []


async def test_an_edit_begins_with_what_is_there_and_sends_only_what_is_other(desk: Desk) -> None:
    await desk.click("Edit")
    (view,) = await desk.views()
    inputs = {one["block_id"]: one["element"] for one in view["blocks"] if "element" in one}
    assert inputs["caption"]["initial_value"] == CAPTION.caption
    assert inputs["hashtags"]["initial_value"] == TAGS
    await desk.submit({"caption": "Look at this boat"})
    (decision,) = await desk.decisions()
    assert decision.verdict is Verdict.EDIT
    assert (decision.edits.caption, decision.edits.hashtags) == ("Look at this boat", None)


async def test_changes_say_what_is_to_be_made_anew_and_why(desk: Desk) -> None:
    await desk.click("Changes")
    await desk.submit({"change": "top_video", "note": "no cats, please"})
    (decision,) = await desk.decisions()
    assert (decision.verdict, decision.change) == (Verdict.CHANGES, Change.TOP_VIDEO)
    assert decision.note == "no cats, please"


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({}, "caption", "nothing is other than before"),
        ({"hashtags": "#a #b"}, "hashtags", "10"),
        ({"hashtags": f"{TAGS} #not-one"}, "hashtags", "is not a hashtag"),
        ({"hashtags": TAGS + " #tag1"}, "hashtags", "stands twice"),
        ({"caption": "x" * 2150}, "caption", "longer than 2200"),
        ({"caption": "See https://spam.example"}, "caption", "holds"),
    ],
)
async def test_what_can_not_be_published_is_said_under_its_field_and_can_be_mended(
    desk: Desk, values: dict[str, str], field: str, words: str
) -> None:
    await desk.click("Edit")
    answer = json.loads((await desk.submit(values))["body"])
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [field]
    assert words in answer["errors"][field]
    assert await desk.decisions() == []
    await desk.submit({"caption": "Mended"})
    assert len(await desk.decisions()) == 1


async def test_a_cover_frame_is_named_in_seconds(desk: Desk) -> None:
    await desk.click("Edit")
    (view,) = await desk.views()
    cover = next(one for one in view["blocks"] if one.get("block_id") == "cover")
    assert (cover["optional"], cover["element"]["max_value"]) == (True, "19.9")
    answer = json.loads((await desk.submit({"cover": "20"}, force=True))["body"])
    assert answer["errors"] == {"cover": "the video has 20.0 s: write a number from 0 to 19.9"}
    await desk.submit({"cover": "3.25"})
    (decision,) = await desk.decisions()
    assert (decision.edits.cover_seconds, decision.edits.caption) == (3.25, None)


async def test_a_hold_waits_until_nine_by_the_accounts_clock(
    desk: Desk, database: Database
) -> None:
    await database.pool.write(
        "UPDATE instagram_accounts SET zone = 'Asia/Tokyo' WHERE id = $1", desk.key.account
    )
    await desk.click("Hold")
    (view,) = await desk.views()
    assert "09:00 by the account's clock (Asia/Tokyo)" in json.dumps(view)
    answer = json.loads((await desk.submit({"until": "2020-01-01"}))["body"])
    assert "is not within the next 60 days" in answer["errors"]["until"]
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    await desk.submit({"until": day.isoformat(), "note": "after the fair"})
    (decision,) = await desk.decisions()
    assert decision.hold_until == datetime.combine(day, time(9), ZoneInfo("Asia/Tokyo"))
    assert (decision.verdict, decision.note) == (Verdict.HOLD, "after the fair")


async def test_what_the_day_refuses_is_put_in_the_place_of_the_form(desk: Desk) -> None:
    refused = Answer(accepted=False, message="already decided by bob")
    await desk.day.signal(RecordedDay.will_answer, refused)
    await desk.click("Reject")
    answer = json.loads((await desk.submit({"reason": "dull"}))["body"])
    assert answer["response_action"] == "update"
    assert answer["view"]["title"]["text"] == "Nothing was decided"
    assert "already decided by bob" in json.dumps(answer["view"])


@pytest.mark.parametrize(
    ("button", "values", "field"),
    [
        ("Reject", {"reason": " "}, "reason"),
        ("Changes", {"change": "caption", "note": " "}, "note"),
        ("Changes", {"note": "x"}, "change"),
        ("Hold", {}, "until"),
    ],
)
async def test_what_a_form_lacks_is_said_under_its_field(
    desk: Desk, button: str, values: dict[str, str], field: str
) -> None:
    await desk.click(button)
    answer = json.loads((await desk.submit(values, force=True))["body"])
    assert list(answer["errors"]) == [field]
    assert await desk.decisions() == []


async def test_a_form_that_is_sent_twice_is_one_decision(desk: Desk) -> None:
    await desk.click("Reject")
    await desk.submit({"reason": "dull"}, times=4, concurrent=True)
    ids = {decision.id for decision in await desk.decisions()}
    assert len(ids) == 1


async def test_a_form_on_a_revision_that_was_replaced_says_so(
    desk: Desk, database: Database
) -> None:
    await desk.click("Edit")
    await database.pool.write(
        "UPDATE approval_queue SET status = 'superseded' WHERE revision = $1", desk.revision
    )
    answer = json.loads((await desk.submit({"caption": "Too late"}))["body"])
    assert answer["response_action"] == "update"
    assert "not up for review any more" in json.dumps(answer["view"])
    await desk.click("Edit")
    await desk.whispered("not up for review any more")
    assert await desk.decisions() == []


async def test_a_form_on_a_day_that_is_over_says_so(desk: Desk) -> None:
    await desk.click("Reject")
    await desk.day.signal(RecordedDay.close)
    await desk.day.result()
    answer = json.loads((await desk.submit({"reason": "dull"}))["body"])
    assert "not open" in json.dumps(answer["view"])


async def test_a_form_that_can_not_be_opened_is_said_to_the_person(desk: Desk) -> None:
    wish = {"service": "slack", "op": "open_view", "kind": "api-error", "error": "internal_error"}
    await desk.outside.post("/_faults", json=wish)
    assert (await desk.click("Reject"))["status"] == 200
    await desk.whispered("could not be opened")
    assert await desk.decisions() == []


@pytest.mark.parametrize("button", ["Approve", "Reject", "Edit", "Changes", "Hold"])
async def test_another_workspace_decides_nothing(desk: Desk, button: str) -> None:
    assert (await desk.click(button, team_id="T0OTHER"))["status"] == 200
    assert await desk.views() == []
    assert await desk.decisions() == []
    await desk.whispered("This workspace decides nothing here")


async def test_people_of_the_table_decide_by_their_role(desk: Desk, database: Database) -> None:
    nobody: dict[str, Any] = {"email": None, "discord": None}
    await database.people.put("Vera", slack="U0VIEWER", role=Role.VIEWER, **nobody)
    await database.people.put("Rita", slack="U0RITA", role=Role.REVIEWER, **nobody)
    await database.people.put("bob", slack=None, role=Role.VIEWER, **nobody)
    for user in ("U0VIEWER", "U456"):
        await desk.click("Approve", user_id=user)
        await desk.whispered("as a viewer")
    await desk.click("Reject")
    answer = await desk.submit({"reason": "dull"}, user_id="U0VIEWER")
    assert "as a viewer" in answer["body"]
    assert await desk.decisions() == []
    await desk.click("Approve", user_id="U0RITA")
    assert [decision.reviewer for decision in await desk.decisions()] == ["rita"]
