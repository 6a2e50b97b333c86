"""Slack's Web API as an app with a bot token uses it.

Sources: docs.slack.dev, the pages of chat.postMessage, chat.update, conversations.history,
views.open and "Rate limits". What is refused is refused with HTTP 200 and `"ok": false`.
"""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.slack_blocks import LONG_TEXT, BadMessage, check_message
from simulators.slack_views import check_view
from simulators.slack_workspace import REVIEW_CHANNEL, TEAM, Workspace, new_stamp

VIEW_BYTES = 250_000
UPDATED_BYTES = 4000
"""Of the text of chat.update, as it is sent (the page of chat.update: `msg_too_long`)."""
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,40}")
_KEPT = ("text", "blocks", "attachments", "metadata", "thread_ts", "reply_broadcast")

Answer = Callable[[Call, dict[str, Any]], Outcome]


class SlackApi(Service):
    """`/slack/api/...`. Takes any token, and any channel that is written like one."""

    name = "slack"

    def __init__(self, world: World, workspace: Workspace) -> None:
        super().__init__(world)
        self._there = workspace

    def routes(self) -> list[Route]:
        """The operations post_message, update_message, list_messages and open_view."""
        operations: dict[str, tuple[str, Answer]] = {
            "chat.postMessage": ("post_message", self._post),
            "chat.update": ("update_message", self._update),
            "conversations.history": ("list_messages", self._history),
            "views.open": ("open_view", self._open),
        }
        return [
            self.route(
                f"/api/{method}",
                op,
                self._answering(answer),
                methods=["GET", "POST"],
                kinds=("api-error", "ratelimited"),
            )
            for method, (op, answer) in operations.items()
        ]

    def refusal(self, status: int, message: str) -> Response:
        """An error page of the service, which is no JSON of the API's."""
        return JSONResponse({"ok": False, "error": message}, status)

    def _answering(self, answer: Answer) -> Callable[[Call], Outcome]:
        def handle(call: Call) -> Outcome:
            if call.meets("ratelimited"):
                return _limited(str(call.option("retry_after", 30)))
            if call.meets("api-error"):
                return _error(str(call.option("error", "fatal_error")))
            if not call.request.headers.get("authorization", "").startswith("Bearer "):
                return _error("not_authed")
            try:
                return answer(call, _arguments(call))
            except BadMessage as bad:
                return _error(bad.code, str(bad))

        return handle

    def _post(self, call: Call, given: dict[str, Any]) -> Outcome:
        channel = self._channel(given)
        _check(given)
        if self._there.too_fast(channel, call.now):
            return _limited("1")
        parent = given.get("thread_ts")
        if parent and self._there.message(channel, str(parent)) is None:
            return _error("thread_not_found")
        stamp = new_stamp(call.now)
        message = {key: given[key] for key in _KEPT if key in given}
        document = {"ok": True, "channel": channel, "ts": stamp, "message": message}
        ids = {"message": stamp, "channel": channel, "team": TEAM}
        return Outcome(JSONResponse(document), ids, "message.posted", {"message": message})

    def _update(self, call: Call, given: dict[str, Any]) -> Outcome:
        del call
        channel = self._channel(given)
        found = self._there.message(channel, str(given.get("ts")))
        if found is None:
            return _error("message_not_found")
        if found["by"] != "post_message":
            return _error("cant_update_message")
        if len(str(given.get("text", "")).encode()) > UPDATED_BYTES:
            raise BadMessage("msg_too_long")
        _check(given)
        message = {key: given[key] for key in _KEPT if key in given}
        document = {"ok": True, "channel": channel, "ts": found["ts"], "text": given.get("text")}
        ids = {"message": found["ts"], "channel": channel}
        return Outcome(JSONResponse(document), ids, "message.updated", {"message": message})

    def _history(self, call: Call, given: dict[str, Any]) -> Outcome:
        del call
        channel = self._channel(given)
        oldest, most = float(given.get("oldest", 0)), int(given.get("limit", 100))
        with_metadata = str(given.get("include_all_metadata")) in {"true", "True", "1"}
        found = [
            {
                key: message[key]
                for key in ("ts", "text", *(["metadata"] if with_metadata else []))
                if key in message
            }
            for message in reversed(self._there.messages)
            if message["channel"] == channel
            and float(message["ts"]) > oldest
            and ("thread_ts" not in message or message.get("reply_broadcast"))
        ]
        return Outcome(JSONResponse({"ok": True, "messages": found[:most], "has_more": False}))

    def _open(self, call: Call, given: dict[str, Any]) -> Outcome:
        view: Any = given.get("view")
        view = _loaded(view) if isinstance(view, str) else view
        if len(json.dumps(view)) > VIEW_BYTES:
            return _error("view_too_large")
        try:
            check_view(view)
        except BadMessage as bad:
            return _error("invalid_arguments", str(bad))
        if refused := self._there.use_trigger(str(given.get("trigger_id")), call.now):
            return _error(refused)
        name = f"V{secrets.token_hex(5).upper()}"
        opened = {**view, "id": name, "team_id": TEAM, "hash": f"{int(call.now)}.{name[-6:]}"}
        opened |= {"root_view_id": name, "app_id": "A0REELS", "bot_id": "B0REELS"}
        document = {"ok": True, "view": opened}
        return Outcome(JSONResponse(document), {"view": name}, "view.opened", {"view": opened})

    def _channel(self, given: dict[str, Any]) -> str:
        channel = str(given.get("channel", ""))
        if channel.startswith("#") and len(channel) > 1:
            return REVIEW_CHANNEL
        if not _CHANNEL.fullmatch(channel):
            raise BadMessage("channel_not_found")
        return channel


def _check(given: dict[str, Any]) -> None:
    if len(str(given.get("text", ""))) > LONG_TEXT:
        raise BadMessage("msg_too_long")
    check_message(given)


def _arguments(call: Call) -> dict[str, Any]:
    """What was sent, as JSON, as a form or in the query. Raises BadMessage."""
    if call.form:
        given: dict[str, Any] = dict(call.form)
        for name in ("blocks", "attachments", "metadata"):
            if isinstance(given.get(name), str):
                given[name] = _loaded(given[name])
        return given
    if call.body:
        given = _loaded(call.body)
        if not isinstance(given, dict):
            raise BadMessage("json_not_object")
        return given
    return dict(call.request.query_params)


def _loaded(text: str | bytes) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        return json.loads(text)
    except ValueError:
        raise BadMessage("invalid_json") from None


def _error(code: str, why: str = "") -> Outcome:
    document: dict[str, Any] = {"ok": False, "error": code}
    if why and why != code:
        document["response_metadata"] = {"messages": [f"[ERROR] {why}"]}
    return Outcome(JSONResponse(document), facts={"error": code})


def _limited(seconds: str) -> Outcome:
    answer = JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"retry-after": seconds})
    return Outcome(answer, facts={"error": "ratelimited"})
