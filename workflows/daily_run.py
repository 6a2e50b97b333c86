"""The daily run: starts the account-days of one start time and zone, then sums them up."""

import asyncio

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.run import RunActivities
    from schemas.account import AccountDay as Key
    from schemas.daily_run import (
        AccountRun,
        DailyRunInput,
        PlanRunRequest,
        Produced,
        RunPlan,
        RunSummary,
    )
    from schemas.day import AccountDayInput
    from workflows import sla
    from workflows.account_day import AccountDay
    from workflows.journal import ACCOUNT_ID

NOMINAL_TIME = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""What the schedule meant, not when the run really began."""


@workflow.defn(name="DailyRun")
class DailyRun:
    """Fans out account-days, a few at a time, and outlives none of them."""

    @workflow.init
    def __init__(self, start: DailyRunInput) -> None:
        """No account has reported yet."""
        self._slots = asyncio.Semaphore(start.max_concurrent_accounts)
        self._reports: dict[str, Produced] = {}

    @workflow.run
    async def run(self, start: DailyRunInput) -> RunSummary:
        """Start every account's day, wait for each to reach review, sum up."""
        started_at = workflow.now()
        plan = await self._plan(start)
        accounts = await asyncio.gather(*(self._produce(plan, one) for one in plan.accounts))
        summary = RunSummary(
            run=start,
            day=plan.day,
            run_id=workflow.info().run_id,
            started_at=started_at,
            ended_at=workflow.now(),
            accounts=tuple(accounts),
        )
        await self._sum_up(summary)
        return summary

    async def _plan(self, start: DailyRunInput) -> RunPlan:
        nominal = workflow.info().typed_search_attributes.get(NOMINAL_TIME) or workflow.now()
        return await workflow.execute_activity_method(
            RunActivities.plan_run,
            PlanRunRequest(run=start, nominal_time=nominal),
            **sla.told(sla.DATABASE, "plan the run"),
        )

    async def _produce(self, plan: RunPlan, account: str) -> AccountRun:
        async with self._slots:
            report = await self._start_and_wait(Key(account=account, day=plan.day))
        workflow.logger.info(
            "account.produced", extra={"account": account, "status": report.status}
        )
        return report

    async def _start_and_wait(self, key: Key) -> AccountRun:
        try:
            await workflow.start_child_workflow(
                AccountDay.run,
                AccountDayInput(account=key.account, day=key.day),
                id=key.workflow_id,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=f"{key.account}, {key.day}",
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(ACCOUNT_ID, key.account)]
                ),
            )
        except WorkflowAlreadyStartedError:
            return AccountRun(account=key.account, status="duplicate", reason="already started")
        try:
            await workflow.wait_condition(
                lambda: key.account in self._reports,
                timeout=sla.TIMEOUT_PER_ACCOUNT,
                timeout_summary=f"{key.account} has to reach review",
            )
        except TimeoutError:
            return AccountRun(account=key.account, status="late", reason="no review in time")
        report = self._reports[key.account]
        return AccountRun(account=key.account, status=report.status, reason=report.reason)

    async def _sum_up(self, summary: RunSummary) -> None:
        await workflow.execute_activity_method(
            RunActivities.save_summary, summary, **sla.told(sla.CLOSE, "save the summary")
        )
        try:
            await workflow.execute_activity_method(
                RunActivities.send_summary, summary, **sla.told(sla.NOTIFY, "send the summary")
            )
        except ActivityError as error:
            # It is stored: a channel that is down does not fail the run.
            workflow.logger.error("summary.not_sent", extra={"reason": str(error.cause)})

    @workflow.signal(description="An account-day no longer produces.")
    def produced(self, report: Produced) -> None:
        """Free the account's slot."""
        self._reports.setdefault(report.account, report)
