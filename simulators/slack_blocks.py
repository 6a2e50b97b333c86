"""What Slack refuses in a message. Source: Slack's Block Kit reference; constants of slack_sdk."""

from collections.abc import Callable
from typing import Any

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
TEXT, LONG_TEXT = 3000, 40_000
ALL_BLOCKS = 13_200
"""Characters that all blocks of a message have together: measured in slackapi/bolt-js issue 2509,
and named on no page."""
HEADER, BUTTON, VALUE, ADDRESS, ALT = 150, 75, 2000, 3000, 2000
NAME = 255
MOST_ELEMENTS, MOST_CONTEXT, MOST_FIELDS = 25, 10, 10
STYLES = ("primary", "danger")


class BadMessage(Exception):
    """A message that Slack refuses: the text that it answers, and why for a person."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(why or code)
        self.code = code


def check_message(message: Any) -> None:  # noqa: ANN401 - whatever was sent
    """Raises BadMessage."""
    if not isinstance(message, dict):
        raise BadMessage("invalid_payload", "not a JSON object")
    text, blocks = message.get("text"), message.get("blocks")
    attachments = message.get("attachments")
    if not (text or blocks or attachments):
        raise BadMessage("no_text")
    if text is not None and (not isinstance(text, str) or len(text) > LONG_TEXT):
        raise BadMessage("invalid_payload", "text is too long")
    if attachments is not None and len(attachments) > MOST_ATTACHMENTS:
        raise BadMessage("too_many_attachments")
    if blocks is not None:
        _check_blocks(blocks)


def _check_blocks(blocks: Any) -> None:  # noqa: ANN401 - whatever was sent
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        raise BadMessage("invalid_blocks", f"more than {MOST_BLOCKS} blocks")
    for block in blocks:
        check_block(block)
    names = [block["block_id"] for block in blocks if block.get("block_id")]
    insist(len(set(names)) == len(names), "block_id stands twice")
    if sum(map(_length, blocks)) > ALL_BLOCKS:
        raise BadMessage("msg_blocks_too_long")


def _length(part: Any) -> int:  # noqa: ANN401 - whatever was sent
    """Characters of all texts in a part of a message."""
    if isinstance(part, dict):
        return sum(
            len(one) if name == "text" and isinstance(one, str) else _length(one)
            for name, one in part.items()
        )
    return sum(map(_length, part)) if isinstance(part, list) else 0


def check_block(block: Any) -> None:  # noqa: ANN401 - whatever was sent
    """Raises BadMessage."""
    insist(isinstance(block, dict), "a block is an object")
    check = CHECKS.get(block.get("type"))
    if check is None:
        raise BadMessage("invalid_blocks", f"unsupported type: {block.get('type')}")
    insist(len(block.get("block_id", "")) <= NAME, "block_id is too long")
    check(block)


def _section(block: Block) -> None:
    fields = block.get("fields") or []
    insist("text" in block or fields, "a section has text or fields")
    if "text" in block:
        text_of(block["text"], TEXT)
    insist(len(fields) <= MOST_FIELDS, "a section has too many fields")
    for one in fields:
        text_of(one, 2000)
    if "accessory" in block:
        _element(block["accessory"])


def _header(block: Block) -> None:
    text_of(block.get("text"), HEADER, plain=True)


def _image(block: Block) -> None:
    sources = [name for name in ("image_url", "slack_file") if block.get(name)]
    insist(len(sources) == 1, "an image has image_url or slack_file")
    url = block.get("image_url", "https://")
    insist(url.startswith(("http://", "https://")), "image_url isn't an address")
    insist(len(url) <= ADDRESS, "image_url is too long")
    alt = block.get("alt_text")
    insist(isinstance(alt, str) and len(alt) <= ALT, "alt_text is missing or too long")
    if "title" in block:
        text_of(block["title"], ALT, plain=True)


def _actions(block: Block) -> None:
    elements = block.get("elements")
    insist(isinstance(elements, list) and bool(elements), "actions have elements")
    insist(len(elements or ()) <= MOST_ELEMENTS, "too many elements")
    for element in elements or ():
        _element(element)
    names = [one.get("action_id") for one in elements or () if one.get("action_id")]
    insist(len(set(names)) == len(names), "action_id stands twice")


def _context(block: Block) -> None:
    elements = block.get("elements") or []
    insist(1 <= len(elements) <= MOST_CONTEXT, "context has 1 to 10 elements")
    for element in elements:
        if element.get("type") == "image":
            _image(element)
        else:
            text_of(element, TEXT)


def _divider(_: Block) -> None:
    """A divider can't be wrong."""


def _element(element: Block) -> None:
    if element.get("type") == "image":
        _image(element)
        return
    if element.get("type") != "button":
        return
    text_of(element.get("text"), BUTTON, plain=True)
    insist(len(element.get("action_id", "")) <= NAME, "action_id is too long")
    insist(len(element.get("value", "")) <= VALUE, "a button's value is too long")
    insist(len(element.get("url", "")) <= ADDRESS, "a button's url is too long")
    insist(element.get("style", "primary") in STYLES, "a button's style is unknown")
    confirm = element.get("confirm")
    if confirm:
        text_of(confirm.get("title"), 100, plain=True)
        text_of(confirm.get("text"), 300)


def text_of(text: Any, longest: int, *, plain: bool = False) -> None:  # noqa: ANN401
    """Check a text object. Raises BadMessage."""
    insist(isinstance(text, dict), "text is an object")
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    insist(text.get("type") in kinds, f"text has type {' or '.join(kinds)}")
    words = text.get("text")
    insist(isinstance(words, str) and 1 <= len(words) <= longest, f"text has 1 to {longest}")


def insist(holds: object, why: str) -> None:
    """Raises BadMessage unless it holds."""
    if not holds:
        raise BadMessage("invalid_blocks", why)


CHECKS: dict[object, Callable[[Block], None]] = {
    "section": _section,
    "header": _header,
    "image": _image,
    "actions": _actions,
    "context": _context,
    "divider": _divider,
}
