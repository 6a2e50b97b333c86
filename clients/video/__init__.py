"""Where the top video comes from. A provider is one module here and one table entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from schemas.failures import FailureKind


class PromptUnit(StrEnum):
    """What a provider counts a prompt in."""

    CHARACTER = "characters"
    UTF16 = "UTF-16 units"
    """As JavaScript counts: most emoji are two."""


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do, as of the date of its module's sources."""

    durations: tuple[int, ...]
    """Seconds that one job may last, ascending."""
    aspects: tuple[str, ...]
    prompt_limit: int
    """In `prompt_unit`, which is characters for most."""
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
    extends: bool = False
    """Whether a job can go on where another ended."""
    as_of: date | None = None
    """When prices and limits were last held against the provider's pages."""
    prompt_unit: PromptUnit = PromptUnit.CHARACTER
    list_lag_seconds: int = 0
    """How long a job that was bought may be missing from the list: an empty answer proves
    nothing before."""

    def prompt_length(self, text: str) -> int:
        """How long a text is to the provider, to be held against `prompt_limit`."""
        if self.prompt_unit is PromptUnit.UTF16:
            return sum(_utf16_units(character) for character in text)
        return len(text)

    def prompt_room(self, text: str) -> int:
        """How many characters of a text the provider takes, all of them when it fits."""
        used = 0
        for count, character in enumerate(text):
            used += self.prompt_length(character)
            if used > self.prompt_limit:
                return count
        return len(text)


def _utf16_units(character: str) -> int:
    return 1 if ord(character) <= 0xFFFF else 2  # noqa: PLR2004 - the end of the first plane


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
    cost_micros: int | None = None
    """What the provider says that a job which has ended cost; None leaves it to the table."""


@dataclass(frozen=True)
class Ordered:
    """An accepted order."""

    job_id: str
    """All that is needed to find the job again, and nothing secret."""
    estimated_micros: int | None = None
    """What the provider says that it will cost; None leaves it to the table."""


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

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:
        """Buy one job. Costs money: never called twice for one order.

        `reference` names the order on the provider's side where it takes one.
        Raises Retryable when it was certainly not accepted, Refused when never will be,
        OutcomeUnknown when it may have been.
        """
        ...

    async def status(self, job_id: str) -> JobStatus:
        """Look at a job. Raises Retryable, or Refused with NOT_FOUND."""
        ...


@runtime_checkable
class ListsJobs(Protocol):
    """A provider that can be asked for the jobs it has: `capabilities.lists_jobs`."""

    async def find(self, *, prompt: str, seconds: int, since: datetime) -> Sequence[str]:
        """Ids of jobs in the provider's list, ordered since then with these very words.

        Raises Retryable or Refused when the list can't be read to its end: nothing is proven
        then.
        """
        ...


@runtime_checkable
class ChecksKey(Protocol):
    """A provider that says something about the account without being paid for it."""

    async def check(self) -> str:
        """What the account has, in a few words. Raises Retryable or Refused."""
        ...


@runtime_checkable
class CancelsJobs(Protocol):
    """A provider that stops a job when it is told to: `capabilities.cancels`."""

    async def cancel(self, job_id: str) -> bool:
        """Stop a job that nobody waits for; whether the provider took it.

        What it cost all the same, `status` or the table says. Raises Retryable or Refused.
        """
        ...
