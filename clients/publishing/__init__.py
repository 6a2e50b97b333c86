"""Where a Reel is published. A platform is one module here.

Six steps fit all of them: see whether the job can be taken at all (`preflight`), make something
that outlives a crash (`prepare`), bring the bytes (`transfer`), look (`poll`), publish (`commit`),
and read what is true (`reconcile`). What differs is said by `Capabilities`.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from schemas.failures import FailureKind


@dataclass(frozen=True)
class Credentials:
    """In whose name a platform is called."""

    user_id: str
    token: str = field(repr=False)
    reading: str | None = field(default=None, repr=False)
    """Another token that reads, and that nothing is ever published with."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform takes, and what it leaves to us."""

    needs_public_url: bool
    """It fetches the video from an address of ours; else the bytes are brought to it."""
    separate_commit: bool
    """Nothing is out before `commit`; else the last byte of `transfer` publishes."""
    native_schedule: bool
    """It can be told when to publish."""
    handle_life: timedelta
    """How long what was prepared can be published."""
    posts_a_day: int
    """In 24 rolling hours, where `quota` names no other number."""
    handles_a_day: int
    """How often `prepare` may be called in 24 rolling hours."""
    caption_limit: int
    hashtags: int
    mentions: int
    collaborators: int
    """The most that one post may have; 0: none here."""
    locations: bool
    comment_limit: int
    """Characters of a first comment; 0: none here."""
    largest_bytes: int
    shortest_seconds: float
    longest_seconds: float


@dataclass(frozen=True)
class Job:
    """What is to be published, and how."""

    caption: str
    bytes: int
    seconds: float
    share_to_feed: bool = True
    cover_seconds: float | None = None
    """Where in the video its cover lies; None leaves the choice to the platform."""
    collaborators: tuple[str, ...] = ()
    location_id: str | None = None
    ai_label: bool = True
    first_comment: str = ""


@dataclass(frozen=True)
class Violation:
    """A rule that a job breaks: no other try of the same job helps."""

    rule: str
    """The rule's name."""
    sentence: str
    kind: FailureKind = FailureKind.BAD_REQUEST
    """VIDEO_REFUSED where a shorter or smaller file would be taken."""


class Video(Protocol):
    """The file that is published, wherever it lies; its bytes never change."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    async def address(self) -> str:
        """Where a platform may fetch it for a while. A secret."""
        ...

    def read(self, offset: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` to the end, in chunks. Raises Retryable or Refused."""
        ...


@dataclass(frozen=True)
class Handle:
    """What was prepared and is not out: kept before the next step, so that a crash finds it."""

    id: str
    upload_uri: str | None = None
    """Where the bytes are brought; None when the platform fetches them itself."""


class State(StrEnum):
    """Where a handle stands."""

    PENDING = "pending"
    """It waits for bytes, or is worked on."""
    READY = "ready"
    """It can be published, and is not."""
    LIVE = "live"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Look:
    """One look at a handle."""

    state: State
    detail: str = ""
    failure: FailureKind | None = None
    """With FAILED: what kind, by the platform's own words."""
    bytes_taken: int | None = None
    """How much of an upload the platform confirms; None when it doesn't say."""


@dataclass(frozen=True)
class PublishedMedia:
    """A post that is out."""

    media_id: str
    caption: str
    permalink: str | None
    published_at: datetime


class Proof(StrEnum):
    """What reading proved."""

    LIVE = "live"
    ABSENT = "absent"
    """Not out, and the handle can still be published."""
    GONE = "gone"
    """Not out, and the handle never will be."""
    UNKNOWN = "unknown"
    """Not yet: another reading may."""


@dataclass(frozen=True)
class Truth:
    """What is true of a handle, as far as it could be read."""

    proof: Proof
    post: PublishedMedia | None = None
    """With LIVE: the post, when it could be told from all others for certain."""
    detail: str = ""


@dataclass(frozen=True)
class Comment:
    """What stands under a post."""

    id: str
    text: str


@dataclass(frozen=True)
class Quota:
    """How many posts a platform lets an account have, as it says itself."""

    used: int
    total: int
    seconds: float
    """The window that both count, which rolls: a post leaves it so long after it went out."""


Progress = Callable[[int], None]
"""Told how many bytes of the whole have left."""


class Publisher(Protocol):
    """A platform. Reads raise Retryable or Refused, and prove nothing then."""

    @property
    def capabilities(self) -> Capabilities:
        """What it takes."""
        ...

    def preflight(self, job: Job) -> tuple[Violation, ...]:
        """Every rule that a job breaks, found without asking anybody."""
        ...

    async def quota(self, who: Credentials) -> Quota:
        """Read how many posts the account may still have."""
        ...

    async def prepare(self, who: Credentials, job: Job, video: Video) -> Handle:
        """Make an unpublished handle. Repeatable: one that isn't used expires."""
        ...

    async def transfer(
        self, who: Credentials, handle: Handle, video: Video, offset: int, progress: Progress
    ) -> int:
        """Bring the bytes from the confirmed `offset` on; return how many are confirmed.

        Raises Retryable or OutcomeUnknown when only `poll` can tell how many arrived.
        """
        ...

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        """Read where a handle stands."""
        ...

    async def commit(self, who: Credentials, handle: Handle) -> str:
        """Publish, and return the media id. Never sent twice without a reading in between.

        Raises Refused or Retryable only for answers that prove that nothing was published,
        and OutcomeUnknown for all others.
        """
        ...

    async def reconcile(self, who: Credentials, handle: Handle, job: Job, since: datetime) -> Truth:
        """Read whether a handle is out; `since` is when it can have been published first."""
        ...

    async def permalink(self, who: Credentials, media_id: str) -> str | None:
        """Read the public address of a post, None when the platform gives none."""
        ...

    async def comment(self, who: Credentials, media_id: str, text: str) -> str:
        """Write under a post, and return the comment's id. Raises as `commit` does."""
        ...

    async def comments(self, who: Credentials, media_id: str) -> tuple[Comment, ...]:
        """Read all that stands under a post."""
        ...

    async def aclose(self) -> None:
        """Close what is still open."""
        ...
