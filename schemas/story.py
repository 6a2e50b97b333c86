"""The story that a day films."""

from pydantic import Field

from schemas.account import Account, AccountDay
from schemas.base import Frozen


class StoryRequest(Frozen):
    """Asks for one new story."""

    key: AccountDay
    reel: str
    account: Account


class Story(Frozen):
    """What Claude wrote: the source document's object (2.3) and one prompt for each shot."""

    prompt: str = Field(min_length=1, max_length=2000)
    visual_style: str = Field(max_length=500)
    duration_hint: int = Field(ge=3, le=90)
    """Seconds."""
    story_category: str = Field(max_length=80)
    shots: tuple[str, ...] = Field(min_length=1, max_length=10)
