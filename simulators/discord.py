"""Discord's REST API for messages, and a person who presses buttons and fills in forms.

Sources: docs.discord.com, "Message", "Rate Limits", "Receiving and Responding".
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.discord_checks import AGENT, SELECT, BadForm, check_message, check_modal, unmet
from simulators.discord_presses import Presser, interaction
from simulators.ledger import Entry

BURST, WINDOW = 25, 25.0
"""Messages that a channel takes in so many seconds: one a second in the long run."""
ONCE_SECONDS = 300.0
"""For how long an enforced nonce is remembered: "the past few minutes"."""
MODAL = 9
_KEPT = ("content", "embeds", "components", "nonce", "message_reference")


class Discord(Service):
    """`/discord/api/v10/channels/...`; `_messages`, `_press`, `_submit`, `_public_key`."""

    name = "discord"

    def __init__(self, world: World, presser: Presser) -> None:
        super().__init__(world)
        self._presser = presser
        self.messages: list[dict[str, Any]] = []
        self._forms: list[dict[str, Any]] = []
        self._sent: dict[str, list[float]] = {}
        world.ledger.on_entry(self._apply)

    def routes(self) -> list[Route]:
        """The operations create_message, edit_message and list_messages, and a person's."""
        path, kinds = "/api/v10/channels/{channel}/messages", ("api-error", "ratelimited")
        return [
            self.route(
                path, "create_message", self._known(self._create), methods=["POST"], kinds=kinds
            ),
            self.route(
                path, "list_messages", self._known(self._list), methods=["GET"], kinds=kinds
            ),
            self.route(
                path + "/{message}",
                "edit_message",
                self._known(self._edit),
                methods=["PATCH"],
                kinds=kinds,
            ),
            Route("/_messages", self._listed),
            Route("/_public_key", self._key),
            Route("/_press", self._press, methods=["POST"]),
            Route("/_submit", self._submit, methods=["POST"]),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Errors have a code and a message."""
        return JSONResponse({"message": message, "code": 0}, status)

    def _apply(self, entry: Entry) -> None:
        if entry.service != self.name:
            return
        if entry.effect == "message.posted":
            ids = {"id": entry.ids["message"], "channel_id": entry.ids["channel"]}
            self.messages.append({**ids, **entry.facts["message"]})
        elif entry.effect == "message.updated":
            found = next(one for one in self.messages if one["id"] == entry.ids["message"])
            earlier = {key: found.get(key) for key in ("content", "embeds", "components")}
            found.setdefault("history", []).append(earlier)
            found.update(entry.facts["message"])

    def _known(self, handle: Callable[[Call], Outcome]) -> Callable[[Call], Outcome]:
        """Who asks, and for which channel, before anything else."""

        def known(call: Call) -> Outcome:
            if call.meets("ratelimited"):
                return _limited(float(call.option("retry_after", 30)))
            if call.meets("api-error"):
                return _error(int(call.option("status", 403)), int(call.option("code", 50013)))
            try:
                return _stopped(call) or handle(call)
            except BadForm as bad:
                errors = {bad.where or "_": {"_errors": [{"message": bad.why}]}}
                document = {"message": "Invalid Form Body", "code": 50035, "errors": errors}
                return Outcome(JSONResponse(document, 400), facts={"error": str(bad)})

        return known

    def _create(self, call: Call) -> Outcome:
        given, channel = _sent(call), call.at("channel")
        check_message(given)
        times = [at for at in self._sent.get(channel, []) if call.now - at < WINDOW]
        if len(times) >= BURST:
            return _limited(WINDOW - (call.now - times[0]))
        if given.get("enforce_nonce") and (same := self._same(channel, given, call.now)):
            return Outcome(JSONResponse(_shown(same)), {"message": same["id"]})
        self._sent[channel] = [*times, call.now]
        name = str(int(call.now * 1000) << 22 | secrets.randbelow(1 << 22))
        message = {key: given[key] for key in _KEPT if key in given} | {"at": call.now}
        shown = {"id": name, "channel_id": channel, **message}
        ids = {"message": name, "channel": channel}
        return Outcome(JSONResponse(_shown(shown)), ids, "message.posted", {"message": message})

    def _edit(self, call: Call) -> Outcome:
        given, name = _sent(call), call.at("message")
        found = next((one for one in self.messages if one["id"] == name), None)
        if found is None or found["channel_id"] != call.at("channel"):
            return _error(404, 10008, "Unknown Message")
        check_message({**found, **given})
        message = {key: given[key] for key in _KEPT if key in given}
        ids = {"message": name, "channel": found["channel_id"]}
        document = _shown({**found, **message})
        return Outcome(JSONResponse(document), ids, "message.updated", {"message": message})

    def _list(self, call: Call) -> Outcome:
        most = int(call.request.query_params.get("limit", "50"))
        found = [one for one in reversed(self.messages) if one["channel_id"] == call.at("channel")]
        return Outcome(JSONResponse([_shown(one) for one in found[:most]]))

    def _same(self, channel: str, given: dict[str, Any], now: float) -> dict[str, Any] | None:
        found = (
            one
            for one in self.messages
            if (one["channel_id"], one.get("nonce")) == (channel, given.get("nonce"))
            and now - one["at"] < ONCE_SECONDS
        )
        return next(found, None)

    async def _listed(self, request: Request) -> Response:
        del request
        return JSONResponse({"messages": self.messages})

    async def _key(self, request: Request) -> Response:
        del request
        return JSONResponse({"public_key": self._presser.public_key})

    async def _press(self, request: Request) -> Response:
        """Press the button of that `label` on the newest message that has it and `match`."""
        wish = await request.json()
        for message in reversed(self.messages):
            rows = message.get("components") or ()
            buttons = [one for row in rows for one in row["components"]]
            pressed = [one for one in buttons if one["label"] == wish.get("label")]
            if pressed and str(wish.get("match", "")) in json.dumps(message):
                break
        else:
            return JSONResponse({"error": f"no message has a button {wish.get('label')!r}"}, 404)
        data = {"custom_id": pressed[0].get("custom_id", ""), "component_type": 2}
        document = interaction(_new_id(wish), 3, data, wish)
        document |= {"message": _shown(message), "channel_id": message["channel_id"]}
        return await self._send("press", document, wish)

    async def _submit(self, request: Request) -> Response:
        """Fill in the newest form by the custom_ids of its inputs, and send it.

        What Discord itself would not let a person send is answered with 422, unless `force` is
        wished.
        """
        wish = await request.json()
        if not self._forms:
            return JSONResponse({"error": "no form is open"}, 404)
        form, values = self._forms[-1], wish.get("values", {})
        inputs = [one["component"] for one in form["components"]]
        amiss = {one["custom_id"]: unmet(one, _value(one, values)) for one in inputs}
        if any(amiss.values()) and not wish.get("force"):
            return JSONResponse({"error": amiss}, 422)
        filled = [
            {"type": 18, "id": number, "component": _filled(one["component"], values)}
            for number, one in enumerate(form["components"], 1)
        ]
        data = {"custom_id": form["custom_id"], "components": filled}
        return await self._send("submit", interaction(_new_id(wish), 5, data, wish), wish)

    async def _send(self, op: str, document: dict[str, Any], wish: dict[str, Any]) -> Response:
        answers = await self._presser.send(document, wish)
        said = [answer["status"] for answer in answers]
        ids = {"interaction": document["id"]}
        facts = {"answers": said, "custom_id": document["data"]["custom_id"]}
        self.world.record(self.name, op, ids=ids, effect="interaction.sent", facts=facts)
        first = answers[0]
        answer = json.loads(first["body"]) if first["status"] == 200 else {}  # noqa: PLR2004 - HTTP
        if answer.get("type") == MODAL:
            try:
                check_modal(answer["data"])
            except BadForm as bad:
                return JSONResponse({"error": str(bad)}, 422)
            self._forms.append(answer["data"])
        return JSONResponse({**first, "answer": answer, "answers": answers})


def _stopped(call: Call) -> Outcome | None:
    """What whoever asks wrongly is answered, before the call is looked at."""
    headers = call.request.headers
    if not AGENT.fullmatch(headers.get("user-agent", "")):
        return _error(403, 40333, "internal network error")
    if not headers.get("authorization", "").startswith("Bot "):
        return _error(401, 0, "401: Unauthorized")
    if not call.at("channel").isdigit():
        return _error(404, 10003, "Unknown Channel")
    return None


def _sent(call: Call) -> dict[str, Any]:
    try:
        given = call.json
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadForm("", "not a JSON object")
    return given


def _value(component: dict[str, Any], values: dict[str, str]) -> str:
    return str(values.get(component["custom_id"], component.get("value", "")))


def _filled(component: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    value = _value(component, values)
    filled = {"type": component["type"], "custom_id": component["custom_id"]}
    return filled | ({"values": [value]} if component["type"] == SELECT else {"value": value})


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in message.items() if key not in {"history", "at", "nonce"}}


def _new_id(wish: dict[str, Any]) -> str:
    return str(wish.get("id") or secrets.randbelow(10**18))


def _error(status: int, code: int, message: str = "an error was armed") -> Outcome:
    document = {"message": message, "code": code}
    return Outcome(JSONResponse(document, status), facts={"error": message})


def _limited(seconds: float) -> Outcome:
    document = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    headers = {"retry-after": str(int(seconds) + 1)}
    return Outcome(JSONResponse(document, 429, headers), facts={"error": "ratelimited"})
