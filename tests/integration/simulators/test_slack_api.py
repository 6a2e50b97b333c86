"""The simulated Web API, driven by Slack's own package."""

import json
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.integration.simulators.outside import Outside
from tests.integration.simulators.test_slack_simulator import App, app, card, payload_of, valid

__all__ = ["app"]

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "reject",
    "title": {"type": "plain_text", "text": "Reject"},
    "submit": {"type": "plain_text", "text": "Reject"},
    "private_metadata": "day-1",
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        }
    ],
}


@pytest.fixture
def web(outside: Outside) -> WebClient:
    return WebClient("xoxb-1", base_url=f"{outside.url}/slack/api/", retry_handlers=[])


def posted(web: WebClient, **message: object) -> str:
    facts: dict[str, Any] = {"text": "a Reel waits", "blocks": card(), **message}
    answer = web.chat_postMessage(channel="C0REVIEW", **facts)
    assert (answer["ok"], answer["channel"]) == (True, "C0REVIEW")
    return str(answer["ts"])


def message_at(outside: Outside, stamp: str) -> dict[str, Any]:
    messages: list[dict[str, Any]] = outside.http.get("/slack/_messages").json()["messages"]
    return next(one for one in messages if one["ts"] == stamp)


def click(outside: Outside, app: str, **wish: object) -> dict[str, Any]:
    wish = {"url": app, "action_id": "approve", **wish}
    clicked: dict[str, Any] = outside.http.post("/slack/_click", json=wish).json()
    return clicked


def test_a_message_is_posted_updated_and_keeps_what_it_was(
    outside: Outside, web: WebClient
) -> None:
    stamp = posted(web)
    assert web.chat_update(channel="C0REVIEW", ts=stamp, text="approved", blocks=[])["ok"]
    kept = message_at(outside, stamp)
    assert (kept["text"], kept["history"][0]["text"]) == ("approved", "a Reel waits")
    effects = [entry["effect"] for entry in outside.ledger(service="slack")]
    assert effects[-2:] == ["message.posted", "message.updated"]


def test_a_marked_message_is_found_again(web: WebClient) -> None:
    mark = {"event_type": "card", "event_payload": {"day": "1"}}
    stamp = posted(web, metadata=mark)
    reply = posted(web, thread_ts=stamp)
    listed = web.conversations_history(
        channel="C0REVIEW", oldest=str(float(stamp) - 1), include_all_metadata=True
    )["messages"]
    assert mark in [one.get("metadata") for one in listed]
    assert reply not in [one["ts"] for one in listed]


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({"channel": ""}, "channel_not_found"),
        ({"channel": "review"}, "channel_not_found"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"thread_ts": "1.1"}, "thread_not_found"),
    ],
)
def test_what_slack_refuses_is_refused_by_its_word(
    web: WebClient, message: dict[str, Any], word: str
) -> None:
    facts = {"channel": "C0REVIEW", "text": "x", "blocks": card(), **message}
    with pytest.raises(SlackApiError) as raised:
        web.chat_postMessage(**facts)
    assert raised.value.response["error"] == word
    assert raised.value.response.status_code == 200


def test_the_text_of_an_update_has_four_thousand_bytes(web: WebClient) -> None:
    stamp = posted(web)
    assert web.chat_update(channel="C0REVIEW", ts=stamp, text="ü" * 2000, blocks=card())["ok"]
    with pytest.raises(SlackApiError) as raised:
        web.chat_update(channel="C0REVIEW", ts=stamp, text="ü" * 2001, blocks=card())
    assert raised.value.response["error"] == "msg_too_long"


def test_all_blocks_of_a_message_together_have_a_limit(web: WebClient) -> None:
    section = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}
    assert web.chat_postMessage(channel="C0REVIEW", text="x", blocks=[section] * 4)["ok"]
    with pytest.raises(SlackApiError) as raised:
        web.chat_postMessage(channel="C0REVIEW", text="x", blocks=[section] * 5)
    assert raised.value.response["error"] == "msg_blocks_too_long"


def test_only_what_the_app_posted_can_be_updated(outside: Outside, web: WebClient) -> None:
    outside.http.post("/slack/services/T0/B0/x", json={"text": "by a webhook"})
    stamp = outside.http.get("/slack/_messages").json()["messages"][-1]["ts"]
    for where, word in ((stamp, "cant_update_message"), ("1.1", "message_not_found")):
        with pytest.raises(SlackApiError) as raised:
            web.chat_update(channel="C0REVIEW", ts=where, text="x")
        assert raised.value.response["error"] == word


def test_more_messages_than_a_channel_takes_have_to_wait(web: WebClient) -> None:
    def post_many() -> None:
        for _ in range(40):
            web.chat_postMessage(channel="C0BUSY", text="x")

    with pytest.raises(SlackApiError) as raised:
        post_many()
    response = raised.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["retry-after"] == "1"


def test_troubles_can_be_armed(outside: Outside, web: WebClient) -> None:
    outside.arm("slack", "post_message", "api-error", error="invalid_auth")
    outside.arm("slack", "post_message", "ratelimited", retry_after=75)
    words = []
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            web.chat_postMessage(channel="C0REVIEW", text="x")
        words.append(raised.value.response["error"])
    assert words == ["invalid_auth", "ratelimited"]


