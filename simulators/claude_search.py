"""The server's own tool web_search: its blocks within an answer, its errors, its count.

Sources: Anthropic's pages on the web search tool and on server tools.
"""

import secrets
from typing import Any

TOOLS = ("web_search_20250305", "web_search_20260209", "web_search_20260318")
ERRORS = (
    "max_uses_exceeded",
    "too_many_requests",
    "unavailable",
    "query_too_long",
    "invalid_tool_input",
    "request_too_large",
)
PAGE = "What people share just now: tiny worlds, night trains, and slow crafts."


def search_tool(body: dict[str, Any]) -> dict[str, Any] | None:
    """The tool as the request has it, None when it has none."""
    tools = [tool for tool in body.get("tools") or () if isinstance(tool, dict)]
    return next((tool for tool in tools if tool.get("type") in TOOLS), None)


def is_going_on(body: dict[str, Any]) -> bool:
    """Whether the request sends a paused answer back."""
    last = body["messages"][-1]
    content = last.get("content")
    return last.get("role") == "assistant" and any(
        isinstance(block, dict) and block.get("type") == "server_tool_use"
        for block in (content if isinstance(content, list) else ())
    )


def searched(question: str, error: str | None) -> list[dict[str, Any]]:
    """One search: the call and what came of it."""
    name = f"srvtoolu_01{secrets.token_hex(11)}"
    found: Any = {"type": "web_search_tool_result_error", "error_code": error}
    if error is None:
        found = [
            {
                "type": "web_search_result",
                "url": f"https://news.example/{number}",
                "title": f"Trending now, part {number}",
                "encrypted_content": secrets.token_hex(40),
                "page_age": "1 day ago",
            }
            for number in (1, 2)
        ]
    call = {"type": "server_tool_use", "id": name, "name": "web_search"}
    return [
        {**call, "input": {"query": question[:100]}, "caller": {"type": "direct"}},
        {"type": "web_search_tool_result", "tool_use_id": name, "content": found},
    ]


def found_words(text: str, *, error: str | None) -> list[dict[str, Any]]:
    """What is said after a search: a sentence, and the answer, cut by its citations."""
    opening = "I couldn't search just now. " if error else "Here is what I found. "
    return [
        {"type": "text", "text": opening, "citations": None},
        {"type": "text", "text": text, "citations": [] if not error else None},
    ]
