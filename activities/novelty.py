"""Whether a story is new to its account, told by its words alone and not by their meaning."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel

from db.stories import EarlierStory
from schemas.story import Story

TOO_CLOSE = 0.5
"""From here on two stories are the same one: half of their words are shared. Measured:
retellings of one story have 0.55 to 0.73, other stories about the same hero at most 0.26
(docs/decisions/0011)."""
COMPARED = 90
"""Earlier stories that a new one is held against: about three months of days."""

SHORTEST = 4
STEM = 5


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
    texts = [vocabulary(one.prompt, *one.shots) for one in known]
    if not texts:
        return Nearness(0.0)
    # Of two sorted lists without repeats this is the share of words that both have (Dice).
    scorer = Indel.normalized_similarity
    _, score, index = process.extractOne(
        vocabulary(story.prompt, *story.shots), texts, scorer=scorer
    )
    similarity = round(score, 3)
    return Nearness(similarity, known[index].prompt if similarity >= TOO_CLOSE else None)


def vocabulary(*texts: str) -> list[str]:
    """The words of a story that carry it, sorted: each once, cut to its first letters.

    Without case, accents, punctuation, and letters of another form; a word's first five letters
    stand for all of its forms, and the shortest words say nothing.
    """
    spelled = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    plain = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    words = (word for word in re.findall(r"\w+", plain) if len(word) >= SHORTEST)
    return sorted({word[:STEM] for word in words})