def test_without_a_token_or_without_words_nothing_is_done(outside: Outside) -> None:
    answer = outside.http.post("/slack/api/chat.postMessage", json={"channel": "C0", "text": "x"})
    assert answer.json() == {"ok": False, "error": "not_authed"}
    with_one = {"authorization": "Bearer xoxb-1"}
    answer = outside.http.post(
        "/slack/api/chat.postMessage", json={"channel": "C0REVIEW"}, headers=with_one
    )
    assert answer.json() == {"ok": False, "error": "no_text"}


def test_a_click_opens_a_modal_once_and_soon(outside: Outside, web: WebClient, app: str) -> None:
    posted(web)
    click(outside, app)
    trigger = payload_of(App.heard[-1])["trigger_id"]
    assert web.views_open(trigger_id=trigger, view=MODAL)["view"]["callback_id"] == "reject"
    click(outside, app)
    late = payload_of(App.heard[-1])["trigger_id"]
    outside.advance(4)
    for used, word in (
        (trigger, "expired_trigger_id"),
        (late, "expired_trigger_id"),
        ("1.2.3", "invalid_trigger_id"),
    ):
        with pytest.raises(SlackApiError) as raised:
            web.views_open(trigger_id=used, view=MODAL)
        assert raised.value.response["error"] == word


def test_a_trigger_is_used_up(outside: Outside, web: WebClient, app: str) -> None:
    posted(web)
    click(outside, app)
    trigger = payload_of(App.heard[-1])["trigger_id"]
    web.views_open(trigger_id=trigger, view=MODAL)
    with pytest.raises(SlackApiError) as raised:
        web.views_open(trigger_id=trigger, view=MODAL)
    assert raised.value.response["error"] == "exchanged_trigger_id"


@pytest.mark.parametrize(
    "broken",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": []},
        {"blocks": [{"type": "input", "label": MODAL["title"], "element": {"type": "wheel"}}]},
        {"type": "home"},
    ],
)
def test_a_modal_over_the_limits_is_refused(
    outside: Outside, web: WebClient, app: str, broken: dict[str, Any]
) -> None:
    posted(web)
    click(outside, app)
    trigger = payload_of(App.heard[-1])["trigger_id"]
    with pytest.raises(SlackApiError) as raised:
        web.views_open(trigger_id=trigger, view=MODAL | broken)
    assert raised.value.response["error"] == "invalid_arguments"


def test_dates_and_numbers_are_held_to_what_they_are(
    outside: Outside, web: WebClient, app: str
) -> None:
    label = {"type": "plain_text", "text": "?"}
    number = {"type": "number_input", "is_decimal_allowed": True, "action_id": "text"}
    inputs = (
        ("until", {"type": "datepicker", "action_id": "text"}),
        ("cover", number | {"min_value": "0", "max_value": "19.9"}),
    )
    blocks = [
        {"type": "input", "block_id": name, "label": label, "element": element}
        for name, element in inputs
    ]
    posted(web)
    click(outside, app)
    trigger = payload_of(App.heard[-1])["trigger_id"]
    web.views_open(trigger_id=trigger, view=MODAL | {"blocks": blocks})
    wish: dict[str, Any] = {"url": app}
    for until, cover in (("soon", "1"), ("2026-12-01", "20"), ("2026-12-01", "x")):
        wish["values"] = {"until": until, "cover": cover}
        assert outside.http.post("/slack/_submit", json=wish).status_code == 422
    wish["values"] = {"until": "2026-12-01", "cover": "3.5"}
    assert outside.http.post("/slack/_submit", json=wish).json()["status"] == 200
    state = payload_of(App.heard[-1])["view"]["state"]["values"]
    assert state["until"]["text"] == {"type": "datepicker", "selected_date": "2026-12-01"}
    assert state["cover"]["text"] == {"type": "number_input", "value": "3.5"}


def test_a_submission_is_signed_and_has_what_was_filled_in(
    outside: Outside, web: WebClient, app: str
) -> None:
    posted(web)
    click(outside, app)
    trigger = payload_of(App.heard[-1])["trigger_id"]
    view = web.views_open(trigger_id=trigger, view=MODAL)["view"]["id"]
    wish = {"url": app, "view": view, "user_id": "U1"}
    for values in ({}, {"reason": "x" * 11}):
        refused = outside.http.post("/slack/_submit", json=wish | {"values": values})
        assert refused.status_code == 422
    answer = outside.http.post("/slack/_submit", json=wish | {"values": {"reason": "dull"}})
    assert answer.json()["status"] == 200
    assert valid(App.heard[-1])
    payload = payload_of(App.heard[-1])
    assert (payload["type"], payload["user"]["id"]) == ("view_submission", "U1")
    assert payload["view"]["private_metadata"] == "day-1"
    state = json.loads(json.dumps(payload["view"]["state"]["values"]))
    assert state == {"reason": {"text": {"type": "plain_text_input", "value": "dull"}}}
