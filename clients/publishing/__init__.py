"""Where a Reel is published. A platform is one module here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from schemas.failures import FailureKind


class ContainerState(StrEnum):
    """Instagram's `status_code`."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    PUBLISHED = "PUBLISHED"


@dataclass(frozen=True)
class ContainerStatus:
    """One look at a container."""

    state: ContainerState
    detail: str = ""
    failure: FailureKind | None = None
    """With ERROR: what kind, by the subcode in the platform's words."""


@dataclass(frozen=True)
class PublishedMedia:
    """A post that is out."""

    media_id: str
    caption: str
    permalink: str | None
    published_at: datetime


@dataclass(frozen=True)
class Quota:
    """How many posts a platform lets an account have, as it says itself."""

    used: int
    total: int
    seconds: float
    """The window that both count, which rolls: a post leaves it so long after it went out."""


class Publisher(Protocol):
    """A platform that takes a video in two steps: prepare, then commit."""

    async def quota(self, *, user_id: str, token: str) -> Quota:
        """Read how many posts the account may still have. Raises Retryable or Refused."""
        ...

    async def prepare(
        self, *, user_id: str, token: str, video_url: str, caption: str, share_to_feed: bool
    ) -> str:
        """Create an unpublished container and return its id. Repeatable: unused ones expire."""
        ...

    async def container_status(self, *, container_id: str, token: str) -> ContainerStatus:
        """Read where a container stands. Raises Retryable or Refused; reads prove nothing then."""
        ...

    async def commit(self, *, user_id: str, container_id: str, token: str) -> str:
        """Publish, and return the media id. Never sent twice without a reading in between.

        Raises Refused only for answers that prove that nothing was published, and
        OutcomeUnknown for all others.
        """
        ...

    async def recent_media(self, *, user_id: str, token: str) -> tuple[PublishedMedia, ...]:
        """The newest posts, newest first; for matching a post whose id was lost."""
        ...

    async def permalink(self, *, media_id: str, token: str) -> str | None:
        """The public address of a post, None when the platform gives none."""
        ...
