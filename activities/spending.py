"""The gate before every call that costs: what would pass a limit is not made."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from activities.failures import failed
from db.database import Database
from db.failures import OverLimit
from db.usage import Limit, UsageRow
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
            raise failed(FailureKind.OVER_BUDGET, _why(over, f"{service}'s {operation}")) from None

    async def why_not(self, account: Account, cost_micros: int) -> str | None:
        """Why the account may not spend this much now, in words; None when it may.

        Nothing is reserved: others may spend it meanwhile.
        """
        try:
            await self.db.usage.refuse_over(self._limits_of(account), cost_micros)
        except OverLimit as over:
            return _why(over, "a whole Reel")
        return None

    def _limits_of(self, account: Account) -> list[Limit]:
        own, zone, whose = account.daily_budget_micros, ZoneInfo(account.zone), account.id
        limits = (
            ("budget of the day", self.limits.day_micros, _midnight(UTC), None),
            ("budget of the month", self.limits.month_micros, _first(UTC), None),
            (
                f"daily budget of {whose}",
                self.limits.account_day_micros if own is None else own,
                _midnight(zone),
                whose,
            ),
            (f"monthly budget of {whose}", account.monthly_budget_micros, _first(zone), whose),
        )
        return [
            Limit(name, micros, since, of)
            for name, micros, since, of in limits
            if micros is not None
        ]


def _why(over: OverLimit, what: str) -> str:
    return (
        f"the {over.name} is {dollars(over.limit_micros)}: {dollars(over.spent_micros)} are spent "
        f"or reserved, and {what} may cost {dollars(over.cost_micros)}"
    )


def _midnight(zone: tzinfo) -> datetime:
    """When the day of now began there."""
    return datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _first(zone: tzinfo) -> datetime:
    """When the month of now began there."""
    return _midnight(zone).replace(day=1)
