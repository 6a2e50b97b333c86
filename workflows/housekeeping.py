"""Housekeeping: once a day, what all accounts need together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.secret_ages import SecretActivities
    from activities.tokens import TokenActivities
    from schemas.housekeeping import (
        HousekeepingInput,
        HousekeepingResult,
        Renewal,
        RenewalOutcome,
        RenewalRequest,
        Renewals,
        Told,
    )
    from workflows import sla


@workflow.defn(name="Housekeeping")
class Housekeeping:
    """Renews tokens, warns of those that end, reminds of secrets. One trouble stops no other."""

    @workflow.init
    def __init__(self, start: HousekeepingInput) -> None:
        """A few tokens are renewed at once, so that one that hangs holds up no other."""
        self._start = start
        self._slots = asyncio.Semaphore(sla.RENEWALS_AT_ONCE)
        self._lines: list[str] = []

    @workflow.run
    async def run(self, start: HousekeepingInput) -> HousekeepingResult:
        """Renew what is due, tell what a person has to know."""
        renewals = await self._renew_all(start)
        return HousekeepingResult(
            renewals=renewals,
            warned=await self._told("warn of ends", TokenActivities.warn_of_ends),
            reminded=await self._told("remind of secrets", SecretActivities.remind_of_secrets),
        )

    async def _renew_all(self, start: HousekeepingInput) -> Renewals:
        plan = await workflow.execute_activity_method(
            TokenActivities.plan_renewals, start, **sla.told(sla.DATABASE, "plan the renewals")
        )
        done = await asyncio.gather(*(self._renew(account) for account in plan.accounts))
        renewals = Renewals(accounts=tuple(done))
        if renewals.of(RenewalOutcome.PAUSED):
            await self._attempt("tell of the paused", TokenActivities.tell_of_renewals, renewals)
        return renewals

    async def _renew(self, account: str) -> Renewal:
        async with self._slots:
            try:
                renewal = await workflow.execute_activity_method(
                    TokenActivities.renew_token,
                    RenewalRequest(account=account),
                    **sla.told(sla.TOKEN_RENEWAL, f"renew the token of {account}"),
                )
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                renewal = Renewal(
                    account=account, outcome=RenewalOutcome.FAILED, detail=str(error.cause)
                )
                workflow.logger.error("token.not_renewed", extra={"reason": renewal.detail})
        self._show(f"{account}: {renewal.outcome.value} {renewal.detail}".rstrip())
        return renewal

    async def _told(
        self, step: str, method: Callable[[Any, HousekeepingInput], Awaitable[Told]]
    ) -> Told | None:
        return await self._attempt(step, method, self._start)

    async def _attempt(
        self, step: str, method: Callable[[Any, Any], Awaitable[Told]], argument: object
    ) -> Told | None:
        """Run a step that others do not need. None when it failed for good."""
        try:
            told = await workflow.execute_activity_method(
                method, argument, **sla.told(sla.NOTIFY, step)
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self._show(f"{step}: failed ({error.cause})")
            workflow.logger.error("step.failed", extra={"step": step, "reason": str(error.cause)})
            return None
        self._show(f"{step}: {', '.join(told.names) or 'nobody and nothing'}")
        return told

    def _show(self, line: str) -> None:
        self._lines.append(f"- {line}")
        workflow.set_current_details("\n".join(self._lines))
