"""Other words for a shot that a provider's moderation refused."""

import hashlib
from collections.abc import Mapping

from activities.answers import TEXT, shape
from activities.asking import Question, pay, read_object
from activities.plain_text import check_fit, invalid, length
from activities.spending import Spending
from activities.words import words
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
    account = request.account
    told = words(
        "reword",
        {
            "theme": account.theme,
            "banned_topics": account.banned_topics,
            "refused_shot": request.prompt,
            "what_the_provider_said": request.reason,
            "characters": max(1, int(request.limit * MARGIN)),
        },
    )
    query = Query(told.system, told.prompt, MAX_TOKENS, REWORD_SCHEMA)
    paid = await pay(claude, spending, Question(request.key, request.reel, "reword", query))
    reworded = read_reworded(read_object(paid.reply), request)
    await stories.save_reworded(paid.row, refused, reworded.prompt)
    return reworded


def digest(request: RewordRequest) -> str:
    """Names one refusal: the segment and the words that were refused."""
    content = f"{request.segment}\n{request.prompt}"
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
