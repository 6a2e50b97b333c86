"""Digests: every quarter of an hour, a letter to each person whose hour has come."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.digests import DigestActivities
    from schemas.digest import Digest, DigestOutcome, DigestResult, DigestResults, DigestRun
    from workflows import sla


@workflow.defn(name="Digests")
class Digests:
    """Sends the digests that are due, a few at once. One that fails holds up no other."""

    def __init__(self) -> None:
        """A mail server that answers slowly is not asked by everybody at once."""
        self._slots = asyncio.Semaphore(sla.DIGESTS_AT_ONCE)

    @workflow.run
    async def run(self, start: DigestRun) -> DigestResults:
        """Plan, and send each; what could not be sent is due again in the next run."""
        plan = await workflow.execute_activity_method(
            DigestActivities.plan_digests, start, **sla.told(sla.DATABASE, "plan the digests")
        )
        done = await asyncio.gather(*(self._send(digest) for digest in plan.digests))
        return DigestResults(digests=tuple(done))

    async def _send(self, digest: Digest) -> DigestResult:
        async with self._slots:
            try:
                return await workflow.execute_activity_method(
                    DigestActivities.send_digest,
                    digest,
                    **sla.told(sla.DIGEST, f"write to {digest.person}"),
                )
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                why = str(error.cause)
                workflow.logger.error("digest.not_sent", extra={"reason": why})
                return DigestResult(digest=digest, outcome=DigestOutcome.FAILED, detail=why)
