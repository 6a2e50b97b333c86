"""One message of the simulated Claude: its words, why it stops, and what it counts."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from simulators.calls import Call
from simulators.claude_author import Author
from simulators.claude_cache import CHARACTERS_PER_TOKEN, Read, blocks_of, tokens
from simulators.claude_checks import Model
from simulators.claude_leaks import leaks_of
from simulators.claude_search import found_words, is_going_on, search_tool, searched

THINKING = {"low": 0, "medium": 90, "high": 240, "xhigh": 400, "max": 600}
PROMPT_KEPT = 8000
FOUND_TOKENS = 6000
"""What the pages of one search add to the prompt."""
TRENDS = {
    "type": "object",
    "properties": {
        "topics": {"type": "array", "items": {"type": "string"}, "description": "5 to 6 topics"},
        "hashtags": {"type": "array", "items": {"type": "string"}, "description": "4 to 8"},
    },
}
"""What a search is answered with, as text: it can't be asked for by a schema."""


@dataclass(frozen=True)
class Said:
    """What a message holds before it is counted."""

    text: str
    stop: str = "end_turn"
    details: dict[str, Any] | None = None
    blocks: tuple[dict[str, Any], ...] = ()
    """What stands before the text."""
    searches: int = 0


def reply(
    call: Call, body: dict[str, Any], model: Model, read: Read, *, gullible: bool
) -> tuple[dict[str, Any], bool]:
    """The message, and whether it is billed."""
    thinking = _thinking(body, model)
    said = _said(call, body, gullible=gullible)
    said = _stopped(call, said, (body["max_tokens"] - thinking) * CHARACTERS_PER_TOKEN)
    content: list[dict[str, Any]] = []
    if thinking and said.text:
        content.append({"type": "thinking", "thinking": "", "signature": new_id("sig")})
    content += said.blocks
    if said.text:
        content.append({"type": "text", "text": said.text, "citations": None})
    spoken = "".join(str(block.get("text", "")) for block in content)
    thought = thinking if spoken else 0
    message = {
        "id": new_id("msg"), "type": "message", "role": "assistant",
        "model": body["model"], "content": content, "stop_reason": said.stop,
        "stop_sequence": None, "stop_details": said.details, "container": None,
        "usage": _usage(read, tokens(spoken) + thought, thought, said.searches),
    }  # fmt: skip
    return message, bool(content) or said.stop != "refusal"


def facts_of(message: dict[str, Any], body: dict[str, Any], *, billed: bool) -> dict[str, Any]:
    """What the ledger keeps of a message, the bill's figures among it."""
    usage = message["usage"]
    counts = (
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    )
    return {
        "model": message["model"],
        "prompt": text_of(body)[-PROMPT_KEPT:],
        "stop_reason": message["stop_reason"],
        **{name: usage[name] for name in counts},
        "web_search_requests": (usage["server_tool_use"] or {}).get("web_search_requests", 0),
        "billed": billed,
    }


def text_of(body: dict[str, Any]) -> str:
    """All words of a request: the system's and every message's."""
    texts = (str(block.get("text", "")) for block in blocks_of(body))
    return "\n".join(text for text in texts if text)


def new_id(kind: str) -> str:
    """An id as the API makes them."""
    return f"{kind}_01{secrets.token_hex(11)}"


def _thinking(body: dict[str, Any], model: Model) -> int:
    effort = (body.get("output_config") or {}).get("effort", "high")
    disabled = (body.get("thinking") or {}).get("type") == "disabled"
    return THINKING.get(effort, 240) if model.modern and not disabled else 0


def _said(call: Call, body: dict[str, Any], *, gullible: bool) -> Said:
    if search_tool(body) is not None:
        return _searched(call, body, gullible=gullible)
    asked = (body.get("output_config") or {}).get("format")
    if asked is None:
        return Said(str(_write({"type": "string"}, body, gullible=gullible)))
    answer = _write(asked["schema"], body, gullible=gullible)
    if call.meets("verdict") and isinstance(answer, dict):
        said = call.fault.options if call.fault else {}
        answer = {name: said.get(name, value) for name, value in answer.items()}
    return Said(json.dumps(answer, ensure_ascii=False))


def _searched(call: Call, body: dict[str, Any], *, gullible: bool) -> Said:
    """One search and its answer; a pause stops between the two."""
    error = str(call.option("code", "unavailable")) if call.meets("search-error") else None
    paid = 0 if error else 1
    if call.meets("pause-turn"):
        return Said("", "pause_turn", blocks=tuple(searched("trends", error)), searches=paid)
    found = {} if error else _write(TRENDS, body, gullible=gullible)
    text = json.dumps(found, ensure_ascii=False) if found else "I know of nothing."
    blocks = [] if is_going_on(body) else searched("trends", error)
    searches = 0 if is_going_on(body) else paid
    opening, answer = found_words(text, error=error)
    return Said(str(answer["text"]), blocks=(*blocks, opening), searches=searches)


def _write(schema: dict[str, Any], body: dict[str, Any], *, gullible: bool) -> Any:  # noqa: ANN401 - any JSON
    request = text_of(body)
    return Author(schema, request, leaks_of(request) if gullible else ()).write()


def _stopped(call: Call, said: Said, room: int) -> Said:
    """What a fault or too little room leaves of it."""
    text, stop, details, blocks = said.text, said.stop, said.details, said.blocks
    if call.meets("invalid-json"):
        text = text[:-1] + ", and then" if text.endswith("}") else text
    if call.meets("max-tokens") or len(text) > room:
        stop, text = "max_tokens", text[: min(len(text) * 2 // 3, max(room, 0))]
    if call.meets("refusal"):
        # With `partial` it stopped in the middle: words have come, and they are paid for.
        text = text[: len(text) // 3] if call.option("partial") else ""
        stop, details, blocks = "refusal", _refusal_details(call), ()
    return Said(text, stop, details, blocks, said.searches)


def _usage(read: Read, written: int, thinking: int, searches: int) -> dict[str, Any]:
    return {
        "input_tokens": read.fresh + searches * FOUND_TOKENS,
        "output_tokens": written,
        "output_tokens_details": {"thinking_tokens": thinking},
        "cache_creation_input_tokens": read.written,
        "cache_read_input_tokens": read.from_cache,
        "cache_creation": {
            "ephemeral_5m_input_tokens": read.written if read.lives == "5m" else 0,
            "ephemeral_1h_input_tokens": read.written if read.lives == "1h" else 0,
        },
        "server_tool_use": (
            {"web_search_requests": searches, "web_fetch_requests": 0} if searches else None
        ),
        "service_tier": "standard",
        "inference_geo": "global",
    }


def _refusal_details(call: Call) -> dict[str, Any]:
    return {
        "type": "refusal",
        "category": call.option("category", "general_harms"),
        "explanation": call.option("explanation", "The request can't be helped with."),
    }
