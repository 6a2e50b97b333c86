"""The critic: a cheap look at a story before money is spent on filming it."""

from collections.abc import Mapping

from activities.answers import TEXT, YES_OR_NO, checked, shape
from activities.asking import Question, ask
from activities.plain_text import check_fit
from activities.spending import Spending
from activities.words import words
from clients.claude import Claude, Query
from schemas.story import Critique, CritiqueRequest

CRITIQUE_SCHEMA = shape(
    hooks=YES_OR_NO, filmable=YES_OR_NO, on_theme=YES_OR_NO, safe=YES_OR_NO, reason=TEXT
)
MAX_TOKENS = 1500
REASON_CHARACTERS = 500


async def judge(critic: Claude, spending: Spending, request: CritiqueRequest) -> Critique:
    """What the critic said of this version, or says now: stored either way."""
    stories, story = spending.db.stories, request.story
    if said := await stories.critique(request.reel, story.version):
        return said
    account = request.account
    told = words(
        "critique",
        {
            "theme": account.theme,
            "audience": account.audience,
            "banned_topics": account.banned_topics,
            "seconds": account.reel_seconds,
            "story": story.prompt,
            "visual_style": story.visual_style,
            "shots": story.shots,
            "text_on_the_picture": story.hook_text,
        },
    )
    query = Query(told.system, told.prompt, MAX_TOKENS, CRITIQUE_SCHEMA)
    answer = await ask(critic, spending, Question(request.key, request.reel, "critique", query))
    critique = read_critique(answer, story.version)
    return await stories.save_critique(request.reel, story, critique)


def read_critique(answer: Mapping[str, object], version: int) -> Critique:
    """Check an answer; a long reason is cut. Raises INVALID_OUTPUT, naming the field."""
    reason = answer.get("reason")
    short = reason[:REASON_CHARACTERS] if isinstance(reason, str) else reason
    strict = {
        name: _yes_or_no(answer.get(name)) for name in ("hooks", "filmable", "on_theme", "safe")
    }
    critique = checked(Critique, {**strict, "reason": short, "version": version}, "critique")
    check_fit("critique", reason=critique.reason)
    return critique


def _yes_or_no(value: object) -> object:
    """The value when it is true or false: a word that pydantic would read as one is refused."""
    return value if isinstance(value, bool) else None
