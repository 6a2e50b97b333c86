"""The daily run: which accounts, how they did."""

from datetime import date, datetime

from pydantic import Field

from schemas.account import AccountId, StartTime
from schemas.base import Frozen


class DailyRunInput(Frozen):
    """One start time in one zone: a Schedule's worth of accounts."""

    start_time: StartTime
    zone: str
    max_concurrent_accounts: int = Field(3, ge=1, le=1000)
    """How many may produce at once; one that waits for its review does not count."""


class PlanRunRequest(Frozen):
    """Asks for the accounts of a run by the schedule's nominal time (UTC)."""

    run: DailyRunInput
    nominal_time: datetime


class RunPlan(Frozen):
    """The local date and its accounts."""

    day: date
    accounts: tuple[AccountId, ...]


class AccountRun(Frozen):
    """How one account did within its time to reach review."""

    account: AccountId
    status: str
    """The outcome, `review`, `approved` automatically, `duplicate`, `needs-attention` or `late`."""
    reason: str | None = None


class RunSummary(Frozen):
    """What is stored and sent when a run is through."""

    run: DailyRunInput
    day: date
    run_id: str
    started_at: datetime
    ended_at: datetime
    accounts: tuple[AccountRun, ...]


class Produced(Frozen):
    """The signal from a day to its run: it no longer produces."""

    account: AccountId
    status: str
    reason: str | None = None
