"""What is talked about just now: a web search whose findings are data and nothing else."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from activities.asking import Question, pay
from activities.plain_text import unfit
from activities.spending import Spending
from activities.words import words
from clients.claude import Claude, Query, Reply
from schemas.reel import HASHTAG
from schemas.story import Trends, TrendsRequest

SEARCHES = 2
MOST_PAUSES = 2
"""How often an answer that paused is sent back to be gone on with; each time is paid."""
MAX_TOKENS = 1500
MOST = 10
TOPIC_CHARACTERS = 120
THEME_CHARACTERS = 200
"""A longer theme stands in the table by its digest: an index takes no more."""


async def find(claude: Claude, spending: Spending, request: TrendsRequest) -> Trends:
    """What the table holds for the day, or a search that is stored when it found anything."""
    stories, account = spending.db.stories, request.account
    theme, language, day = table_key(account.theme), account.language.casefold(), request.key.day
    if known := await stories.trends(theme, language, day):
        return known
    data = {"theme": account.theme, "language": account.language, "day": day.isoformat()}
    told = words("trends", data)
    query = Query(told.system, told.prompt, MAX_TOKENS, searches=SEARCHES)
    reply = await _answer(claude, spending, request, query)
    found = read_trends(reply, day)
    if not found.topics and not found.hashtags:
        return found
    return await stories.save_trends(theme, language, found)


async def _answer(
    claude: Claude, spending: Spending, request: TrendsRequest, query: Query
) -> Reply:
    """The reply after at most `MOST_PAUSES` pauses."""
    reply = await _paid(claude, spending, request, query)
    for _ in range(MOST_PAUSES):
        if reply.stop_reason != "pause_turn":
            break
        query = replace(query, so_far=(*query.so_far, *reply.blocks))
        reply = await _paid(claude, spending, request, query)
    return reply


async def _paid(claude: Claude, spending: Spending, request: TrendsRequest, query: Query) -> Reply:
    question = Question(request.key, request.reel, "trends", query)
    return (await pay(claude, spending, question)).reply


def table_key(theme: str) -> str:
    """A theme as the table names it: two spellings of one theme share what was found."""
    plain = " ".join(theme.casefold().split())
    if len(plain) <= THEME_CHARACTERS:
        return plain
    digest = hashlib.sha256(plain.encode("utf-8", "backslashreplace")).hexdigest()
    return f"{plain[: THEME_CHARACTERS - 65]} {digest}"


def read_trends(reply: Reply, day: date) -> Trends:
    """Read an answer strictly: what is not a short topic or a hashtag is left out.

    An answer that holds nothing of the kind is Trends without content, whatever the reason: a
    day goes on without trends.
    """
    found = _object(reply.text) if reply.stop_reason == "end_turn" else {}
    topics = [" ".join(topic.split()) for topic in _texts(found, "topics")]
    tags = ["#" + tag.strip().lstrip("#") for tag in _texts(found, "hashtags")]
    return Trends(
        as_of=day,
        topics=_distinct(topic for topic in topics if 0 < len(topic) <= TOPIC_CHARACTERS),
        hashtags=_distinct(tag for tag in tags if HASHTAG.fullmatch(tag) and not tag[1:].isdigit()),
    )


def _object(text: str) -> dict[str, object]:
    """The last JSON object in a text that may say other things before and after it."""
    for start in reversed([match.start() for match in re.finditer(r"\{", text)][-MOST:]):
        try:
            found, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "topics" in found:
            return found
    return {}


def _texts(found: dict[str, object], name: str) -> list[str]:
    texts = found.get(name)
    return (
        [text for text in texts if isinstance(text, str) and not unfit(text)]
        if isinstance(texts, list)
        else []
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """The first ten, each once whatever its case."""
    return tuple({text.casefold(): text for text in texts}.values())[:MOST]
