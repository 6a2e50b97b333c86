"""Slack's incoming webhook, and a person who clicks the buttons of its messages.

Sources: docs.slack.dev on incoming webhooks, interaction payloads and verifying requests.
"""

import hashlib
import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.ledger import Entry
from simulators.slack_blocks import BadMessage, check_message
from simulators.slack_clicks import Click, Clicker, NoSuchButton

RESPONSE_USES, RESPONSE_SECONDS = 5, 30 * 60


class Slack(Service):
    """`/slack/services/...`, `/slack/_messages`, `/slack/_click`, `/slack/response/...`."""

    name = "slack"

    def __init__(self, world: World, clicker: Clicker) -> None:
        super().__init__(world)
        self._clicker = clicker
        self.messages: list[dict[str, Any]] = []
        self._responses: dict[str, tuple[str, float, int]] = {}
        """Response address -> message, when it was made, uses."""
        world.ledger.on_entry(self._apply)

    def routes(self) -> list[Route]:
        """The operations `webhook` and `response`, and the hand on the mouse."""
        return [
            self.route("/services/{team}/{bot}/{key}", "webhook", self._webhook, methods=["POST"]),
            self.route("/response/{name}", "response", self._response, methods=["POST"]),
            Route("/_messages", self._listed),
            Route("/_click", self._click, methods=["POST"]),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Webhook errors are bare words."""
        return PlainTextResponse(message, status)

    def _apply(self, entry: Entry) -> None:
        if entry.effect == "message.posted":
            self.messages.append(
                {
                    "index": len(self.messages),
                    "ts": entry.ids["message"],
                    "channel": "C0REVIEW",
                    "team": entry.ids["team"],
                    **entry.facts["message"],
                }
            )
        elif entry.effect == "message.changed":
            for message in self.messages:
                if message["ts"] == entry.ids["message"]:
                    message["replies" if entry.facts["added"] else "replaced"] = entry.facts["body"]

    def _webhook(self, call: Call) -> Outcome:
        try:
            message = _sent(call)
            check_message(message)
        except BadMessage as bad:
            return Outcome(self.refusal(400, bad.code), facts={"why": str(bad)})
        digits = hashlib.sha256(secrets.token_bytes(8)).digest()
        stamp = f"{int(call.now)}.{int.from_bytes(digits[:4], 'big') % 10**6:06d}"
        ids = {"message": stamp, "team": call.at("team")}
        return Outcome(PlainTextResponse("ok"), ids, "message.posted", {"message": message})

    async def _listed(self, request: Request) -> Response:
        del request
        return JSONResponse({"messages": self.messages})

    async def _click(self, request: Request) -> Response:
        wish = await request.json()
        try:
            message, action = self._find(wish)
        except NoSuchButton as missing:
            return JSONResponse({"error": str(missing)}, 404)
        name = secrets.token_hex(12)
        self._responses[name] = (message["ts"], self.world.clock.now(), 0)
        address = f"{request.url.scheme}://{request.url.netloc}/slack/response/{name}"
        click = Click(message, action, wish, address)
        answers = await self._clicker.send(click)
        first = answers[0]
        self.world.record(
            self.name,
            "click",
            ids={"message": message["ts"], "user": str(click.user)},
            effect="interaction.sent",
            facts={"action_id": action["action_id"], "answers": [a["status"] for a in answers]},
        )
        return JSONResponse({**first, "answers": answers})

    def _find(self, wish: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The message and the button that are meant; the newest message by default.

        A button is named by its `action_id`, or by what a person reads on it: `button`.
        """
        candidates = list(reversed(self.messages))
        if "message" in wish:
            candidates = [m for m in self.messages if m["index"] == int(wish["message"])]
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
