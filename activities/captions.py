"""Writing captions: two of them, with different hooks, for a person to choose from."""

from collections.abc import Mapping

from activities.answers import TEXT, checked, shape
from activities.asking import Question, ask
from activities.caption_rules import MOST_HASHTAGS, hashtags_in, is_in_language, unfit_for
from activities.plain_text import invalid, length
from activities.spending import Spending
from activities.storytelling import about
from activities.words import Words, words
from clients.claude import Claude, Query
from schemas.account import Account, AccountDay, CaptionLead
from schemas.reel import CAPTION_LIMIT, Caption, CaptionRequest, Captions

HOOKS = ("pov", "question", "statement")
LISTED_HASHTAGS = 15
"""The most that stand below a caption."""
MAX_TOKENS = 4000

CAPTION_SCHEMA = shape(
    caption=TEXT,
    hashtags={"type": "array", "items": TEXT},
    hook_type={"type": "string", "enum": list(HOOKS)},
    emoji=TEXT,
    cta={"type": ["string", "null"]},
)
CAPTIONS_SCHEMA = shape(first=CAPTION_SCHEMA, second=CAPTION_SCHEMA)


async def write(claude: Claude, spending: Spending, request: CaptionRequest) -> Captions:
    """The captions that were stored for this version of the story and this wish, or new ones."""
    stories, story, account = spending.db.stories, request.story, request.account
    anew = request.anew.id if request.anew else ""
    if known := await stories.captions(request.reel, story.version, anew):
        return known
    told = _told(request)
    query = Query(told.system, told.prompt, MAX_TOKENS, CAPTIONS_SCHEMA, told.rest)
    answer = await ask(claude, spending, Question(request.key, request.reel, "caption", query))
    captions = in_order(read_captions(answer, account), account, request.key)
    await stories.save_captions(request.reel, story.version, captions, anew)
    return captions


def _told(request: CaptionRequest) -> Words:
    account, story = request.account, request.story
    sent_back: dict[str, object] | None = None
    if request.anew is not None:
        sent_back = {
            "captions": [
                {"caption": one.caption, "hashtags": one.hashtags} for one in request.before
            ],
            "what_was_said": request.anew.note,
        }
    return words(
        "caption",
        about(account)
        | {
            "story": story.prompt,
            "visual_style": story.visual_style,
            "category": story.story_category,
            "trending_hashtags": request.trending,
            "allowed_mentions": account.allowed_mentions,
            "allowed_links": account.allowed_links,
        },
        sent_back,
    )


def in_order(captions: Captions, account: Account, key: AccountDay) -> Captions:
    """The captions as the account wants them led: as written, or hook types taking turns."""
    if account.caption_lead is CaptionLead.FIRST:
        return captions
    by_hook = sorted(captions.variants, key=lambda caption: HOOKS.index(caption.hook_type))
    return Captions(variants=tuple(by_hook[:: 1 if key.day.toordinal() % 2 else -1]))


def read_captions(answer: Mapping[str, object], account: Account) -> Captions:
    """Check both captions. Raises INVALID_OUTPUT, naming the field."""
    first = read_caption(_object(answer, "first"), account)
    second = read_caption(_object(answer, "second"), account)
    if first.hook_type == second.hook_type:
        raise invalid("caption", f"hook_type: both are {first.hook_type}")
    return Captions(variants=(first, second))


def read_caption(answer: Mapping[str, object], account: Account) -> Caption:
    """Check one; a missing `#`, a repeat or a tag too many is mended, not refused.

    Raises INVALID_OUTPUT, naming the field.
    """
    caption = checked(
        Caption, {**answer, "hashtags": mend_hashtags(answer.get("hashtags"))}, "caption"
    )
    if caption.hook_type not in HOOKS:
        raise invalid("caption", f"hook_type: {caption.hook_type!r} is none of {', '.join(HOOKS)}")
    if why := unfit_for(account, caption.cta or ""):
        raise invalid("caption", f"cta holds {why}")
    if any(letter.isalpha() for letter in caption.emoji) or unfit_for(account, caption.emoji):
        raise invalid("caption", "emoji holds more than emoji")
    if why := fault_of(caption, account):
        raise invalid("caption", why)
    return caption


def fault_of(caption: Caption, account: Account) -> str | None:
    """Why what is published of a caption must not be, whoever wrote it; None when it may."""
    if length(caption.text) > CAPTION_LIMIT:
        return f"with its hashtags it is longer than {CAPTION_LIMIT} characters"
    if len(hashtags_in(caption.text)) > MOST_HASHTAGS:
        return f"it holds more than {MOST_HASHTAGS} hashtags"
    if why := unfit_for(account, caption.text):
        return f"caption holds {why}"
    if not is_in_language(caption.caption, account.language):
        return f"caption is not written in {account.language!r}"
    return None


def mend_hashtags(tags: object) -> tuple[str, ...]:
    """Each once whatever its case, with one `#` in front, fifteen at most."""
    mended: dict[str, str] = {}
    for tag in tags if isinstance(tags, list | tuple) else []:
        word = str(tag).strip().lstrip("#")
        mended.setdefault(word.casefold(), f"#{word}")
    return tuple(mended.values())[:LISTED_HASHTAGS]


def _object(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = answer.get(name)
    if not isinstance(found, dict):
        raise invalid("caption", f"{name}: it is missing")
    return found
