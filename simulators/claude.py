"""Anthropic's Messages API, as much of it as answers one question with JSON or text."""

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.claude_batches import Batch, wrong_requests
from simulators.claude_cache import Cache, tokens
from simulators.claude_checks import MODELS, VERSIONS, Refused, check_request
from simulators.claude_messages import facts_of, new_id, reply, text_of
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
KINDS = (
    "refusal",
    "max-tokens",
    "invalid-json",
    "spend-cap",
    "pause-turn",
    "search-error",
    "verdict",
    "gullible",
)
REQUESTS_A_MINUTE, TOKENS_A_MINUTE = 4000, 2_000_000


class Claude(Service):
    """`/anthropic/v1/messages` and `/anthropic/v1/models`."""

    name = "anthropic"

    def __init__(self, world: World, *, seconds: float) -> None:
        super().__init__(world)
        self._seconds = seconds
        """What one answer takes."""
        self._cache = Cache()
        self._batches: dict[str, Batch] = {}

    def routes(self) -> list[Route]:
        """The operations `messages`, `count_tokens`, `models` and `model`, and those of batches."""
        batch = "/v1/messages/batches/{batch}"
        post = ["POST"]
        return [
            self.route("/v1/messages", "messages", self._messages, methods=post, kinds=KINDS),
            self.route("/v1/messages/count_tokens", "count_tokens", self._count, methods=post),
            self.route("/v1/messages/batches", "create_batch", self._create_batch, methods=post),
            self.route(batch, "batch", self._batch),
            self.route(f"{batch}/cancel", "cancel_batch", self._cancel_batch, methods=post),
            self.route(f"{batch}/results", "batch_results", self._batch_results),
            self.route("/v1/models", "models", self._models),
            self.route("/v1/models/{model}", "model", self._model),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Anthropic's error body."""
        request_id = new_id("req")
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
        if call.meets("spend-cap"):
            # Without a Retry-After: it goes on until somebody raises the limit.
            return Outcome(self.refusal(429, "You have reached your specified spend limit."))
        read = self._cache.read(body, call.now)
        message, billed = reply(call, body, model, read, gullible=self._is_gullible())
        request_id = new_id("req")
        return Outcome(
            JSONResponse(
                message,
                headers={"request-id": request_id, **self._limits(call, message["usage"])},
            ),
            {"request": request_id, "message": message["id"]},
            "message.created",
            facts_of(message, body, billed=billed),
            self._seconds,
        )

    def _is_gullible(self) -> bool:
        return self.world.faults.mode(self.name, "messages", "gullible") is not None

    def _count(self, call: Call) -> Outcome:
        """`count_tokens`: free, and without an answer."""
        try:
            _check_headers(call)
            body = _json(call)
            check_request({"max_tokens": 1, **body} if isinstance(body, dict) else body)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        counted = {"input_tokens": tokens(text_of(body))}
        return Outcome(JSONResponse(counted, headers=_request_id()))

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

    def _create_batch(self, call: Call) -> Outcome:
        try:
            _check_headers(call)
            body = _json(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        if wrong := wrong_requests(body):
            return Outcome(self.refusal(400, wrong))
        made = [self._batched(call, one) for one in body["requests"]]
        batch = Batch(new_id("msgbatch"), call.now, [result for result, _ in made])
        self._batches[batch.id] = batch
        facts = {"messages": [facts for _, facts in made if facts]}
        answer = JSONResponse(batch.document(call.now, self._url(call, batch)))
        answer.headers["request-id"] = new_id("req")
        return Outcome(answer, {"batch": batch.id}, "batch.created", facts)

    def _batched(
        self, call: Call, one: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The result of one request of a batch, and what is billed for it."""
        body = one["params"]
        try:
            model = check_request(body)
        except Refused as refused:
            error = {"type": ERROR_TYPES[refused.status], "message": str(refused)}
            result = {"type": "errored", "error": {"type": "error", "error": error}}
            return {"custom_id": one["custom_id"], "result": result}, None
        read = self._cache.read(body, call.now)
        message, billed = reply(call, body, model, read, gullible=self._is_gullible())
        result = {"type": "succeeded", "message": message}
        return {"custom_id": one["custom_id"], "result": result}, facts_of(
            message, body, billed=billed
        )

    def _batch(self, call: Call) -> Outcome:
        batch = self._batches.get(call.at("batch"))
        if batch is None:
            return Outcome(self.refusal(404, f"batch: {call.at('batch')}"))
        document = batch.document(call.now, self._url(call, batch))
        return Outcome(JSONResponse(document, headers=_request_id()))

    def _cancel_batch(self, call: Call) -> Outcome:
        batch = self._batches.get(call.at("batch"))
        if batch is None:
            return Outcome(self.refusal(404, f"batch: {call.at('batch')}"))
        batch.cancel(call.now)
        document = batch.document(call.now, self._url(call, batch))
        cancelled = "batch.cancelled" if batch.cancelled else "none"
        return Outcome(
            JSONResponse(document, headers=_request_id()), {"batch": batch.id}, cancelled
        )

    def _batch_results(self, call: Call) -> Outcome:
        batch = self._batches.get(call.at("batch"))
        if batch is None or not batch.ended(call.now):
            return Outcome(self.refusal(404, f"batch: {call.at('batch')} has no results"))
        lines = Response(batch.lines(), media_type="application/x-jsonl", headers=_request_id())
        return Outcome(lines)

    def _url(self, call: Call, batch: Batch) -> str:
        base, batches, _ = str(call.request.url).partition("/v1/messages/batches")
        return f"{base}{batches}/{batch.id}"

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


def _request_id() -> dict[str, str]:
    return {"request-id": new_id("req")}
