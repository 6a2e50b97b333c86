import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from secrets import token_hex

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from db.database import Database
from schemas.account import AccountDay
from schemas.decision import Decision, Refusal, SealedDecision, Verdict, unseal
from tests.integration.web.conftest import DECISION_KEY, SIGNING_SECRET
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SlackApp, form, press, signed
from web.slack.click import read_click
from web.slack.signature import sign

Day = WorkflowHandle[RecordedDay, None]

REVISION = "ab" * 32


@pytest.fixture
def key() -> AccountDay:
    """A day of its own for every test."""
    return AccountDay(account=f"demo-{token_hex(6)}", day=date(2026, 11, 23))


@pytest.fixture
async def day(temporal: Client, key: AccountDay) -> AsyncIterator[Day]:
    queue = key.workflow_id
    async with Worker(temporal, task_queue=queue, workflows=[RecordedDay]):
        handle = await temporal.start_workflow(
            RecordedDay.run, id=key.workflow_id, task_queue=queue
        )
        yield handle
        with suppress(RPCError):  # a test may have closed it
            await handle.terminate()


async def send(web: httpx.AsyncClient, payload: object) -> httpx.Response:
    body = form(payload)
    return await web.post("/slack/interactions", content=body, headers=signed(SIGNING_SECRET, body))


async def sent(day: Day) -> list[SealedDecision]:
    return await day.query(RecordedDay.sent)


async def decisions(day: Day) -> list[Decision]:
    return [unseal(sealed, DECISION_KEY) for sealed in await sent(day)]


@pytest.mark.parametrize(
    ("action", "verdict"), [("approve", Verdict.APPROVE), ("reject", Verdict.REJECT)]
)
async def test_a_click_reaches_the_day_as_a_sealed_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay, action: str, verdict: Verdict
) -> None:
    answer = await send(web, press(key, REVISION, action=action, user="U456"))

    assert (answer.status_code, answer.content) == (200, b"")
    (decision,) = await decisions(day)
    assert (decision.key, decision.revision, decision.verdict) == (key, REVISION, verdict)
    assert (decision.reviewer, decision.channel) == ("bob", "slack")
    assert abs((datetime.now(UTC) - decision.decided_at).total_seconds()) < 10


