"""Slack's incoming webhook, and a person who clicks buttons and fills in modals.

Sources: docs.slack.dev on incoming webhooks, interaction payloads and verifying requests.
"""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.slack_blocks import BadMessage, check_message
from simulators.slack_clicks import Click, Clicker, NoSuchButton, Submission, user_of
from simulators.slack_views import Filled
from simulators.slack_workspace import Workspace, new_stamp

RESPONSE_USES, RESPONSE_SECONDS = 5, 30 * 60


class Slack(Service):
    """`/slack/services/...`, `/slack/response/...`; `_messages`, `_views`, `_click`, `_submit`."""

    name = "slack"

    def __init__(self, world: World, clicker: Clicker, workspace: Workspace) -> None:
        super().__init__(world)
        self._clicker = clicker
        self._there = workspace
        self._responses: dict[str, tuple[str, float, int]] = {}
        """Response address -> message, when it was made, uses."""
        world.ledger.on_entry(workspace.apply)

    def routes(self) -> list[Route]:
        """The operations `webhook` and `response`, and the hand on the mouse."""
        return [
            self.route("/services/{team}/{bot}/{key}", "webhook", self._webhook, methods=["POST"]),
            self.route("/response/{name}", "response", self._response, methods=["POST"]),
            Route("/_messages", self._listed),
            Route("/_views", self._viewed),
            Route("/_click", self._click, methods=["POST"]),
            Route("/_submit", self._submit, methods=["POST"]),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Webhook errors are bare words."""
        return PlainTextResponse(message, status)

    def _webhook(self, call: Call) -> Outcome:
        try:
            message = _sent(call)
            check_message(message)
        except BadMessage as bad:
            return Outcome(self.refusal(400, bad.code), facts={"why": str(bad)})
        ids = {"message": new_stamp(call.now), "team": call.at("team")}
        return Outcome(PlainTextResponse("ok"), ids, "message.posted", {"message": message})

    async def _listed(self, request: Request) -> Response:
        del request
        return JSONResponse({"messages": self._there.messages})

    async def _viewed(self, request: Request) -> Response:
        del request
        return JSONResponse({"views": list(self._there.views.values())})

    async def _click(self, request: Request) -> Response:
        wish = await request.json()
        try:
            message, action = self._find(wish)
        except NoSuchButton as missing:
            return JSONResponse({"error": str(missing)}, 404)
        name, now = secrets.token_hex(12), self.world.clock.now()
        self._responses[name] = (message["ts"], now, 0)
        address = f"{request.url.scheme}://{request.url.netloc}/slack/response/{name}"
        trigger = self._there.new_trigger(user_of(wish), now)
        click = Click(message, action, wish, address, trigger)
        answers = await self._clicker.send(click)
        ids = {"message": message["ts"], "user": click.user}
        self._interacted("click", ids, {"action_id": action["action_id"]}, answers)
        return JSONResponse({**answers[0], "answers": answers})

    async def _submit(self, request: Request) -> Response:
        """Fill in the newest modal, or the one of `view`, and press its submit button.

        `values` are by block_id; the others stay as they stand. What Slack itself would not let
        a person submit is answered with 422, unless `force` is wished.
        """
        wish = await request.json()
        views = self._there.views
        view = views.get(wish["view"]) if "view" in wish else next(reversed(views.values()), None)
        if view is None:
            return JSONResponse({"error": "no such modal is open"}, 404)
        filled = Filled(view, wish.get("values", {}))
        if filled.amiss and not wish.get("force"):
            return JSONResponse({"error": filled.amiss}, 422)
        submission = Submission(view, filled.state, wish)
        answers = await self._clicker.send(submission)
        ids = {"view": view["id"], "user": submission.user}
        self._interacted("submit", ids, {"callback_id": view.get("callback_id")}, answers)
        self._heed(view, answers[0])
        return JSONResponse({**answers[0], "answers": answers})

    def _heed(self, view: dict[str, Any], answer: dict[str, Any]) -> None:
        """Do with the modal what the app's answer says: close it, change it, keep it open."""
        if answer["status"] != 200 or not answer["in_time"]:  # noqa: PLR2004 - HTTP
            return
        try:
            body = json.loads(answer["body"] or "{}")
        except ValueError:
            return  # the person sees that something went wrong, and the modal stays
        action, ids = body.get("response_action", "clear"), {"view": view["id"]}
        if action == "clear":
            self.world.record(self.name, "submit", ids=ids, effect="view.closed")
        elif action == "update":
            facts = {"view": {**view, **body["view"], "id": view["id"]}}
            self.world.record(self.name, "submit", ids=ids, effect="view.updated", facts=facts)

    def _interacted(
        self, op: str, ids: dict[str, str], facts: dict[str, Any], answers: list[dict[str, Any]]
    ) -> None:
        said = {**facts, "answers": [answer["status"] for answer in answers]}
        self.world.record(self.name, op, ids=ids, effect="interaction.sent", facts=said)

    def _find(self, wish: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The message and the button that are meant; the newest message by default.

        A button is named by its `action_id`, or by what a person reads on it: `button`.
        """
        messages = self._there.messages
        candidates = list(reversed(messages))
        if "message" in wish:
            candidates = [m for m in messages if m["index"] == int(wish["message"])]
        if "match" in wish:
            words = str(wish["match"])
            text = {m["ts"]: json.dumps(m, ensure_ascii=False) for m in candidates}
            escaped = json.dumps(words, ensure_ascii=False)[1:-1]
            candidates = [
                m for m in candidates if words in text[m["ts"]] or escaped in text[m["ts"]]
            ]
        for message in candidates:
            for action in _buttons(message):
                if _is_meant(action, wish):
                    return message, action
        wanted = wish.get("button", wish.get("action_id"))
        raise NoSuchButton(f"no such message with a button {wanted!r}")

    def _response(self, call: Call) -> Outcome:
        name = call.at("name")
        message, made, uses = self._responses.get(name, ("", 0.0, RESPONSE_USES))
        if uses >= RESPONSE_USES or call.now - made > RESPONSE_SECONDS:
            return Outcome(self.refusal(404, "used_url"))
        self._responses[name] = (message, made, uses + 1)
        try:
            body = _sent(call)
        except BadMessage as bad:
            return Outcome(self.refusal(400, bad.code))
        added = not (body.get("replace_original") or body.get("delete_original"))
        facts = {"body": body, "added": added}
        return Outcome(PlainTextResponse("ok"), {"message": message}, "message.changed", facts)


def _sent(call: Call) -> Any:  # noqa: ANN401 - whatever was sent
    """The message, as JSON or as the form field `payload`. Raises BadMessage."""
    text = call.form.get("payload", "") if call.form else call.body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        raise BadMessage("invalid_payload", "not JSON") from None


def _is_meant(action: dict[str, Any], wish: dict[str, Any]) -> bool:
    if "button" in wish:
        return bool(action["text"]["text"] == wish["button"])
    return action.get("action_id") == str(wish.get("action_id"))


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """All buttons of a message, each with the id of its block."""
    found = []
    for number, block in enumerate(message.get("blocks") or ()):
        elements = [*(block.get("elements") or ()), block.get("accessory") or {}]
        block_id = block.get("block_id") or f"b{number}"
        found += [{**one, "block_id": block_id} for one in elements if one.get("type") == "button"]
    return found
