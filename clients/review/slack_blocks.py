"""Slack's blocks, within the limits that Slack sets and slack_sdk 3.47 enforces.

Source: docs.slack.dev, the Block Kit reference.
"""

from clients.review.wording import shortened

SECTION_LIMIT = 3000
WHOLE_LIMIT = 12_000
"""All blocks of a message together: above about 13,200 Slack answers `msg_blocks_too_long`,
which its documentation doesn't name (slackapi/bolt-js issue 2509)."""
ALT_LIMIT = 2000
HEADER_LIMIT = 150
FALLBACK_LIMIT = 700
"""Characters of what a notification shows. chat.update takes 4,000 bytes, counted after "&", "<"
and ">" were escaped, which makes up to five bytes of one character."""

Block = dict[str, object]


def message(fallback: str, blocks: list[Block]) -> Block:
    """A message; `fallback` is what a notification shows of it."""
    return {
        "text": escaped(shortened(fallback, FALLBACK_LIMIT)),
        "blocks": blocks,
        # Slack's own crawler would fetch the links of a draft that nobody has approved.
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """Text for fields that Slack interprets: no mention, link or command survives in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Block:
    """Text that Slack shows as it is; with emoji on, ":smile:" would become a picture."""
    return {"type": "plain_text", "text": text, "emoji": False}


def header(text: str) -> Block:
    """A title in one line."""
    return {"type": "header", "text": plain(shortened(" ".join(text.split()), HEADER_LIMIT))}


def context(text: str) -> Block:
    """A small line."""
    return {"type": "context", "elements": [plain(shortened(text, SECTION_LIMIT))]}


def sections(text: str) -> list[Block]:
    """A long text in as many blocks as it needs, cut to what one message takes."""
    whole = shortened(text, WHOLE_LIMIT)
    parts = [whole[at : at + SECTION_LIMIT] for at in range(0, len(whole), SECTION_LIMIT)]
    return [{"type": "section", "text": plain(part)} for part in parts]


def image(url: str, alt: str) -> Block:
    """A picture that Slack fetches."""
    return {"type": "image", "image_url": url, "alt_text": alt[:ALT_LIMIT]}


def button(text: str, action: str, **rest: str) -> Block:
    """A button; Slack wants each action_id once in a block."""
    return {"type": "button", "text": plain(text), "action_id": action, **rest}
