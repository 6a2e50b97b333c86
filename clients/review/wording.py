"""What every channel says of a Reel in the same words, before its own way of writing them."""

from clients.review import Choice, ReviewCard
from schemas.account import AccountDay

ASKED, WAITING, AGAIN = "For review", "Still waiting for review", "Up for review again"


def day_of(card: ReviewCard) -> str:
    """The day that a card is about, for people."""
    try:
        return AccountDay.from_workflow_id(card.account_day).day.isoformat()
    except ValueError:
        return card.account_day


def called(verb: str, card: ReviewCard, choice: Choice) -> str:
    """What stands on a button: which caption it is of, where there are two."""
    return verb if len(card.choices) == 1 else f"{verb} {choice.letter}"


def caption_title(card: ReviewCard, choice: Choice) -> str:
    """What stands above one of two captions; empty above the only one."""
    if len(card.choices) == 1:
        return ""
    leads = " (leads)" if choice is card.choices[0] else ""
    return f"Caption {choice.letter}{leads}, hook: {choice.hook_type or 'none'}"


def facts(card: ReviewCard) -> str:
    """Length, revisions, account and cost in one line."""
    revisions = ", ".join(choice.revision[:8] for choice in card.choices)
    known = [f"{card.seconds:.1f} seconds", f"revision {revisions}", card.account]
    if card.cost_micros is not None:
        known.append(f"${card.cost_micros / 1_000_000:.2f} so far")
    return ", ".join(known)


def changed(card: ReviewCard) -> str:
    """What is other than before; empty the first time."""
    return f"Since it was shown before: {card.changed}" if card.changed else ""


def shortened(text: str, limit: int) -> str:
    """At most so many characters, with an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
