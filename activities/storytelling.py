"""Writing a story: what Claude is told, and what its answer is held against."""

import math
from collections.abc import Mapping
from typing import Any

from activities import novelty
from activities.answers import TEXT, checked, shape
from activities.asking import Question, ask
from activities.caption_rules import hashtags_in, is_in_language, unfit_for
from activities.plain_text import check_fit, invalid, length
from activities.spending import Spending
from activities.words import Words, words
from clients.claude import Claude, Query
from db.stories import EarlierStory
from schemas.account import Account
from schemas.composition import HOOK_LIMIT
from schemas.story import Story, StoryRequest

SHOT_SECONDS = 10
"""The longest job that providers sell: one shot fills it."""
REMEMBERED = 60
"""Earlier stories that Claude is shown, so that it does not repeat them."""
REMEMBERED_CHARACTERS = 400
"""Of each: enough to tell the idea."""
HEEDED = 10
"""Reviewers' reasons that the next story must heed."""

SHOT_CHARACTERS = 900
"""The most that is asked for, however much a provider takes: more words film no better."""
STYLE_CHARACTERS = 300
HOOK_CHARACTERS = HOOK_LIMIT - 15
"""Asked for, of those that are taken: models count characters badly."""
JOINT = len(" Style: ")
"""What stands between a shot and the style: see `activities/segments.py`."""

MAX_TOKENS = 4000
LOOKED_BACK = 20
"""Reels whose calls tell how often an account's story is asked for again."""

STORY_SCHEMA = shape(
    prompt=TEXT,
    visual_style=TEXT,
    duration_hint={"type": "integer"},
    story_category=TEXT,
    shots={"type": "array", "items": TEXT},
    hook_text=TEXT,
)


async def write(
    claude: Claude, spending: Spending, limits: Mapping[str, int], request: StoryRequest
) -> Story:
    """The version that is asked for: the stored one, or a new one that is stored.

    The first version also stands in the Reel, which is all that a day knows that was begun
    before there were versions.
    """
    db = spending.db
    if stored := await _stored(spending, request):
        return stored
    account = request.account
    known = await db.stories.earlier(account.id, novelty.COMPARED, but=request.reel)
    limit = shot_limit(account, limits)
    answer = await ask(claude, spending, await _question(claude, spending, request, known, limit))
    story = read_story(answer, limit, account).model_copy(update={"version": request.version})
    near = novelty.nearness(story, known)
    story = story.model_copy(update={"similarity": near.similarity, "too_close_to": near.nearest})
    story = await db.stories.save(request.reel, story)
    if request.version == 1:
        await db.reels.save_story(request.reel, story)
    return story


async def _stored(spending: Spending, request: StoryRequest) -> Story | None:
    if version := await spending.db.stories.get(request.reel, request.version):
        return version
    row = await spending.db.reels.get(request.reel)
    kept = row.story if row else None
    return kept if kept is not None and kept.version == request.version else None


async def _question(
    claude: Claude,
    spending: Spending,
    request: StoryRequest,
    known: tuple[EarlierStory, ...],
    limit: int,
) -> Question:
    heeded = await spending.db.reels.recent_rejections(request.account.id, HEEDED)
    told = _told(request, known, heeded, limit)
    query = Query(
        system=told.system,
        prompt=told.prompt,
        rest=told.rest,
        schema=STORY_SCHEMA,
        max_tokens=MAX_TOKENS,
        cached=await _pays_to_cache(claude, spending, request, told),
    )
    return Question(request.key, request.reel, "story", query)


