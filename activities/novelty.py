"""Whether a story is new to its account, told by its words alone and not by their meaning."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from db.stories import EarlierStory
from schemas.story import Story

TOO_CLOSE = 0.70
"""From here on two stories are the same one. Measured: paraphrases of one story have 0.73 to
0.88, different stories about the same hero 0.46 to 0.62 (docs/decisions/0010)."""
COMPARED = 90
"""Earlier stories that a new one is held against: about three months of days."""


@dataclass(frozen=True)
class Nearness:
    """How close a story is to the nearest earlier one."""

    similarity: float
    """0 to 1."""
    nearest: str | None = None
    """The prompt of the one that it is too close to; None for a new story."""


def nearness(story: Story, earlier: Iterable[EarlierStory]) -> Nearness:
    """Compare prompt and shots with those of every earlier story."""
    known = list(earlier)
    text = normal(story.prompt, *story.shots)
    texts = [normal(one.prompt, *one.shots) for one in known]
    if not texts:
        return Nearness(0.0)
    _, score, index = process.extractOne(text, texts, scorer=fuzz.token_set_ratio)
    similarity = round(score / 100, 3)
    return Nearness(similarity, known[index].prompt if similarity >= TOO_CLOSE else None)


def normal(*texts: str) -> str:
    """Words alone: without case, accents, punctuation, and letters of another form."""
    spelled = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    plain = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", plain))
