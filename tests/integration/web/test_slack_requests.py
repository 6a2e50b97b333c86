import json
import time
from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from schemas.account import AccountDay
from tests.integration.web.conftest import Day, sent
from tests.integration.web.slack_app import SIGNING_SECRET, form, press, send, signed
from web.slack.signature import sign

REVISION = "ab" * 32


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
        json.dumps({"account_day": key.workflow_id, "revision": REVISION, "variant": "C"}),
        json.dumps({"account_day": key.workflow_id, "revision": REVISION, "variant": ["A"]}),
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
