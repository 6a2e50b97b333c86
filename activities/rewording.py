"""Other words for a shot: a provider's moderation refused it, or a person wants it otherwise."""

import hashlib
from collections.abc import Mapping

from activities.answers import TEXT, shape
from activities.asking import Question, pay, read_object
from activities.plain_text import check_fit, invalid, length
from activities.spending import Spending
from activities.words import Words, words
from clients.claude import Claude, Query
from schemas.story import Reworded, RewordRequest

REWORD_SCHEMA = shape(prompt=TEXT)
MAX_TOKENS = 2000
MARGIN = 0.9
"""Of a limit in characters is asked for: models count characters badly."""


async def reword(claude: Claude, spending: Spending, request: RewordRequest) -> Reworded:
    """The words that were stored for this refusal, or new ones that are stored."""
    stories, refused = spending.db.stories, digest(request)
    if (known := await stories.reworded(request.reel, refused)) is not None:
        return Reworded(prompt=known)
    told = _told(request)
    query = Query(told.system, told.prompt, MAX_TOKENS, REWORD_SCHEMA)
    paid = await pay(claude, spending, Question(request.key, request.reel, "reword", query))
    reworded = read_reworded(read_object(paid.reply), request)
    await stories.save_reworded(paid.row, refused, reworded.prompt)
    return reworded


def _told(request: RewordRequest) -> Words:
    account, anew = request.account, request.anew
    data = {
        "theme": account.theme,
        "banned_topics": account.banned_topics,
        "characters": max(1, int(request.limit * MARGIN)),
    }
    if anew is not None:
        return words("refilm", data | {"shot": request.prompt, "what_was_said": anew.note})
    said = {"refused_shot": request.prompt, "what_the_provider_said": request.reason}
    return words("reword", data | said)


def digest(request: RewordRequest) -> str:
    """Names one refusal or wish: the segment and the words that were not good enough."""
    content = f"{request.segment}\n{request.prompt}"
    if request.anew is not None:
        content = f"{request.anew.id}\n{content}"
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()


def read_reworded(answer: Mapping[str, object], request: RewordRequest) -> Reworded:
    """Check an answer. Raises INVALID_OUTPUT."""
    prompt = answer.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("shot", "prompt is missing or empty")
    check_fit("shot", prompt=prompt)
    if length(prompt) > request.limit:
        raise invalid(
            "shot", f"prompt has {length(prompt)} characters, and {request.limit} are taken"
        )
    if prompt.split() == request.prompt.split():
        raise invalid("shot", "prompt is the one that was refused")
    return Reworded(prompt=prompt.strip())
