"""The words of a day, written by Claude: what each step costs it costs once."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities import captions, critique, rewording, storytelling, trends
from activities.spending import Spending
from clients.claude import Claude
from db.database import Database
from schemas.reel import CaptionRequest, Captions
from schemas.story import (
    Critique,
    CritiqueRequest,
    KeepStory,
    Reworded,
    RewordRequest,
    Story,
    StoryRequest,
    Trends,
    TrendsRequest,
)


@dataclass(frozen=True)
class WritingActivities:
    """What Claude writes for a day, and what a second model thinks of it.

    Every method that asks raises REFUSED, TRUNCATED or INVALID_OUTPUT for an answer that can't
    be used: it is paid for all the same.
    """

    claude: Claude
    db: Database
    spending: Spending
    critic: Claude
    """A cheap model: its word costs a small part of what a story does."""
    prompt_limits: Mapping[str, int]
    """Characters that each video provider takes for one job."""

    @activity.defn
    async def find_trends(self, request: TrendsRequest) -> Trends:
        """What is talked about just now; without content when the search brought nothing.

        Again, and for every account with this theme and language on that day: what was found
        first, without paying; a search that brought nothing is made again.
        """
        return await trends.find(self.claude, self.spending, request)

    @activity.defn
    async def write_story(self, request: StoryRequest) -> Story:
        """One version of the day's story, with a prompt for each shot.

        Again: the version that was stored, without paying.
        """
        return await storytelling.write(self.claude, self.spending, self.prompt_limits, request)

    @activity.defn
    async def judge_story(self, request: CritiqueRequest) -> Critique:
        """Ask the critic about one version. Again: its first word, without paying."""
        return await critique.judge(self.critic, self.spending, request)

    @activity.defn
    async def keep_story(self, request: KeepStory) -> None:
        """Make a version the one that is filmed. Again: changes nothing. Raises UnknownReel."""
        await self.db.reels.save_story(request.reel, request.story)

    @activity.defn
    async def write_caption(self, request: CaptionRequest) -> Captions:
        """Two captions with different hooks, the leading one first.

        Again: the captions that were stored for this version of the story, without paying.
        """
        return await captions.write(self.claude, self.spending, request)

    @activity.defn
    async def reword_shot(self, request: RewordRequest) -> Reworded:
        """The same shot in words that a provider's moderation may let pass.

        Again, for the same segment and the same refused words: what was stored, without paying.
        """
        return await rewording.reword(self.claude, self.spending, request)
