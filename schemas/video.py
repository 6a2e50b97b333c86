"""The top video: ordered from a provider in segments, each bought once."""

from pydantic import Field

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.story import Story


class FilmRequest(Frozen):
    """Asks how a provider would film a story."""

    key: AccountDay
    reel: str
    provider: str
    story: Story
    seconds: int
    anew: str = ""
    """The request for which it is filmed once more; empty the first time."""


class ClipOrder(Frozen):
    """One segment to buy: the provider, its words, its seconds."""

    key: AccountDay
    reel: str
    provider: str
    segment: int = Field(ge=0)
    prompt: str
    seconds: int
    take: int = 1
    """Raised for another purchase: after a job that failed, or when a person asked for one."""
    prompt_limit: int = 0
    """Characters that the provider takes; 0 in orders from before it was kept."""
    anew: str = ""
    """The person's request that it is bought for; empty for the first film of a day."""


class FilmPlan(Frozen):
    """The segments that together are at least as long as asked."""

    orders: tuple[ClipOrder, ...]


class ClipJob(Frozen):
    """A submitted order: durable before the first poll."""

    order: ClipOrder
    job_id: str
    filming_seconds: int | None = None
    """How long it may be filmed, its time in the provider's queue not counted."""


class FoundOrder(Frozen):
    """What reading the provider's list proved of an order with an unknown outcome."""

    job: ClipJob | None = None
    """The job that was bought; None when there is certainly none."""


class CancelledClip(Frozen):
    """What became of a job that nobody waits for any more."""

    cancelled: bool
    note: str = ""


class FilmedClip(Frozen):
    """One finished segment in the object store."""

    provider: str
    segment: int
    job_id: str
    object_key: str
    sha256: str
    bytes: int
    seconds: float


class TopVideo(Frozen):
    """The finished segments in order."""

    provider: str
    clips: tuple[FilmedClip, ...]
