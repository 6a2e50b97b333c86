"""The account-day as its workflow sees it: what goes in, where it stands, how it ended."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from schemas.account import Account, AccountDay, AccountId
from schemas.base import Frozen


class AccountDayInput(Frozen):
    """What starts an account-day."""

    account: AccountId
    day: date
    requested_by: str = "schedule"

    @property
    def key(self) -> AccountDay:
        """The account and date alone."""
        return AccountDay(account=self.account, day=self.day)


class Stage(StrEnum):
    """Where a day stands; the values of the search attribute `ReelStage`."""

    OPENING = "opening"
    WRITING = "writing"
    FILMING = "filming"
    COMPOSING = "composing"
    REVIEW = "review"
    PUBLISHING = "publishing"
    NEEDS_ATTENTION = "needs-attention"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a day ended."""

    PUBLISHED = "published"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


class OpenDay(Frozen):
    """Claims the day for one workflow execution."""

    key: AccountDay
    claim: str
    """The first run id of the execution: the same over resets, another for a second start."""
    requested_by: str


class OpenedDay(Frozen):
    """The day's account and its row, or why nothing is to be done."""

    reel: str = ""
    """Id of the row in `generated_reels`; empty when skipped."""
    account: Account | None = None
    skipped: str | None = None


class StageNote(Frozen):
    """Writes down where a day stands, for listings that don't ask Temporal."""

    key: AccountDay
    reel: str
    stage: Stage
    waiting_for: str | None = None


class FailureNote(Frozen):
    """Writes down a step that failed for good, before a person is asked."""

    key: AccountDay
    reel: str
    step: str
    kind: str
    message: str


class CloseDay(Frozen):
    """Writes down how the day ended and frees what it held."""

    key: AccountDay
    reel: str
    """Empty when the execution ended before it knew its row."""
    claim: str = ""
    """Under which the row is found then."""
    outcome: Outcome
    reason: str | None = None


class AccountDayResult(Frozen):
    """What the workflow returns."""

    outcome: Outcome
    reason: str | None = None
    revision: str | None = None
    media_id: str | None = None
    permalink: str | None = None
    cost_micros: int = 0


class ResolveAction(StrEnum):
    """What a person says about a parked step."""

    RETRY = "retry"
    SKIP = "skip"
    ABORT = "abort"


class Resolution(Frozen):
    """A person's answer to a parked step.

    The bare word is read too, so that `"retry"` typed into the Web UI is enough.
    """

    action: ResolveAction
    by: str = "web-ui"
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def bare_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the Web UI sends
        """Read `"retry"` as `{"action": "retry"}`."""
        return {"action": value} if isinstance(value, str) else value


class PublishNow(Frozen):
    """A person's word that a Reel is not to wait for its posting time."""

    by: str = "web-ui"


class StepState(StrEnum):
    """How one step of a day stands."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class StepProgress(Frozen):
    """One step of a day, for people to watch."""

    name: str
    state: StepState
    started_at: datetime
    ended_at: datetime | None = None
    detail: str = ""


class DayProgress(Frozen):
    """The answer of the query `progress`."""

    stage: Stage = Stage.OPENING
    waiting_since: datetime | None = None
    waiting_for: str | None = None
    """A sentence for a person: what the day waits for and what to do next."""
    revision: str | None = None
    steps: tuple[StepProgress, ...] = ()
    parked_step: str | None = None
    skippable: bool = False
    result: AccountDayResult | None = None


class Heartbeat(Frozen):
    """What a long activity tells while it works; `percent` is 0 to 100 or None."""

    percent: float | None = Field(None, ge=0, le=100)
    frames_per_second: float | None = Field(None, ge=0)
    """How many pictures a second are being composed."""
    note: str = ""
    job_id: str | None = None
    polls: int = 0
    filmed_seconds: float = 0.0
    """How long a job has been filmed, its time in the provider's queue not counted."""


class DayLine(Frozen):
    """One day in a list: where it stands and since when."""

    key: AccountDay
    stage: Stage
    since: datetime
    waiting_for: str | None = None
    revision: str | None = None
    variants: tuple[str, ...] = ()
    """The letters of the captions that wait for a person's choice."""
    outcome: Outcome | None = None
    reason: str | None = None
    permalink: str | None = None
