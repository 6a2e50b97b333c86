"""The daily run's own steps: whose day it is, and what is kept and told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from temporalio import activity

from activities.channels import tell_all
from clients.review import ReviewChannel
from db.database import Database
from schemas.daily_run import AccountRun, PlanRunRequest, RunPlan, RunSummary


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
        """Tell every channel how the run went. Again: only those that were not reached.

        Raises what a channel raised, after all of them were tried.
        """
        title = f"Daily run {summary.day}, {summary.run.start_time} {summary.run.zone}"
        await tell_all(self.channels, title=title, text=_lines(summary))


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
