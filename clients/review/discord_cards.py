"""What Discord shows of a Reel: the card that asks, and the one that says how it ended.

Sources: docs.discord.com, "Message" (embeds), "Component Reference" (buttons) and their limits;
support.discord.com, "Markdown Text 101".
"""

import re
from collections.abc import Sequence

from clients.review import Choice, Final, ReviewCard
from clients.review.wording import (
    AGAIN,
    ASKED,
    WAITING,
    called,
    caption_title,
    changed,
    day_of,
    facts,
    shortened,
)

Document = dict[str, object]

APPROVE, REJECT, EDIT, CHANGES, HOLD = "approve", "reject", "edit", "changes", "hold"
"""What a button says: the first word of its custom_id; the second is the revision."""

CONTENT_LIMIT, TITLE_LIMIT, LABEL_LIMIT = 2000, 256, 80
TEXT_LIMIT, SHARED_LIMIT = 4096, 2800
"""Characters of an embed's text, alone and beside another one: a message's embeds have 6000."""
NEWS_LIMIT = 1000

ROW, BUTTON = 1, 2
SECONDARY, SUCCESS, DANGER, LINK = 2, 3, 4, 5
AT_MOST_IN_ROW = 5

_MARKS = re.compile(r"([\\*_~|`>\[\]<@:])")
"""Of emphasis, code, quotes, links, mentions and emoji; an address begins with a scheme's ":"."""
_LINE_MARKS = re.compile(r"^(\s*(?:\d+(?=\.))?)([#+.-])", re.MULTILINE)
"""Of headings and lists, which count at the beginning of a line."""


def card_message(card: ReviewCard) -> Document:
    """The card with all that a reviewer may say."""
    buttons = [*_deciding(card), *_mending(card), *_links(card)]
    return _message(escaped(changed(card)), _embeds(card, _title(ASKED, card)), buttons)


def closed_message(card: ReviewCard, final: Final) -> Document:
    """The card without its buttons, saying how it ended."""
    words = shortened(escaped(final.words), CONTENT_LIMIT - len(final.permalink) - 1)
    said = " ".join(filter(None, (words, final.permalink)))
    return _message(said, _embeds(card, _title(final.title, card)), _links(card)[1:])


def plain_message(title: str, text: str) -> Document:
    """A title and text, cut to what one message takes."""
    words = f"**{escaped(' '.join(title.split()))}**\n{escaped(text)}"
    return {"content": shortened(words, CONTENT_LIMIT), "allowed_mentions": {"parse": []}}


def reminder_text(card: ReviewCard) -> str:
    """One line, in reply to the card."""
    return _line(card, WAITING)


def again_text(card: ReviewCard) -> str:
    """One line, in reply to a card that another revision has come to."""
    return _line(card, AGAIN)


def news_text(card: ReviewCard) -> str:
    """One line, in reply to a card whose revision stays: what somebody said of it."""
    return _line(card, shortened(escaped(card.changed), NEWS_LIMIT))


def custom_id(action: str, choice: Choice) -> str:
    """What a button sends back: at most 100 characters, so the day is known by its revision."""
    return f"{action}:{choice.revision}"


def is_of(message: object, card: ReviewCard) -> bool:
    """Whether a listed message is the day's card, whichever revision it shows."""
    embeds = message.get("embeds") if isinstance(message, dict) else None
    first = embeds[0] if isinstance(embeds, list) and embeds else None
    title = first.get("title") if isinstance(first, dict) else None
    return isinstance(title, str) and title.endswith(_title("", card))


def quoted(name: str, text: str) -> Document:
    """A part of a message that shows somebody's own words as they were written."""
    shown = shortened(escaped(text), SHARED_LIMIT)
    return {"title": shortened(escaped(name), TITLE_LIMIT), "description": shown}


def escaped(text: str) -> str:
    """Text that Discord shows as it is: no markdown, mention, link or emoji in it."""
    return _LINE_MARKS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", text))


def _title(said: str, card: ReviewCard) -> str:
    about = f": {escaped(card.account)}, {day_of(card)}"
    return shortened(escaped(said), TITLE_LIMIT - len(about)) + about


def _message(content: str, embeds: list[Document], buttons: Sequence[Document]) -> Document:
    rows = [buttons[at : at + AT_MOST_IN_ROW] for at in range(0, len(buttons), AT_MOST_IN_ROW)]
    return {
        "content": shortened(content, CONTENT_LIMIT),
        "embeds": embeds,
        "components": [{"type": ROW, "components": list(row)} for row in rows],
        "allowed_mentions": {"parse": []},
    }


def _embeds(card: ReviewCard, title: str) -> list[Document]:
    first: Document = {
        "title": title,
        "image": {"url": card.poster_url},
        "footer": {"text": facts(card)},
    }
    alone = len(card.choices) == 1
    embeds: list[Document] = []
    for choice in card.choices:
        title = caption_title(card, choice)
        text = escaped(choice.caption) or "(no caption)"
        described = f"{title}\n\n{text}" if title else text
        embed: Document = {
            "description": shortened(described, TEXT_LIMIT if alone else SHARED_LIMIT)
        }
        embeds.append(embed if embeds else first | embed)
    return embeds


def _deciding(card: ReviewCard) -> list[Document]:
    approving = [
        _button(called("Approve", card, one), SUCCESS, custom_id=custom_id(APPROVE, one))
        for one in card.choices
    ]
    reject = _button("Reject", DANGER, custom_id=custom_id(REJECT, card.choices[0]))
    return [*approving, reject]


def _mending(card: ReviewCard) -> list[Document]:
    edits = [
        _button(called("Edit", card, one), SECONDARY, custom_id=custom_id(EDIT, one))
        for one in card.choices
    ]
    whole = card.choices[0]
    changes = _button("Changes", SECONDARY, custom_id=custom_id(CHANGES, whole))
    return [*edits, changes, _button("Hold", SECONDARY, custom_id=custom_id(HOLD, whole))]


def _links(card: ReviewCard) -> list[Document]:
    watch = _button("Watch", LINK, url=card.video_url)
    return [watch, *([_button("Open", LINK, url=card.page_url)] if card.page_url else [])]


def _button(label: str, style: int, **rest: str) -> Document:
    return {"type": BUTTON, "style": style, "label": label, **rest}


def _line(card: ReviewCard, said: str) -> str:
    link = f" {card.page_url}" if card.page_url else ""
    return f"{said}: the Reel of {escaped(card.account)} for {day_of(card)}.{link}"
