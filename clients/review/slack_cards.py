"""What Slack shows of a Reel: the card that asks, and the one that says how it ended."""

import json

from clients.review import Choice, Final, ReviewCard
from clients.review.slack_blocks import (
    FALLBACK_LIMIT,
    Block,
    button,
    context,
    escaped,
    header,
    image,
    message,
    sections,
)
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

APPROVE = "approve"
APPROVE_OTHER = "approve:B"
"""The second approving button of a card: Slack wants each action_id once in a block."""
REJECT = "reject"
EDIT = "edit"
EDIT_OTHER = "edit:B"
CHANGES = "changes"
HOLD = "hold"

CARD = "card"
"""The block_id of an app's buttons: what they are on is brought up to date by its worker."""

MARK = "reels_review_card"
"""The type of the metadata that an app's card carries, so that it can be found again."""


def review_message(card: ReviewCard) -> Block:
    """The card as a webhook sends it; the captions exactly, as text not to be interpreted."""
    ask = WAITING if card.reminder else ASKED
    blocks: list[Block] = [*_shown(card, ask), {"type": "actions", "elements": _buttons(card)}]
    return message(f"{ask}: the Reel of {card.account} for {day_of(card)}", blocks)


def app_message(card: ReviewCard) -> Block:
    """The card as an app posts it, with all that a reviewer may say."""
    page = [button("Open", "open", url=card.page_url)] if card.page_url else []
    buttons = [
        *_approving(card),
        _rejecting(card),
        *_mending(card),
        _watching(card),
        *page,
    ]
    blocks: list[Block] = [
        *_shown(card, ASKED),
        {"type": "actions", "block_id": CARD, "elements": buttons},
    ]
    return message(f"{ASKED}: the Reel of {card.account} for {day_of(card)}", blocks) | {
        "metadata": mark(card)
    }


def closed_message(card: ReviewCard, final: Final) -> Block:
    """The card without its buttons, saying how it ended."""
    link = [context(final.permalink)] if final.permalink else []
    page: Block = {"type": "actions", "elements": [button("Open", "open", url=card.page_url)]}
    blocks = [
        header(f"{final.title}: {card.account}, {day_of(card)}"),
        *([context(final.words)] if final.words else []),
        *link,
        *_content(card),
        *([page] if card.page_url else []),
    ]
    return message(f"{final.sentence} ({card.account}, {day_of(card)})", blocks)


def reminder_text(card: ReviewCard) -> str:
    """One line, to stand under the card."""
    return _line(card, WAITING)


def again_text(card: ReviewCard) -> str:
    """One line under a card that another revision has come to."""
    return _line(card, AGAIN)


def news_text(card: ReviewCard) -> str:
    """One line under a card whose revision stays: what somebody said of it."""
    return _line(card, shortened(card.changed, FALLBACK_LIMIT))


def mark(card: ReviewCard) -> Block:
    """What tells a card from every other message."""
    return {"event_type": MARK, "event_payload": {"account_day": card.account_day}}


def plain_message(title: str, text: str) -> Block:
    """A title and text, cut to what one message takes."""
    return message(f"{title}\n{text}", [header(title), *sections(text or title)])


def _line(card: ReviewCard, said: str) -> str:
    link = f" <{card.page_url}|Open it>." if card.page_url else ""
    return escaped(f"{said}: the Reel of {card.account} for {day_of(card)}.") + link


def _shown(card: ReviewCard, ask: str) -> list[Block]:
    title = header(f"{ask}: {card.account}, {day_of(card)}")
    poster, *captions = _content(card)
    return [title, poster, *([context(changed(card))] if card.changed else []), *captions]


def _content(card: ReviewCard) -> list[Block]:
    return [
        image(card.poster_url, f"Poster of the Reel of {card.account} for {day_of(card)}"),
        *_captions(card),
        context(facts(card)),
    ]


def _captions(card: ReviewCard) -> list[Block]:
    blocks: list[Block] = []
    for choice in card.choices:
        title = caption_title(card, choice)
        blocks += [context(title)] if title else []
        blocks += sections(choice.caption or "(no caption)")
    return blocks


def _buttons(card: ReviewCard) -> list[Block]:
    """Each carries the revision that it decides on; a rejection of one rejects the Reel."""
    return [*_approving(card), _rejecting(card), _watching(card)]


def _approving(card: ReviewCard) -> list[Block]:
    return [
        button(called("Approve", card, choice), action, style="primary", value=value)
        for choice, action, value in _each(card, APPROVE, APPROVE_OTHER)
    ]


def _rejecting(card: ReviewCard) -> Block:
    return button("Reject", REJECT, style="danger", value=_value(card, card.choices[0]))


def _mending(card: ReviewCard) -> list[Block]:
    edits = [
        button(called("Edit", card, choice), action, value=value)
        for choice, action, value in _each(card, EDIT, EDIT_OTHER)
    ]
    whole = _value(card, card.choices[0])
    return [*edits, button("Changes", CHANGES, value=whole), button("Hold", HOLD, value=whole)]


def _watching(card: ReviewCard) -> Block:
    return button("Watch", "watch", url=card.video_url)


def _each(card: ReviewCard, *actions: str) -> list[tuple[Choice, str, str]]:
    return [
        (choice, action, _value(card, choice))
        for choice, action in zip(card.choices, actions, strict=False)
    ]


def _value(card: ReviewCard, choice: Choice) -> str:
    value = {"account_day": card.account_day, "revision": choice.revision}
    if len(card.choices) > 1:
        value["variant"] = choice.letter
    return json.dumps(value)
