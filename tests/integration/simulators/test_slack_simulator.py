import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from tests.integration.simulators.outside import SECRET, Outside

PATH = "/slack/services/T0TEAM/B0BOT/XXXXSECRET"


def card(value: str = "day-1", **button: object) -> list[dict[str, Any]]:
    press = {"type": "button", "action_id": "approve", "value": value, **button}
    press.setdefault("text", {"type": "plain_text", "text": "Approve"})
    return [
        {"type": "header", "text": {"type": "plain_text", "text": "A Reel waits"}},
        {"type": "image", "image_url": "https://example.com/p.png", "alt_text": "its poster"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*caption*"}},
        {"type": "actions", "block_id": "decide", "elements": [press]},
    ]


class App(BaseHTTPRequestHandler):
    """The app behind the interactions URL: it keeps what it gets and says that it heard."""

    heard: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(b"heard")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def app() -> Iterator[str]:
    App.heard.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/slack/interactions"
    server.shutdown()
    server.server_close()
    thread.join()


def send(outside: Outside, **message: object) -> str:
    answer = outside.http.post(PATH, json=message)
    assert answer.headers["content-type"].startswith("text/plain")
    assert (answer.status_code == 200) == (answer.text == "ok")
    return answer.text


def click(outside: Outside, app: str, **wish: object) -> dict[str, Any]:
    answer = outside.http.post("/slack/_click", json={"url": app, "action_id": "approve", **wish})
    clicked: dict[str, Any] = answer.json()
    return clicked


def valid(request: tuple[dict[str, str], bytes]) -> bool:
    headers, body = request
    return SignatureVerifier(SECRET).is_valid_request(body, headers)


def payload_of(request: tuple[dict[str, str], bytes]) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(parse_qs(request[1].decode())["payload"][0])
    return payload


def test_the_sdk_posts_a_message_and_it_is_kept(outside: Outside) -> None:
    client = WebhookClient(outside.url + PATH, retry_handlers=[])
    answer = client.send(text="a Reel waits", blocks=card())
    assert (answer.status_code, answer.body) == (200, "ok")
    kept = outside.http.get("/slack/_messages").json()["messages"][-1]
    assert (kept["text"], kept["blocks"]) == ("a Reel waits", card())
    entry = outside.ledger(effect="message.posted")[-1]
    assert entry["ids"] == {"message": kept["ts"], "team": "T0TEAM"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({}, "no_text"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"blocks": card(value="x" * 2001)}, "invalid_blocks"),
        ({"blocks": card(text={"type": "plain_text", "text": "x" * 76})}, "invalid_blocks"),
        ({"blocks": card(text={"type": "mrkdwn", "text": "x"})}, "invalid_blocks"),
        ({"blocks": card(action_id="x" * 256)}, "invalid_blocks"),
        ({"blocks": card(style="loud")}, "invalid_blocks"),
        ({"blocks": card() + card()}, "invalid_blocks"),
        (
            {"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
            "invalid_blocks",
        ),
        ({"blocks": [{"type": "image", "image_url": "https://x/p.png"}]}, "invalid_blocks"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
    ],
)
def test_messages_over_the_limits_are_refused_in_words(
    outside: Outside, message: dict[str, object], said: str
) -> None:
    before = len(outside.http.get("/slack/_messages").json()["messages"])
    assert send(outside, **message) == said
    assert len(outside.http.get("/slack/_messages").json()["messages"]) == before


def test_what_is_no_json_is_an_invalid_payload(outside: Outside) -> None:
    answer = outside.http.post(PATH, content=b"{")
    assert (answer.status_code, answer.text) == (400, "invalid_payload")


def test_a_click_sends_a_signed_interaction_and_tells_the_answer(
    outside: Outside, app: str
) -> None:
    send(outside, text="one", blocks=card("day-7"))
    clicked = click(outside, app, user_id="U123", user_name="alice")
    assert (clicked["status"], clicked["body"], clicked["in_time"]) == (200, "heard", True)
    assert clicked["milliseconds"] < 3000
    assert valid(App.heard[0])
    payload = payload_of(App.heard[0])
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == "U123"
    assert payload["team"]["id"] == "T0TEAM"
    assert payload["container"]["message_ts"] == payload["message"]["ts"]
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"]) == ("approve", "decide")
    assert action["value"] == "day-7"
    assert action["action_ts"]


def test_a_message_is_found_by_index_by_words_or_as_the_newest(outside: Outside, app: str) -> None:
    send(outside, text="first", blocks=card("one"))
    index = len(outside.http.get("/slack/_messages").json()["messages"]) - 1
    send(outside, text="second", blocks=card("two"))
    click(outside, app, message=index)
    click(outside, app, match='"value": "one"')
    click(outside, app)
    assert [payload_of(one)["actions"][0]["value"] for one in App.heard] == ["one", "one", "two"]


def test_a_button_is_found_by_what_a_person_reads_on_it(outside: Outside, app: str) -> None:
    blocks = card("first")
    second = {"type": "plain_text", "text": "Approve B"}
    blocks[-1]["elements"] += card("second", action_id="approve:B", text=second)[-1]["elements"]
    send(outside, text="two", blocks=blocks)
    outside.http.post("/slack/_click", json={"url": app, "button": "Approve B"})
    pressed = payload_of(App.heard[0])["actions"][0]
    assert (pressed["action_id"], pressed["value"]) == ("approve:B", "second")


def test_an_action_id_stands_once_in_a_block(outside: Outside) -> None:
    blocks = card()
    blocks[-1]["elements"] *= 2
    assert send(outside, blocks=blocks) == "invalid_blocks"


def test_a_button_that_is_not_there_is_not_found(outside: Outside, app: str) -> None:
    answer = outside.http.post("/slack/_click", json={"url": app, "action_id": "explode"})
    assert answer.status_code == 404
    assert "explode" in answer.json()["error"]
    assert not App.heard


def test_a_replay_is_the_same_bytes_again(outside: Outside, app: str) -> None:
    send(outside, text="x", blocks=card())
    clicked = click(outside, app, times=2)
    assert [answer["status"] for answer in clicked["answers"]] == [200, 200]
    (first, body), (second, again) = App.heard
    assert body == again
    assert first["X-Slack-Signature"] == second["X-Slack-Signature"]


@pytest.mark.parametrize("wish", ["stale", "bad_signature"])
def test_a_click_can_be_dishonest(outside: Outside, app: str, wish: str) -> None:
    send(outside, text="x", blocks=card())
    click(outside, app, **{wish: True})
    assert not valid(App.heard[0])


def test_a_click_on_an_app_that_is_down_tells_so(outside: Outside) -> None:
    send(outside, text="x", blocks=card())
    clicked = click(outside, "http://127.0.0.1:9/slack/interactions")
    assert clicked["status"] == 0
    assert "Connect" in clicked["body"]


def test_the_response_address_takes_five_messages(outside: Outside, app: str) -> None:
    send(outside, text="x", blocks=card())
    click(outside, app)
    address = payload_of(App.heard[0])["response_url"]
    answer = {"text": "approved by alice", "replace_original": True}
    codes = [outside.http.post(address, json=answer).status_code for _ in range(6)]
    assert codes == [200] * 5 + [404]
    kept = outside.http.get("/slack/_messages").json()["messages"][-1]
    assert kept["replaced"]["text"] == "approved by alice"


def test_a_webhook_that_was_taken_back_says_so(outside: Outside) -> None:
    outside.arm("slack", "webhook", "status", status=403, body="invalid_token")
    answer = outside.http.post(PATH, json={"text": "x"})
    assert (answer.status_code, answer.text) == (403, "invalid_token")


def test_the_ledger_holds_no_part_of_the_webhook_address(outside: Outside) -> None:
    send(outside, text="x")
    assert "XXXXSECRET" not in outside.http.get("/_ledger").text
