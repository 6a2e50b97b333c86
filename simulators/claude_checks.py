"""What the Messages API refuses. Sources: the API's errors, structured outputs and model pages."""

from dataclasses import dataclass
from typing import Any

from simulators.claude_cache import MOST_MARKS, blocks_of
from simulators.claude_search import is_going_on, search_tool

VERSIONS = ("2023-06-01", "2026-10-21")


@dataclass(frozen=True)
class Model:
    """What differs between models."""

    name: str
    line: str
    released: str
    modern: bool = True
    """The 5-series: no sampling parameters, no prefill, thinks by default."""
    forced_tools: bool = True


MODELS = {
    "claude-haiku-5-5": Model("Claude Haiku 5.5", "haiku", "2026-10-07"),
    "claude-sonnet-5-5": Model("Claude Sonnet 5.5", "sonnet", "2026-08-20", forced_tools=False),
    "claude-opus-5-5": Model("Claude Opus 5.5", "opus", "2026-08-20"),
    "claude-fable-5-1": Model("Claude Fable 5.1", "fable", "2026-06-01"),
    "claude-sonnet-4-6": Model("Claude Sonnet 4.6", "sonnet", "2026-02-17", modern=False),
    "claude-haiku-4-5": Model("Claude Haiku 4.5", "haiku", "2025-10-15", modern=False),
}
SAMPLING = ("temperature", "top_p", "top_k")
UNSUPPORTED = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip
MOST_OPTIONALS = 24


class Refused(Exception):
    """A request that the API refuses: its HTTP status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def check_request(body: Any) -> Model:  # noqa: ANN401 - whatever was sent
    """The model that a valid request names. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused(400, "request body: must be a JSON object")
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise Refused(400, "model: Field required")
    if name not in MODELS:
        raise Refused(404, f"model: {name}")
    limit = body.get("max_tokens")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise Refused(400, "max_tokens: must be an integer of at least 1")
    if body.get("stream"):
        raise Refused(400, "stream: the simulator doesn't stream")
    _check_messages(body, MODELS[name])
    _check_options(body, MODELS[name], name)
    _check_tools(body)
    return MODELS[name]


def _check_messages(body: dict[str, Any], model: Model) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "messages: at least one message is required")
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in {"user", "assistant"}:
            raise Refused(400, f"messages.{number}.role: must be 'user' or 'assistant'")
        if not message.get("content"):
            raise Refused(400, f"messages.{number}: all messages must have non-empty content")
    if messages[-1]["role"] == "assistant" and model.modern and not is_going_on(body):
        raise Refused(400, "messages: this model doesn't support prefilling assistant messages")


def _check_options(body: dict[str, Any], model: Model, name: str) -> None:
    for parameter in SAMPLING:
        if parameter in body and model.modern:
            raise Refused(400, f"{parameter}: Extra inputs are not permitted for {name}")
    _check_format((body.get("output_config") or {}).get("format"))
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in {"any", "tool"}:
        if not model.forced_tools:
            raise Refused(400, f"tool_choice: forced tool use isn't supported by {name}")
        if not body.get("tools"):
            raise Refused(400, "tool_choice: may only be set with tools")


def _check_tools(body: dict[str, Any]) -> None:
    marks = sum("cache_control" in block for block in blocks_of(body))
    if marks > MOST_MARKS:
        raise Refused(400, f"cache_control: at most {MOST_MARKS} blocks may have it")
    if search_tool(body) and (body.get("output_config") or {}).get("format"):
        raise Refused(400, "output_config.format: can't be used with citations")


def _check_format(asked: Any) -> None:  # noqa: ANN401 - whatever was sent
    if asked is None:
        return
    if asked.get("type") != "json_schema" or not isinstance(asked.get("schema"), dict):
        raise Refused(400, "output_config.format: needs type json_schema and a schema")
    optionals = _check_schema(asked["schema"], "output_config.format.schema", ())
    if optionals > MOST_OPTIONALS:
        raise Refused(400, f"output_config.format.schema: more than {MOST_OPTIONALS} optionals")


def _check_schema(schema: Any, where: str, above: tuple[int, ...]) -> int:  # noqa: ANN401
    """Refuse what the subset lacks; the number of optional properties."""
    if not isinstance(schema, dict):
        raise Refused(400, f"{where}: must be an object")
    if id(schema) in above:
        raise Refused(400, f"{where}: recursive schemas aren't supported")
    for keyword in UNSUPPORTED:
        if keyword in schema:
            raise Refused(400, f"{where}: property '{keyword}' is not supported")
    if schema.get("minItems", 0) not in {0, 1}:
        raise Refused(400, f"{where}: 'minItems' must be 0 or 1")
    optionals = 0
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise Refused(400, f"{where}: 'additionalProperties' must be set to false")
        properties = schema.get("properties") or {}
        optionals = len(set(properties) - set(schema.get("required") or ()))
    return optionals + sum(
        _check_schema(child, f"{where}.{name}", (*above, id(schema)))
        for name, child in _children(schema)
    )


def _children(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for group in ("properties", "$defs"):
        found += [(f"{group}.{name}", one) for name, one in (schema.get(group) or {}).items()]
    for group in ("anyOf", "allOf", "oneOf"):
        found += [(f"{group}.{number}", one) for number, one in enumerate(schema.get(group) or ())]
    if isinstance(schema.get("items"), dict):
        found.append(("items", schema["items"]))
    return found
