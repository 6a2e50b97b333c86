"""The card that the product sends, clicked in a Slack that shares no code with the product."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from clients.review import Choice
from clients.review.slack import SlackWebhook
from clients.review.slack_app import SlackApi, SlackApp
from clients.store import ObjectStore
from db.database import Database
from schemas.account import AccountDay
from schemas.decision import Verdict, unseal
from tests.factories import a_card, a_choice
from tests.integration.web.conftest import DECISION_KEY, serving, whole_app
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SIGNING_SECRET
from tests.waiting import SECONDS, until

ROOT = Path(__file__).parents[3]
REVISION = "ef" * 32
OTHER = "cd" * 32


@pytest.fixture(scope="module")
async def slack_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    secret = tmp_path_factory.mktemp("slack") / "secret"
    secret.write_text(SIGNING_SECRET)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators", "--port", "0"),
        *("--slack-signing-secret-file", str(secret)),
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(secret.parent)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    first = await process.stdout.readline()
    yield first.decode().split()[-1]
    process.terminate()
    await process.communicate()


@pytest.fixture
async def slack(slack_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=slack_url, trust_env=False) as slack:
        yield slack


@pytest.fixture
async def interactions(
    slack: httpx.AsyncClient, database: Database, temporal: Client, store: ObjectStore
) -> AsyncIterator[str]:
    async with serving(whole_app(database, temporal, store, str(slack.base_url))) as url:
        yield f"{url}/slack/interactions"


@pytest.fixture
async def day(temporal: Client) -> AsyncIterator[WorkflowHandle[RecordedDay, None]]:
    key = AccountDay(account=f"demo-{token_hex(6)}", day=date(2026, 11, 23))
    async with Worker(temporal, task_queue=key.workflow_id, workflows=[RecordedDay]):
        day = await temporal.start_workflow(
            RecordedDay.run, id=key.workflow_id, task_queue=key.workflow_id
        )
        yield day
        await day.terminate()


async def send_card(slack: httpx.AsyncClient, workflow_id: str, *others: Choice) -> None:
    webhook = SlackWebhook(f"{slack.base_url}/slack/services/T1/B1/canary")
    card = a_card(a_choice(revision=REVISION, caption="Look at <this> & that 🎬"), *others)
    await webhook.ask(replace(card, account_day=workflow_id), None)
    await webhook.aclose()


async def click(slack: httpx.AsyncClient, url: str, **wish: object) -> list[dict[str, object]]:
    answer = await slack.post("/slack/_click", json={"url": url, "user_id": "U123"} | wish)
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, object]] = answer.json()["answers"]
    return answers


async def shown_instead(slack: httpx.AsyncClient) -> str:
    """The text that took the place of the newest card; it comes after the answer."""
    async with asyncio.timeout(SECONDS):
        while True:
            messages = (await slack.get("/slack/_messages")).json()["messages"]
            if "replaced" in messages[-1]:
                text: str = messages[-1]["replaced"]["text"]
                return text
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
async def test_a_card_of_ours_can_be_decided(
    slack: httpx.AsyncClient,
    interactions: str,
    day: WorkflowHandle[RecordedDay, None],
    verdict: Verdict,
) -> None:
    await send_card(slack, day.id)
    (answer,) = await click(slack, interactions, action_id=verdict.value)

    assert (answer["status"], answer["in_time"]) == (200, True)
    (sealed,) = await day.query(RecordedDay.sent)
    decision = unseal(sealed, DECISION_KEY)
    assert (decision.key.workflow_id, decision.revision) == (day.id, REVISION)
    assert (decision.verdict, decision.reviewer) == (verdict, "alice")
    assert f"alice {verdict.value}" in await shown_instead(slack)


@pytest.mark.parametrize(
    "press",
    [
        ("Approve A", REVISION, "alice approved caption A of "),
        ("Approve B", OTHER, "alice approved caption B of "),
        ("Reject", REVISION, "alice rejected "),
    ],
)
async def test_of_two_captions_the_one_under_the_button_is_decided_on(
    slack: httpx.AsyncClient,
    interactions: str,
    day: WorkflowHandle[RecordedDay, None],
    press: tuple[str, str, str],
) -> None:
    button, revision, said = press
    await send_card(slack, day.id, a_choice("B", revision=OTHER))
    (answer,) = await click(slack, interactions, button=button)

    assert (answer["status"], answer["in_time"]) == (200, True)
    (sealed,) = await day.query(RecordedDay.sent)
    assert unseal(sealed, DECISION_KEY).revision == revision
    assert (await shown_instead(slack)).startswith(
        said + AccountDay.from_workflow_id(day.id).account
    )


async def test_the_video_link_of_a_card_decides_nothing(
    slack: httpx.AsyncClient, interactions: str, day: WorkflowHandle[RecordedDay, None]
) -> None:
    await send_card(slack, day.id)
    (answer,) = await click(slack, interactions, action_id="watch")
    assert answer["status"] == 200
    assert await day.query(RecordedDay.sent) == []


@pytest.mark.parametrize("wish", [{"bad_signature": True}, {"stale": True}])
async def test_a_click_that_slack_did_not_send_now_is_refused(
    slack: httpx.AsyncClient,
    interactions: str,
    day: WorkflowHandle[RecordedDay, None],
    wish: dict[str, object],
) -> None:
    await send_card(slack, day.id)
    (answer,) = await click(slack, interactions, action_id="approve", **wish)
    assert answer["status"] == 401
    assert await day.query(RecordedDay.sent) == []


async def test_a_double_delivery_is_one_decision(
    slack: httpx.AsyncClient, interactions: str, day: WorkflowHandle[RecordedDay, None]
) -> None:
    await send_card(slack, day.id)
    for wish in ({"times": 3}, {"times": 5, "concurrent": True}):
        answers = await click(
            slack, interactions, action_id="approve", action_ts="1795431600.1", **wish
        )
        assert {answer["status"] for answer in answers} == {200}
    assert len(await day.query(RecordedDay.sent)) == 1


async def app_card(slack: httpx.AsyncClient, workflow_id: str, **changes: object) -> str:
    channel = SlackApp(SlackApi("xoxb-1", f"{slack.base_url}/slack/api"), "C0REVIEW")
    card = replace(a_card(a_choice(revision=REVISION)), account_day=workflow_id)
    posted = await channel.ask(replace(card, **changes), None)  # type: ignore[arg-type]
    await channel.aclose()
    return posted


async def test_a_card_that_is_kept_stays_as_it_is_until_the_decision_was_weighed(
    slack: httpx.AsyncClient, interactions: str, day: WorkflowHandle[RecordedDay, None]
) -> None:
    posted = await app_card(slack, day.id)
    (answer,) = await click(slack, interactions, action_id="approve", match=day.id)
    assert (answer["status"], answer["in_time"]) == (200, True)
    assert len(await day.query(RecordedDay.sent)) == 1

    async def whispered() -> object:
        messages = (await slack.get("/slack/_messages")).json()["messages"]
        card = next(one for one in messages if posted.endswith(one["ts"]))
        assert "replaced" not in card
        return card.get("replies")

    said = await until(whispered, "nobody is told")
    assert said["response_type"] == "ephemeral"
    assert "alice approved" in said["text"]
