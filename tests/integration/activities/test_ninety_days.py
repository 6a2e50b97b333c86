"""Three months with a Claude that repeats itself."""

import random
from datetime import timedelta

import pytest

from activities.novelty import TOO_CLOSE, vocabulary
from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import Query, Reply
from db.database import Database
from schemas.rewrites import given_up, objection
from schemas.story import KeepStory, SentBack, Story, StoryRequest
from simulators.choices import Choices
from simulators.claude_words import Script
from tests.factories import a_story
from tests.fakes import FakeClaude, a_reply
from tests.integration.activities.days import Day, a_day, run

DAYS = 90


class Forgetful(FakeClaude):
    """Retells one of its old stories two times out of five, with its sentences in other order."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)  # noqa: S311 - a test's own dice
        self.told: list[Story] = []

    async def ask(self, query: Query) -> Reply:
        assert query.prompt
        if self.told and self.chance.random() < 0.4:
            old = self.chance.choice(self.told)
            story = old.model_copy(update={"shots": old.shots[::-1], "prompt": old.prompt.upper()})
        else:
            script = Script(Choices(str(self.chance.random())))
            shots = (script.shot(0), script.shot(1))
            story = a_story(prompt=script.prompt(), shots=shots, visual_style=script.style)
            self.told.append(story)
        return a_reply(story.model_dump_json())


async def write_a_day(writing: WritingActivities, day: Day) -> tuple[Story | None, int]:
    """The story that the day films, None when it is parked; and how often it was sent back."""
    sent_back: tuple[SentBack, ...] = ()
    while given_up(sent_back) is None:
        request = StoryRequest(
            key=day.key,
            reel=day.reel,
            account=day.account,
            version=len(sent_back) + 1,
            sent_back=sent_back,
        )
        story = await run(writing.write_story, request)
        said = objection(story)
        if said is None:
            await run(writing.keep_story, KeepStory(key=day.key, reel=day.reel, story=story))
            return story, len(sent_back)
        sent_back = (*sent_back, said)
    return None, len(sent_back)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_two_stories_of_ninety_days_are_too_close(db: Database, seed: int) -> None:
    first = await a_day(db)
    writing = WritingActivities(Forgetful(seed), db, Spending(db), FakeClaude(), {"luma": 6000})
    kept: list[Story] = []
    sent_back = parked = 0
    for number in range(1, DAYS + 1):
        key = first.key.model_copy(update={"day": first.key.day + timedelta(days=number)})
        claimed = await db.reels.claim(key, f"run-{number}", "test")
        assert claimed is not None
        story, times = await write_a_day(writing, Day(first.account, key, claimed.id))
        sent_back, parked = sent_back + times, parked + (story is None)
        kept += [story] if story else []

    assert sent_back > DAYS / 5  # it did repeat itself
    assert 0 < parked < DAYS / 2
    words = [set(vocabulary(story.prompt, *story.shots)) for story in kept]
    nearest = max(
        2 * len(one & other) / (len(one) + len(other))
        for number, one in enumerate(words)
        for other in words[:number]
    )
    assert 0.2 < nearest < TOO_CLOSE