def _told(
    request: StoryRequest, known: tuple[EarlierStory, ...], heeded: tuple[str, ...], limit: int
) -> Words:
    """What changes from version to version stands last: all before it can be cached."""
    account = request.account
    data = about(account) | {
        "seconds": account.reel_seconds,
        "shots": math.ceil(account.reel_seconds / SHOT_SECONDS),
        "shot_characters": min(SHOT_CHARACTERS, limit - STYLE_CHARACTERS - JOINT),
        "style_characters": STYLE_CHARACTERS,
        "hook_characters": HOOK_CHARACTERS,
        "earlier_stories": [_seen(one) for one in known[:REMEMBERED]],
        "reasons_of_rejection": heeded,
        "trends": request.trends.topics if request.trends else (),
    }
    sent_back = [
        {"by": one.by.value, "story": one.prompt, "reason": one.reason} for one in request.sent_back
    ]
    return words("story", data, {"sent_back": sent_back} if sent_back else None)


async def _pays_to_cache(
    claude: Claude, spending: Spending, request: StoryRequest, told: Words
) -> bool:
    """Whether marking the prompt for the cache costs less, on what the ledger says.

    A mark costs a quarter more and saves nine tenths of every repeat within five minutes, so
    it pays only for an account whose stories are asked for again often enough; a prompt that
    was just written to the cache is read from it.
    """
    query = Query(told.system, told.prompt, MAX_TOKENS)
    enough = claude.rewrites_to_pay(query)
    if enough is None:
        return False
    if await spending.db.stories.is_cached(request.reel):
        return True
    repeats = await spending.db.stories.repeats(request.account.id, LOOKED_BACK)
    return repeats is not None and repeats > enough


def about(account: Account) -> dict[str, Any]:
    """Whom Claude writes for."""
    return {
        "theme": account.theme,
        "voice": account.voice,
        "audience": account.audience,
        "language": account.language,
        "banned_topics": account.banned_topics,
    }


def _seen(story: EarlierStory) -> dict[str, object]:
    seen: dict[str, object] = {"story": story.prompt[:REMEMBERED_CHARACTERS]}
    if story.outcome is not None:
        seen["outcome"] = story.outcome
    return seen | ({"figures": story.figures} if story.figures else {})


def shot_limit(account: Account, limits: Mapping[str, int]) -> int:
    """Characters that every provider of the account takes for one shot and its style."""
    known = [limits[name] for name in account.video_providers if name in limits]
    return min(known, default=SHOT_CHARACTERS + STYLE_CHARACTERS + JOINT)


def read_story(answer: Mapping[str, object], limit: int, account: Account) -> Story:
    """Check an answer; `limit` as `shot_limit` says. Raises INVALID_OUTPUT, naming the field."""
    fields = STORY_SCHEMA["properties"]
    assert isinstance(fields, Mapping)  # noqa: S101 - a constant of this module
    given = {name: answer[name] for name in fields if name in answer}
    hook = _one_line(answer.get("hook_text")) if account.hook_text else ""
    story = checked(Story, given | {"hook_text": hook}, "story")
    _check_hook(story.hook_text, account)
    check_fit(
        "story",
        prompt=story.prompt,
        visual_style=story.visual_style,
        story_category=story.story_category,
    )
    room = limit - length(story.visual_style) - JOINT
    for number, shot in enumerate(story.shots, 1):
        check_fit("story", **{f"shot {number}": shot})
        if not shot.strip():
            raise invalid("story", f"shot {number} is empty")
        if length(shot) > room:
            raise invalid(
                "story", f"shot {number} has {length(shot)} characters, and {room} are taken"
            )
    return story


def _one_line(hook: object) -> object:
    """The hook text without line breaks: where they belong shows when it is set."""
    return " ".join(hook.split()) if isinstance(hook, str) else hook or ""


def _check_hook(hook: str, account: Account) -> None:
    """It stands on the picture, where nobody can tap it: it holds words and emoji alone."""
    why = unfit_for(account.model_copy(update={"allowed_mentions": (), "allowed_links": ()}), hook)
    if why is None and hashtags_in(hook):
        why = "a hashtag"
    if why:
        raise invalid("story", f"hook_text holds {why}")
    if not is_in_language(hook, account.language):
        raise invalid("story", f"hook_text is not written in {account.language!r}")
