"""Slack's side of a click: signs requests, and takes what is sent to a response_url."""

import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from schemas.account import AccountDay
from tests.waiting import SECONDS, until

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"

_PRESSES = itertools.count(1)


@dataclass
class SlackApp:
    """Records the messages that a click's response_url was sent."""

    url: str = ""
    status: int = 200
    messages: list[dict[str, object]] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.messages.append(json.loads(await request.body()))
        self._arrived.set()
        answer: Response = PlainTextResponse("ok", self.status)
        await answer(scope, receive, send)

    def forget(self) -> None:
        self.status = 200
        self.messages.clear()
        self._arrived.clear()

    async def message(self) -> dict[str, object]:
        async with asyncio.timeout(SECONDS):
            await self._arrived.wait()
        return self.messages[-1]


def press(
    key: AccountDay,
    revision: str,
    *,
    action: str = "approve",
    user: str = "U123",
    response_url: str | None = None,
) -> dict[str, object]:
    """A block_actions payload with the fields that Slack's page on it shows."""
    at = f"{int(time.time())}.{next(_PRESSES):06d}"
    value = json.dumps({"account_day": key.workflow_id, "revision": revision})
    payload: dict[str, object] = {
        "type": "block_actions",
        "user": {"id": user, "username": "someone", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "legacy",
        "team": {"id": "T1", "domain": "example"},
        "container": {"type": "message", "message_ts": "1548261231.000200", "channel_id": "C1"},
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
        "message": {"ts": "1548261231.000200", "text": "For review"},
        "actions": [
            {"type": "button", "action_id": action, "block_id": "b", "value": value,
             "action_ts": at},
        ],
    }  # fmt: skip
    return payload | ({"response_url": response_url} if response_url else {})


def of_two(payload: dict[str, object], variant: str) -> dict[str, object]:
    """The same press under a card that shows two captions."""
    action = payload["actions"][0]  # type: ignore[index]
    value = json.loads(action["value"]) | {"variant": variant}
    return payload | {"actions": [action | {"value": json.dumps(value)}]}


def form(payload: object) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature,
    }


async def taken(web: httpx.AsyncClient, payload: object) -> httpx.Response:
    """Press as a person does: once more where the answer is that it was not delivered."""

    async def answered() -> httpx.Response | None:
        answer = await send(web, payload)
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    answer: httpx.Response = await until(answered, "no press is taken")
    return answer


async def send(web: httpx.AsyncClient, payload: object) -> httpx.Response:
    body = form(payload)
    return await web.post("/slack/interactions", content=body, headers=signed(SIGNING_SECRET, body))
