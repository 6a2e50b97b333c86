"""What a person's edits make of a caption, and of all that lies before people."""

from schemas.decision import Edits
from schemas.reel import Caption, Captions


def edited(caption: Caption, edits: Edits) -> Caption:
    """The caption with what a person wrote in its place; a missing `#` is added.

    Raises ValidationError for what no caption may be.
    """
    facts = caption.model_dump()
    if edits.caption is not None:
        facts["caption"] = edits.caption.strip()
    if edits.hashtags is not None:
        facts["hashtags"] = [f"#{tag.strip().lstrip('#')}" for tag in edits.hashtags]
    return Caption.model_validate(facts)


def replaced(captions: Captions, before: Caption, after: Caption) -> Captions:
    """The captions with one in the place of another; the others stay, and so do the letters."""
    return Captions(variants=tuple(after if one == before else one for one in captions.variants))


def edit_words(edits: Edits) -> str:
    """What was edited, for people: `caption and cover`."""
    named = {
        "caption": edits.caption,
        "hashtags": edits.hashtags,
        "cover": edits.cover_seconds,
    }
    return " and ".join(name for name, value in named.items() if value is not None)