async def test_the_card_is_replaced_by_who_decided(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    await send(web, press(key, REVISION, response_url=f"{slack_app.url}/actions/T1/1/x"))

    message = await slack_app.message()
    assert message["replace_original"] is True
    assert str(message["text"]).startswith(f"alice approved {key.account} of 2026-11-23")
    assert len(await sent(day)) == 1


async def test_a_card_that_cannot_be_replaced_changes_nothing(
    web: httpx.AsyncClient, day: Day, key: AccountDay, slack_app: SlackApp
) -> None:
    slack_app.status = 404
    answer = await send(web, press(key, REVISION, response_url=f"{slack_app.url}/gone"))
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
    answer = await send(web, press(key, REVISION, response_url=elsewhere))
    assert answer.status_code == 200
    assert len(await sent(day)) == 1
    assert slack_app.messages == []


async def test_a_replayed_request_changes_nothing(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    payload = press(key, REVISION)
    answers = [await send(web, payload) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await sent(day)) == 1


async def test_a_replay_is_known_to_every_process(
    web: httpx.AsyncClient, day: Day, key: AccountDay, database: Database
) -> None:
    payload = press(key, REVISION)
    await send(web, payload)
    click = read_click(form(payload))
    assert click
    assert await database.approvals.event_seen(click.event_key)
    assert len(await sent(day)) == 1


async def test_copies_that_arrive_at_once_carry_one_and_the_same_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    payload = press(key, REVISION)
    answers = await asyncio.gather(*(send(web, payload) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({sealed.body for sealed in await sent(day)}) == 1


async def test_another_press_is_another_decision(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    for action in ("approve", "reject"):
        await send(web, press(key, REVISION, action=action))
    first, second = await decisions(day)
    assert first.id != second.id


async def test_a_stranger_decides_nothing_is_told_so_and_is_recorded(
    web: httpx.AsyncClient, day: Day, key: AccountDay, database: Database, slack_app: SlackApp
) -> None:
    payload = press(key, REVISION, user="U999", response_url=f"{slack_app.url}/actions/1")
    answer = await send(web, payload)

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


@pytest.mark.parametrize("seconds", [-400, 400])
async def test_a_stale_request_is_refused(
    web: httpx.AsyncClient, day: Day, key: AccountDay, seconds: int
) -> None:
    body = form(press(key, REVISION))
    headers = signed(SIGNING_SECRET, body, time.time() + seconds)
    answer = await web.post("/slack/interactions", content=body, headers=headers)
    assert answer.status_code == 401
    assert await sent(day) == []


async def test_a_forged_request_is_refused(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    body = form(press(key, REVISION))
    for headers in (
        signed("another-secret", body),
        {},
        signed(SIGNING_SECRET, body + b"&"),
        signed(SIGNING_SECRET, body) | {"x-slack-request-timestamp": "soon"},
        signed(SIGNING_SECRET, body) | {"x-slack-signature": ""},
    ):
        answer = await web.post("/slack/interactions", content=body, headers=headers)
        assert answer.status_code == 401
    answer = await web.post(
        "/slack/interactions",
        content=body,
        headers=[(b"x-slack-request-timestamp", b"1"), (b"x-slack-signature", b"v0=\xff\xfe")],
    )
    assert answer.status_code == 401
    assert await sent(day) == []


def broken_payloads() -> list[object]:
    key = AccountDay(account="demo", day=date(2026, 11, 23))
    whole = press(key, REVISION)
    values = [
        "",
        "{",
        "[]",
        json.dumps({"account_day": key.workflow_id}),
        json.dumps({"account_day": key.workflow_id, "revision": "AB" * 32}),
        json.dumps({"account_day": key.workflow_id, "revision": "short"}),
        json.dumps({"account_day": "account-day/demo/2026-13-01", "revision": REVISION}),
        json.dumps({"account_day": "account-day/demo/20261123", "revision": REVISION}),
        json.dumps({"account_day": "account-day/../2026-11-23", "revision": REVISION}),
        json.dumps({"account_day": "temporal-sys-scheduler", "revision": REVISION}),
        json.dumps({"account_day": 7, "revision": REVISION}),
    ]
    action = whole["actions"][0]  # type: ignore[index]
    broken: list[object] = [whole | {"actions": [action | {"value": value}]} for value in values]
    broken += [
        whole | {"actions": [action | {"action_ts": at}]} for at in ("", "x", "9" * 30, None)
    ]
    broken += [whole | {field: None} for field in ("user", "container", "actions")]
    broken += [whole | {"actions": []}, whole | {"user": {"id": "u' OR 1=1"}}, [], "text", None, 7]
    return broken


async def test_a_malformed_payload_is_refused_and_never_an_error_of_ours(
    web: httpx.AsyncClient,
) -> None:
    for payload in broken_payloads():
        answer = await send(web, payload)
        assert answer.status_code == 400, payload
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%7B",
        b"other=%7B%7D",
        b"payload=%7B%7D&payload=%7B%7D",
        b"\xff\xfe\x00",
        b"payload=%ff%fe",
        b"payload=" + b"%5B" * 100_000,
        b"&".join(b"a%d=1" % i for i in range(2000)),
        b'{"payload": {}}',
    ],
)
async def test_a_body_that_is_no_form_is_refused(web: httpx.AsyncClient, body: bytes) -> None:
    answer = await web.post("/slack/interactions", content=body, headers=raw_signed(body))
    assert answer.status_code == 400


def raw_signed(body: bytes) -> dict[str, str]:
    """Signed as a body that is no text can't be by Slack's library."""
    at = str(int(time.time()))
    return {
        "x-slack-request-timestamp": at,
        "x-slack-signature": sign(SIGNING_SECRET, at, body),
    }


async def test_an_oversized_body_is_refused_before_it_is_read(web: httpx.AsyncClient) -> None:
    answer = await web.post("/slack/interactions", content=b"x" * 600_000)
    assert answer.status_code == 413


async def test_an_oversized_body_of_unknown_length_is_refused(web: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    answer = await web.post("/slack/interactions", content=endless())
    assert answer.status_code == 413


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
    answer = await send(web, payload)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_the_link_button_is_acknowledged_and_decides_nothing(
    web: httpx.AsyncClient, day: Day, key: AccountDay
) -> None:
    answer = await send(web, press(key, REVISION, action="watch"))
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
        answer = await send(web, payload)
        assert answer.status_code == 200
        assert "not open" in answer.json()["text"]
    assert "not open" in str((await slack_app.message())["text"])


async def test_only_post_is_answered(web: httpx.AsyncClient) -> None:
    assert (await web.get("/slack/interactions")).status_code == 405


async def test_without_a_worker_the_click_still_counts_later(
    web: httpx.AsyncClient, temporal: Client, key: AccountDay
) -> None:
    handle = await temporal.start_workflow(RecordedDay.run, id=key.workflow_id, task_queue="later")
    assert (await send(web, press(key, REVISION))).status_code == 200
    async with Worker(temporal, task_queue="later", workflows=[RecordedDay]):
        assert len(await decisions(handle)) == 1
    await handle.terminate()
