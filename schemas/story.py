"""The story that a day films."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from schemas.account import Account, AccountDay
from schemas.anew import Anew
from schemas.base import Frozen
from schemas.composition import HOOK_LIMIT


class TrendsRequest(Frozen):
    """Asks what is talked about just now, for an account that wants to know."""

    key: AccountDay
    reel: str
    account: Account


class Trends(Frozen):
    """What a web search found: data for the story and the caption, never instruction."""

    as_of: date
    topics: tuple[str, ...] = Field((), max_length=10)
    hashtags: tuple[str, ...] = Field((), max_length=10)
    """Each with its `#`; the caption may use those that fit."""


class Critic(StrEnum):
    """Who sent a story back."""

    NOVELTY = "novelty"
    CRITIC = "critic"
    REVIEWER = "reviewer"
    """A person, once it was filmed."""


class SentBack(Frozen):
    """One earlier version of today's story, and why it must be written anew."""

    by: Critic
    prompt: str
    """The version that was sent back, so that the next one is not it again."""
    reason: str


class StoryRequest(Frozen):
    """Asks for one new story."""

    key: AccountDay
    reel: str
    account: Account
    version: int = Field(1, ge=1)
    """Raised each time the story is sent back; a version is written and paid for once."""
    trends: Trends | None = None
    sent_back: tuple[SentBack, ...] = ()


class Story(Frozen):
    """What Claude wrote: the source document's object (2.3) and one prompt for each shot."""

    prompt: str = Field(min_length=1, max_length=2000)
    visual_style: str = Field(max_length=500)
    duration_hint: int = Field(ge=3, le=90)
    """Seconds."""
    story_category: str = Field(max_length=80)
    shots: tuple[str, ...] = Field(min_length=1, max_length=10)
    hook_text: str = Field("", max_length=HOOK_LIMIT)
    """What stands on the picture in the first seconds, in the account's language."""
    version: int = 1
    too_close_to: str | None = None
    """The prompt of the account's earlier story that this one repeats; None for a new one."""
    similarity: float = 0.0
    """To the nearest earlier story of the account, 0 to 1: see activities/novelty.py."""


class CritiqueRequest(Frozen):
    """Asks the critic about one version, before any money is spent on filming it."""

    key: AccountDay
    reel: str
    account: Account
    story: Story


class Critique(Frozen):
    """What the critic said of one version."""

    version: int
    hooks: bool
    """The first second holds the viewer."""
    filmable: bool
    on_theme: bool
    safe: bool
    reason: str = Field("", max_length=1000)

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against filming it."""
        return self.hooks and self.filmable and self.on_theme and self.safe


class KeepStory(Frozen):
    """Makes a version the story of its Reel."""

    key: AccountDay
    reel: str
    story: Story


class RewordRequest(Frozen):
    """Asks for other words for one shot that a provider's moderation refused."""

    key: AccountDay
    reel: str
    account: Account
    segment: int
    prompt: str
    limit: int
    """Characters that the provider takes."""
    reason: str
    anew: Anew | None = None
    """A person's wish, where nothing was refused."""


class Reworded(Frozen):
    """The same shot in other words."""

    prompt: str
