"""Anthropic's Messages API, as much of it as answers one question with JSON or text."""

import json
import secrets
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.claude_author import Author
from simulators.claude_checks import MODELS, VERSIONS, Model, Refused, check_request
from simulators.clock import iso

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
KINDS = ("refusal", "max-tokens", "invalid-json")
THINKING = {"low": 0, "medium": 90, "high": 240, "xhigh": 400, "max": 600}
CHARACTERS_PER_TOKEN = 4
PROMPT_KEPT = 8000
REQUESTS_A_MINUTE, TOKENS_A_MINUTE = 4000, 2_000_000


class Claude(Service):
    """`/anthropic/v1/messages` and `/anthropic/v1/models`."""

    name = "anthropic"

    def __init__(self, world: World, *, seconds: float) -> None:
        super().__init__(world)
        self._seconds = seconds
        """What one answer takes."""

    def routes(self) -> list[Route]:
        """The operations `messages`, `models` and `model`."""
        return [
            self.route("/v1/messages", "messages", self._messages, methods=["POST"], kinds=KINDS),
            self.route("/v1/models", "models", self._models),
            self.route("/v1/models/{model}", "model", self._model),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Anthropic's error body."""
        request_id = _new_id("req")
        error = {"type": ERROR_TYPES.get(status, "api_error"), "message": message}
        body = {"type": "error", "error": error, "request_id": request_id}
        return JSONResponse(body, status, headers={"request-id": request_id})

    def _messages(self, call: Call) -> Outcome:
        try:
            _check_headers(call)
            body = _json(call)
            model = check_request(body)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        message, billed = self._reply(call, body, model)
        request_id = _new_id("req")
        usage = message["usage"]
        facts = {
            "model": message["model"],
            "prompt": _text_of(body)[-PROMPT_KEPT:],
            "stop_reason": message["stop_reason"],
            "input_tokens": usage["input_tokens"],
            "output_tokens": usage["output_tokens"],
            "billed": billed,
        }
        return Outcome(
            JSONResponse(message, headers={"request-id": request_id, **self._limits(call, usage)}),
            {"request": request_id, "message": message["id"]},
            "message.created",
            facts,
            self._seconds,
        )

    def _reply(self, call: Call, body: dict[str, Any], model: Model) -> tuple[dict[str, Any], bool]:
        """The message, and whether it is billed."""
        text = _answer(body)
        effort = (body.get("output_config") or {}).get("effort", "high")
        disabled = (body.get("thinking") or {}).get("type") == "disabled"
        thinking = THINKING.get(effort, 240) if model.modern and not disabled else 0
        stop, details = "end_turn", None
        room = (body["max_tokens"] - thinking) * CHARACTERS_PER_TOKEN
        if call.meets("invalid-json"):
            text = text[:-1] + ", and then" if text.endswith("}") else text
        if call.meets("max-tokens") or len(text) > room:
            stop, text = "max_tokens", text[: min(len(text) * 2 // 3, max(room, 0))]
        if call.meets("refusal"):
            # With `partial` it stopped in the middle: words have come, and they are paid for.
            text = text[: len(text) // 3] if call.option("partial") else ""
            stop, details = "refusal", _refusal_details(call)
        content: list[dict[str, Any]] = []
        if thinking and text:
            content.append({"type": "thinking", "thinking": "", "signature": _new_id("sig")})
        if text:
            content.append({"type": "text", "text": text, "citations": None})
        output = (thinking + _tokens(text)) if text else 0
        message = {
            "id": _new_id("msg"), "type": "message", "role": "assistant",
            "model": body["model"], "content": content, "stop_reason": stop,
            "stop_sequence": None, "stop_details": details, "container": None,
            "usage": _usage(_tokens(_text_of(body)), output, thinking if text else 0),
        }  # fmt: skip
        return message, bool(text) or stop != "refusal"

    def _limits(self, call: Call, usage: dict[str, Any]) -> dict[str, str]:
        reset = iso(call.now + 60)
        spent = usage["input_tokens"] + usage["output_tokens"]
        counts = {
            "requests": (REQUESTS_A_MINUTE, REQUESTS_A_MINUTE - 1),
            "tokens": (TOKENS_A_MINUTE, TOKENS_A_MINUTE - spent),
            "input-tokens": (TOKENS_A_MINUTE, TOKENS_A_MINUTE - usage["input_tokens"]),
            "output-tokens": (TOKENS_A_MINUTE, TOKENS_A_MINUTE - usage["output_tokens"]),
        }
        headers = {}
        for name, (limit, left) in counts.items():
            headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(left)
            headers[f"anthropic-ratelimit-{name}-reset"] = reset
        return headers

    def _models(self, call: Call) -> Outcome:
        try:
            _check_headers(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        data = [_model_info(one) for one in MODELS]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"], "has_more": False}
        return Outcome(JSONResponse({"data": data, **ends}, headers=_request_id()))

    def _model(self, call: Call) -> Outcome:
        try:
            _check_headers(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        name = call.at("model")
        if name not in MODELS:
            return Outcome(self.refusal(404, f"model: {name}"))
        return Outcome(JSONResponse(_model_info(name), headers=_request_id()))


def _check_headers(call: Call) -> None:
    headers = call.request.headers
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not (bearer or headers.get("x-api-key", "").strip()):
        raise Refused(401, "authentication is required: send Authorization: Bearer or x-api-key")
    version = headers.get("anthropic-version")
    if version is None:
        raise Refused(400, "anthropic-version: header is required")
    if version not in VERSIONS:
        raise Refused(400, f'anthropic-version: "{version}" is not a valid version')


def _json(call: Call) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        return call.json
    except ValueError:
        raise Refused(400, "the request body is not valid JSON") from None


def _answer(body: dict[str, Any]) -> str:
    request = _text_of(body)
    asked = (body.get("output_config") or {}).get("format")
    if asked is None:
        return str(Author({"type": "string"}, request).write())
    return json.dumps(Author(asked["schema"], request).write(), ensure_ascii=False)


def _text_of(body: dict[str, Any]) -> str:
    """All words of a request: the system's and every message's."""
    parts = [body.get("system") or "", *(message["content"] for message in body["messages"])]
    texts = []
    for part in parts:
        blocks = part if isinstance(part, list) else [{"type": "text", "text": part}]
        texts += [str(block.get("text", "")) for block in blocks if isinstance(block, dict)]
    return "\n".join(text for text in texts if text)


def _usage(read: int, written: int, thinking: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "output_tokens": written,
        "output_tokens_details": {"thinking_tokens": thinking},
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": "global",
    }


def _refusal_details(call: Call) -> dict[str, Any]:
    return {
        "type": "refusal",
        "category": call.option("category", "general_harms"),
        "explanation": call.option("explanation", "The request can't be helped with."),
    }


def _model_info(name: str) -> dict[str, Any]:
    model, yes = MODELS[name], {"supported": True}
    efforts = dict.fromkeys(("low", "medium", "high", "max", "xhigh"), yes)
    return {
        "type": "model",
        "id": name,
        "display_name": model.name,
        "created_at": f"{model.released}T00:00:00Z",
        "lifecycle": "active",
        "line": model.line,
        "max_input_tokens": 1_000_000 if model.modern else 200_000,
        "max_tokens": 128_000 if model.modern else 64_000,
        "deprecated_at": None,
        "retires_at": None,
        "capabilities": {
            "batch": yes, "citations": yes, "code_execution": yes, "image_input": yes,
            "pdf_input": yes, "structured_outputs": yes,
            "effort": {"supported": True, **efforts},
            "thinking": {"supported": True, "types": {"adaptive": yes, "enabled": yes}},
            "context_management": {"supported": False},
            "server_tools": {"supported": False},
        },
    }  # fmt: skip


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _request_id() -> dict[str, str]:
    return {"request-id": _new_id("req")}


def _new_id(kind: str) -> str:
    return f"{kind}_01{secrets.token_hex(11)}"
