import asyncio
from datetime import UTC, date, datetime

import httpx
import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from db.database import Database
from schemas.account import AccountDay
from schemas.decision import Answer, Decision, Refusal, Verdict, unseal
from tests.integration.web.conftest import DECISION_KEY, Day, sent
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SlackApp, form, of_two, press, taken
from web.slack.click import read_click, read_document

REVISION = "ab" * 32
OTHER = "cd" * 32


async def decisions(day: Day) -> list[Decision]:
    return [unseal(sealed, DECISION_KEY) for sealed in await sent(day)]


@pytest.mark.parametrize(
    ("action", "verdict"), [("approve", Verdict.APPROVE), ("reject", Verdict.REJECT)]
)
async def test_a_click_reaches_the_day_as_a_sealed_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay, action: str, verdict: Verdict
) -> None:
    answer = await taken(web, press(key, REVISION, action=action, user="U456"))

    assert (answer.status_code, answer.content) == (200, b"")
    (decision,) = await decisions(day)
    assert (decision.key, decision.revision, decision.verdict) == (key, REVISION, verdict)
    assert (decision.reviewer, decision.channel) == ("bob", "slack")
    assert abs((datetime.now(UTC) - decision.decided_at).total_seconds()) < 10


async def test_an_older_card_without_a_variant_still_decides(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    payload = press(key, REVISION, response_url=f"{slack_app.url}/actions/T1/1/x")
    assert (await taken(web, payload)).status_code == 200

    assert "caption" not in str((await slack_app.message())["text"])
    assert len(await decisions(day)) == 1


@pytest.mark.parametrize("choice", [("approve", "A"), ("approve:B", "B")])
async def test_a_press_decides_on_the_revision_under_its_button_and_says_which(
    web: httpx.AsyncClient,
    day: Day,
    key: AccountDay,
    slack_app: SlackApp,
    choice: tuple[str, str],
) -> None:
    action, variant = choice
    payload = press(key, OTHER, action=action, response_url=f"{slack_app.url}/actions/1")
    assert (await taken(web, of_two(payload, variant))).status_code == 200

    (decision,) = await decisions(day)
    assert (decision.revision, decision.verdict) == (OTHER, Verdict.APPROVE)
    said = str((await slack_app.message())["text"])
    assert said.startswith(f"alice approved caption {variant} of {key.account}")


async def test_the_card_is_replaced_by_who_decided(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    await taken(web, press(key, REVISION, response_url=f"{slack_app.url}/actions/T1/1/x"))

    message = await slack_app.message()
    assert message["replace_original"] is True
    assert str(message["text"]).startswith(f"alice approved {key.account} of 2026-11-23")
    assert len(await sent(day)) == 1


async def test_what_the_day_refuses_is_said_to_the_person_and_the_card_stays(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    refused = Answer(
        accepted=False, refusal=Refusal.ALREADY_DECIDED, message="already decided by bob"
    )
    await day.signal(RecordedDay.will_answer, refused)
    await taken(web, press(key, REVISION, response_url=f"{slack_app.url}/actions/1"))

    message = await slack_app.message()
    assert message["replace_original"] is False
    assert "already decided by bob. Nothing was decided." in str(message["text"])


async def test_the_first_of_two_approvals_leaves_the_card_to_the_second(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    words = "approved by alice; another person has to approve it, too"
    await day.signal(RecordedDay.will_answer, Answer(accepted=True, message=words, final=False))
    await taken(web, press(key, REVISION, response_url=f"{slack_app.url}/actions/1"))

    message = await slack_app.message()
    assert message["replace_original"] is False
    assert str(message["text"]).endswith(f": {words}.")


async def test_a_card_that_cannot_be_replaced_changes_nothing(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    slack_app.status = 404
    answer = await taken(web, press(key, REVISION, response_url=f"{slack_app.url}/gone"))
    await slack_app.message()
    assert answer.status_code == 200
    assert len(await sent(day)) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://hooks.slack.com/actions/1",
        "https://hooks.slack.com.evil.example/1",
        "https://hooks.slack.com@evil.example/1",
        "https://hooks.slack.com:8443/1",
        "file:///etc/passwd",
        "not an address",
        "http://[",
    ],
)
async def test_nothing_but_slack_is_ever_called(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp, elsewhere: str
) -> None:
    answer = await taken(web, press(key, REVISION, response_url=elsewhere))
    assert answer.status_code == 200
    assert len(await sent(day)) == 1
    assert slack_app.messages == []


async def test_a_replayed_request_changes_nothing(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    payload = press(key, REVISION)
    answers = [await taken(web, payload) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await sent(day)) == 1


async def test_a_replay_is_known_to_every_process(
    web: httpx.AsyncClient, day: Day, key: AccountDay, database: Database
) -> None:
    payload = press(key, REVISION)
    await taken(web, payload)
    click = read_click(read_document(form(payload)))
    assert click
    assert await database.approvals.event_seen(click.event_key)
    assert len(await sent(day)) == 1


async def test_copies_that_arrive_at_once_carry_one_and_the_same_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    payload = press(key, REVISION)
    answers = await asyncio.gather(*(taken(web, payload) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({sealed.body for sealed in await sent(day)}) == 1


async def test_another_press_is_another_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    for action in ("approve", "reject"):
        await taken(web, press(key, REVISION, action=action))
    first, second = await decisions(day)
    assert first.id != second.id


async def test_a_stranger_decides_nothing_is_told_so_and_is_recorded(
    web: httpx.AsyncClient, day: Day, key: AccountDay, database: Database, slack_app: SlackApp
) -> None:
    payload = press(key, REVISION, user="U999", response_url=f"{slack_app.url}/actions/1")
    answer = await taken(web, payload)

    assert answer.status_code == 200
    assert answer.json()["response_type"] == "ephemeral"
    assert "U999" in answer.json()["text"]
    whispered = await slack_app.message()
    assert whispered["replace_original"] is False
    assert whispered["text"] == answer.json()["text"]
    assert await sent(day) == []
    (attempt,) = await database.approvals.attempts(key)
    assert (attempt.refusal, attempt.reviewer) == (Refusal.UNKNOWN_REVIEWER, "U999")
    assert not attempt.accepted


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "view_closed"},
        {"type": "shortcut"},
        {},
    ],
)
async def test_other_interactions_are_acknowledged(
    web: httpx.AsyncClient, payload: dict[str, object]
) -> None:
    answer = await taken(web, payload)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("action", ["watch", "approve:A", "approve:C", "reject:B", "Approve", ""])
async def test_no_button_but_ours_decides_anything(
    web: httpx.AsyncClient, day: Day, key: AccountDay, action: str
) -> None:
    answer = await taken(web, press(key, REVISION, action=action))
    assert answer.status_code == 200
    assert await sent(day) == []


async def test_a_day_that_is_closed_or_never_was_is_told_to_the_person(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    await day.signal(RecordedDay.close)
    await day.result()
    gone = AccountDay(account="nobody", day=date(2026, 11, 23))
    for which in (key, gone):
        payload = press(which, REVISION, response_url=f"{slack_app.url}/actions/1")
        answer = await taken(web, payload)
        assert answer.status_code == 200
        assert "not open" in answer.json()["text"]
    assert "not open" in str((await slack_app.message())["text"])


async def test_only_post_is_answered(web: httpx.AsyncClient) -> None:
    assert (await web.get("/slack/interactions")).status_code == 405


async def test_without_a_worker_the_click_still_counts_later_and_no_more_is_said(
    web: httpx.AsyncClient, temporal: Client, key: AccountDay, slack_app: SlackApp
) -> None:
    handle = await temporal.start_workflow(RecordedDay.run, id=key.workflow_id, task_queue="later")
    payload = press(key, REVISION, response_url=f"{slack_app.url}/actions/1")
    assert (await taken(web, payload)).status_code == 200
    message = await slack_app.message()
    assert "alice's approval of" in str(message["text"])
    assert "is on its way" in str(message["text"])
    assert message["replace_original"] is False
    async with Worker(temporal, task_queue="later", workflows=[RecordedDay]):
        assert len(await decisions(handle)) == 1
    await handle.terminate()
