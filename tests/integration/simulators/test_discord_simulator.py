"""The simulated Discord's REST API, as its documentation says. Its signatures are looked at in
tests/integration/web/test_discord_door.py, with an implementation of Ed25519 that is not its own
to judge."""

from typing import Any

import httpx
import pytest

from tests.integration.simulators.outside import Outside

TOKEN = {"authorization": "Bot x", "user-agent": "DiscordBot (https://app.example, 1)"}
BUTTON = {"type": 2, "style": 3, "label": "Approve", "custom_id": "approve:1"}


def rows(*buttons: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": 1, "components": list(buttons)}]


def create(outside: Outside, channel: str = "42", **message: object) -> httpx.Response:
    path = f"/discord/api/v10/channels/{channel}/messages"
    return outside.http.post(path, json=message, headers=TOKEN)


def test_a_message_is_created_edited_listed_and_keeps_what_it_was(outside: Outside) -> None:
    name = create(outside, content="one", components=rows(BUTTON)).json()["id"]
    path = f"/discord/api/v10/channels/42/messages/{name}"
    edited = outside.http.patch(path, json={"content": "two", "components": []}, headers=TOKEN)
    assert (edited.status_code, edited.json()["content"]) == (200, "two")
    listed = outside.http.get("/discord/api/v10/channels/42/messages", headers=TOKEN).json()
    assert listed[0]["id"] == name
    kept = outside.http.get("/discord/_messages").json()["messages"][-1]
    assert kept["history"][0]["content"] == "one"


def test_a_nonce_that_is_enforced_makes_one_message(outside: Outside) -> None:
    first, again, other = (
        create(outside, content="x", nonce=nonce, enforce_nonce=True).json()["id"]
        for nonce in ("n-1", "n-1", "n-2")
    )
    assert first == again != other


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"content": "x" * 2001},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 3001}] * 2},
        {"embeds": [{"image": {"url": "ftp://x"}}]},
        {"content": "x", "components": rows(BUTTON, BUTTON)},
        {"content": "x", "components": rows(BUTTON | {"custom_id": "x" * 101})},
        {"content": "x", "components": rows(BUTTON | {"label": "x" * 81})},
        {"content": "x", "components": rows(*([BUTTON] * 6))},
        {"content": "x", "components": rows(BUTTON | {"style": 5})},
        {"content": "x", "nonce": "x" * 26},
    ],
)
def test_a_message_over_the_limits_is_an_invalid_form_body(
    outside: Outside, message: dict[str, Any]
) -> None:
    answer = create(outside, **message)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)


def test_refusals_have_discords_codes(outside: Outside) -> None:
    path = "/discord/api/v10/channels/42/messages"
    anonymous = {"user-agent": TOKEN["user-agent"]}
    assert outside.http.post(path, json={"content": "x"}, headers=anonymous).status_code == 401
    nameless = TOKEN | {"user-agent": "python-httpx"}
    blocked = outside.http.post(path, json={"content": "x"}, headers=nameless)
    assert (blocked.status_code, blocked.json()["code"]) == (403, 40333)
    nowhere = create(outside, "review", content="x")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, 10003)
    path = "/discord/api/v10/channels/42/messages/1"
    gone = outside.http.patch(path, json={"content": "x"}, headers=TOKEN)
    assert (gone.status_code, gone.json()["code"]) == (404, 10008)
    outside.arm("discord", "create_message", "api-error", status=403, code=50013)
    forbidden = create(outside, content="x")
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, 50013)


def test_more_messages_than_a_channel_takes_have_to_wait(outside: Outside) -> None:
    answers = [create(outside, "99", content="x") for _ in range(26)]
    assert [one.status_code for one in answers] == [200] * 25 + [429]
    assert 0 < answers[-1].json()["retry_after"] <= 25
