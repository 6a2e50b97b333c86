"""The gate before every call that costs: what would pass a limit is not made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from activities.failures import failed
from db.database import Database
from db.failures import OverLimit
from db.usage import Limit, LimitName, UsageRow, UsageState
from runtime import metrics
from schemas.account import Account, AccountDay
from schemas.failures import FailureKind
from schemas.money import dollars


@dataclass(frozen=True)
class Limits:
    """What may be spent, in micro-dollars; None is no limit. A day and a month are of UTC."""

    day_micros: int | None = None
    """By all accounts together."""
    month_micros: int | None = None
    account_day_micros: int | None = None
    """By an account that has no daily budget of its own, in a day of its zone."""


@dataclass(frozen=True)
class Spending:
    """Counts calls before they are made, and refuses those that would pass a limit.

    A call counts on the day on which it was reserved: what it was expected to cost until its
    cost is known, and for good when its outcome stays unknown.
    """

    db: Database
    limits: Limits = Limits()
    now: Callable[[tzinfo], datetime] = datetime.now
    """The time of a zone."""

    async def reserve(  # noqa: PLR0913 - the columns of the ledger
        self,
        key: AccountDay,
        reel: str,
        *,
        service: str,
        operation: str,
        model: str,
        step: str,
        estimated_micros: int,
    ) -> UsageRow:
        """Count one call; `fresh` says whether the caller may make it.

        Again: the row that is there, whatever the budget is by now; after a release it is
        weighed anew. Of many at once no two get the last dollar. Raises OVER_BUDGET, naming
        the limit; nothing is reserved then.
        """
        account = await self.db.accounts.get(key.account)
        if account is None:
            raise failed(FailureKind.BAD_REQUEST, f"there is no account {key.account!r}")
        try:
            return await self.db.usage.reserve(
                reel,
                account=key.account,
                day=key.day,
                service=service,
                operation=operation,
                model=model,
                step=step,
                estimated_micros=estimated_micros,
                limits=self._limits_of(account),
            )
        except OverLimit as over:
            metrics.budget_refused(over.name)
            why = _why(over, account, f"{service}'s {operation}")
            raise failed(FailureKind.OVER_BUDGET, why) from None

    async def settle(
        self,
        row: UsageRow,
        cost_micros: int,
        *,
        units: dict[str, Any] | None = None,
        request_id: str | None = None,
        outcome: str = "ok",
    ) -> None:
        """Write down what a call cost; `outcome` is a word, not a message. As `Usage.settle`."""
        usage = self.db.usage
        if await usage.settle(
            row.id, cost_micros, units=units, request_id=request_id, outcome=outcome
        ):
            metrics.call_ended(row.service, row.operation, outcome, cost_micros)

    async def release(self, row: UsageRow, reason: str) -> None:
        """Free what was reserved for a call that was certainly not accepted."""
        if await self.db.usage.release(row.id, reason):
            metrics.call_ended(row.service, row.operation, UsageState.RELEASED)

    async def unknown(self, row: UsageRow) -> None:
        """Keep the cost counted of a call that may have been accepted."""
        if await self.db.usage.unknown(row.id):
            metrics.call_ended(row.service, row.operation, UsageState.UNKNOWN)

    async def why_not(self, account: Account, cost_micros: int) -> str | None:
        """Why the account may not spend this much now, in words; None when it may.

        Nothing is reserved: others may spend it meanwhile.
        """
        try:
            await self.db.usage.refuse_over(self._limits_of(account), cost_micros)
        except OverLimit as over:
            return _why(over, account, "a whole Reel")
        return None

    def _limits_of(self, account: Account) -> list[Limit]:
        whose, own = account.id, account.daily_budget_micros
        midnight, local = self._midnight(UTC), self._midnight(ZoneInfo(account.zone))
        own = self.limits.account_day_micros if own is None else own
        limits = (
            (LimitName.DAY, self.limits.day_micros, midnight, None),
            (LimitName.MONTH, self.limits.month_micros, midnight.replace(day=1), None),
            (LimitName.ACCOUNT_DAY, own, local, whose),
            (LimitName.ACCOUNT_MONTH, account.monthly_budget_micros, local.replace(day=1), whose),
        )
        return [
            Limit(name, micros, since, of)
            for name, micros, since, of in limits
            if micros is not None
        ]

    def _midnight(self, zone: tzinfo) -> datetime:
        """When the day of now began there."""
        return self.now(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _why(over: OverLimit, account: Account, what: str) -> str:
    name = {
        LimitName.DAY: "budget of the day",
        LimitName.MONTH: "budget of the month",
        LimitName.ACCOUNT_DAY: f"daily budget of {account.id}",
        LimitName.ACCOUNT_MONTH: f"monthly budget of {account.id}",
    }[LimitName(over.name)]
    return (
        f"the {name} is {dollars(over.limit_micros)}: {dollars(over.spent_micros)} are spent or "
        f"reserved, and {what} may cost {dollars(over.cost_micros)}"
    )
