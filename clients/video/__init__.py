"""Where the top video comes from. A provider is one module here and one table entry."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from schemas.failures import FailureKind


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do, as of the date of its module's sources."""

    durations: tuple[int, ...]
    """Seconds that one job may last, ascending."""
    aspects: tuple[str, ...]
    prompt_limit: int
    """Characters."""
    audio: bool
    lists_jobs: bool
    """Whether a submission with an unknown outcome can be looked up."""
    cancels: bool
    url_seconds: int
    """How long an output URL lives."""
    price_micros: dict[int, int]
    """Micro-dollars for a job, by its seconds."""
    model: str = ""
    """What films, as the ledger names it."""


class JobState(StrEnum):
    """Where a job stands, whatever words its provider has for it."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class JobStatus:
    """One look at a job."""

    job_id: str
    state: JobState
    url: str | None = None
    """Where the finished file is, for a while; never stored."""
    failure: FailureKind | None = None
    """JOB_FAILED, MODERATED, CREDIT_EXHAUSTED or BAD_REQUEST when FAILED."""
    reason: str | None = None
    charged: bool = True
    """Whether the provider keeps the money of a FAILED job."""


class VideoProvider(Protocol):
    """A service that films a prompt."""

    @property
    def name(self) -> str:
        """The word that accounts and the ledger use."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """The provider's table entry."""
        ...

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> str:
        """Buy one job and return its id. Costs money: never called twice for one order.

        `reference` names the order on the provider's side where it takes one.
        Raises Retryable when it was certainly not accepted, Refused when never will be,
        OutcomeUnknown when it may have been.
        """
        ...

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job. Raises Retryable, or Refused with NOT_FOUND."""
        ...
