"""The daily run's own steps: whose day it is, and what is kept and told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import structlog
from temporalio import activity

from activities.channels import tell_all
from clients.review import ReviewChannel
from db.database import Database
from schemas.daily_run import AccountRun, PlanRunRequest, RunPlan, RunSummary
from schemas.supply import short_of

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class RunActivities:
    """What a daily run does outside of Temporal."""

    db: Database
    channels: Sequence[ReviewChannel]

    @activity.defn
    async def plan_run(self, request: PlanRunRequest) -> RunPlan:
        """The date on the run's own calendar and the accounts that start then.

        Again: the accounts that are active by then.
        """
        run = request.run
        accounts = await self.db.accounts.active_at(run.start_time, run.zone)
        return RunPlan(day=local_day(request.nominal_time, run.zone), accounts=accounts)

    @activity.defn
    async def save_summary(self, summary: RunSummary) -> None:
        """Keep how the run went. Again: changes nothing."""
        await self.db.runs.save(summary)

    @activity.defn
    async def send_summary(self, summary: RunSummary) -> None:
        """Tell every channel how the run went, and who soon sees old gameplay again.

        Again: only the channels that were not reached. Raises what a channel raised, after
        all of them were tried.
        """
        title = f"Daily run {summary.day}, {summary.run.start_time} {summary.run.zone}"
        lines = [_lines(summary), *await self._nearly_dry()]
        await tell_all(self.channels, title=title, text="\n".join(lines))

    async def _nearly_dry(self) -> list[str]:
        """A line about the accounts for which the gameplay pool lasts no two weeks."""
        short = [one for one in await self.db.supply.left() if one.nearly_dry]
        for one in short:
            log.warning("gameplay.nearly_dry", account=one.account, days=one.days)
        advice = "import more with `admin.py gameplay import`"
        return [f"{short_of(short)}: {advice}"] if short else []


def local_day(nominal: datetime, zone: str) -> date:
    """The date that a moment has in a zone; a moment without a zone is UTC."""
    moment = nominal if nominal.tzinfo else nominal.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone)).date()


def _lines(summary: RunSummary) -> str:
    if not summary.accounts:
        return "No active account starts at this time."
    return "\n".join(map(_line, summary.accounts))


def _line(account: AccountRun) -> str:
    reason = f" ({account.reason})" if account.reason else ""
    return f"{account.account}: {account.status}{reason}"
