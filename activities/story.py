"""The words of a day: its story and its caption, written by Claude and checked here."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.asking import Question, ask
from activities.failures import failed
from activities.spending import Spending
from activities.words import words
from clients.claude import Claude
from db.database import Database
from schemas.account import Account
from schemas.failures import FailureKind
from schemas.reel import CAPTION_LIMIT, Caption, CaptionRequest
from schemas.story import Story, StoryRequest

SHOT_SECONDS = 10
"""The longest job that providers sell: one shot fills it."""
REMEMBERED = 30
"""Earlier stories that the next one must not repeat."""
HEEDED = 10
"""Reviewers' reasons that the next story must heed."""
MOST_HASHTAGS = 15

STORY_TOKENS = 4000
CAPTION_TOKENS = 3000

_TEXT = {"type": "string"}
STORY_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prompt", "visual_style", "duration_hint", "story_category", "shots"],
    "properties": {
        "prompt": _TEXT,
        "visual_style": _TEXT,
        "duration_hint": {"type": "integer"},
        "story_category": _TEXT,
        "shots": {"type": "array", "items": _TEXT},
    },
}
CAPTION_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["caption", "hashtags", "hook_type", "cta"],
    "properties": {
        "caption": _TEXT,
        "hashtags": {"type": "array", "items": _TEXT},
        "hook_type": {"type": "string", "enum": ["pov", "question", "statement"]},
        "cta": {"type": ["string", "null"]},
    },
}

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w")
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class WritingActivities:
    """What Claude writes for a day."""

    claude: Claude
    db: Database
    spending: Spending

    @activity.defn
    async def write_story(self, request: StoryRequest) -> Story:
        """A new story with one prompt for each shot.

        Again: the story that the Reel has, without paying. Raises REFUSED or INVALID_OUTPUT.
        """
        row = await self.db.reels.get(request.reel)
        if row is not None and row.story is not None:
            return row.story
        account = request.account
        earlier = await self.db.reels.recent_prompts(account.id, REMEMBERED)
        rejections = await self.db.reels.recent_rejections(account.id, HEEDED)
        data = _about(account) | {
            "seconds": account.reel_seconds,
            "shots": math.ceil(account.reel_seconds / SHOT_SECONDS),
            "earlier_stories": earlier,
            "reasons_of_rejection": rejections,
        }
        question = Question(
            key=request.key,
            reel=request.reel,
            operation="story",
            words=words("story", data),
            schema=STORY_SCHEMA,
            max_tokens=STORY_TOKENS,
        )
        story = read_story(await ask(self.claude, self.spending, question))
        await self.db.reels.save_story(request.reel, story)
        return story

    @activity.defn
    async def write_caption(self, request: CaptionRequest) -> Caption:
        """A caption with its hashtags.

        Again: another one, paid for again; the answer of the first run is kept in the history.
        Raises REFUSED or INVALID_OUTPUT.
        """
        story = request.story
        data = _about(request.account) | {
            "story": story.prompt,
            "visual_style": story.visual_style,
            "category": story.story_category,
        }
        question = Question(
            key=request.key,
            reel=request.reel,
            operation="caption",
            words=words("caption", data),
            schema=CAPTION_SCHEMA,
            max_tokens=CAPTION_TOKENS,
        )
        return read_caption(await ask(self.claude, self.spending, question))


def read_story(answer: Mapping[str, object]) -> Story:
    """Check an answer. Raises INVALID_OUTPUT, naming the field."""
    story = _checked(Story, answer)
    if blank := [number for number, shot in enumerate(story.shots, 1) if not shot.strip()]:
        raise _invalid("story", f"shot {blank[0]} is empty")
    return story


def read_caption(answer: Mapping[str, object]) -> Caption:
    """Check an answer; a missing `#`, a repeat or a tag too many is mended, not refused.

    Raises INVALID_OUTPUT, naming the field.
    """
    caption = _checked(Caption, {**answer, "hashtags": mend_hashtags(answer.get("hashtags"))})
    if len(caption.text) > CAPTION_LIMIT:
        raise _invalid("caption", f"with its hashtags it is longer than {CAPTION_LIMIT} characters")
    if unfit := unfit_for_caption(caption.caption):
        raise _invalid("caption", f"it holds {unfit}")
    return caption


def mend_hashtags(tags: object) -> tuple[str, ...]:
    """Each once whatever its case, with one `#` in front, fifteen at most."""
    mended: dict[str, str] = {}
    for tag in tags if isinstance(tags, list) else []:
        word = str(tag).strip().lstrip("#")
        mended.setdefault(word.casefold(), f"#{word}")
    return tuple(mended.values())[:MOST_HASHTAGS]


def unfit_for_caption(text: str) -> str | None:
    """What a caption must not hold, in words; None when it is fit to be shown."""
    if _LINK.search(text):
        return "a link"
    if _MENTION.search(text):
        return "an @mention"
    if any(letter in _TURNS_TEXT for letter in text):
        return "a character that turns the direction of text"
    if any(unicodedata.category(letter) == "Cc" and letter != "\n" for letter in text):
        return "a control character"
    return None


def _about(account: Account) -> dict[str, object]:
    return {
        "theme": account.theme,
        "voice": account.voice,
        "audience": account.audience,
        "language": account.language,
        "banned_topics": account.banned_topics,
    }


def _checked(model: type[Model], answer: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "answer"
        raise _invalid(model.__name__.lower(), f"{field}: {first['msg']}") from None


def _invalid(what: str, why: str) -> Exception:
    return failed(FailureKind.INVALID_OUTPUT, f"Claude's {what} can't be used: {why}")
