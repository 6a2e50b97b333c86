"""Orders that are not answered, and jobs that nobody waits for any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

from activities.clips import provider_of, row_of, step_of
from activities.failures import failed
from activities.heartbeats import rest
from clients.video import CancelsJobs, JobState, ListsJobs, VideoProvider
from db.database import Database
from db.failures import UsageConflict
from db.usage import UsageRow, UsageState
from schemas.day import Heartbeat
from schemas.failures import FailureKind
from schemas.video import CancelledClip, ClipJob, ClipOrder, FoundOrder


@dataclass(frozen=True)
class OrderActivities:
    """Finds out what became of orders, and stops jobs."""

    providers: Mapping[str, VideoProvider]
    db: Database
    poll_seconds: float

    @activity.defn
    async def find_order(self, order: ClipOrder) -> FoundOrder:
        """Read in the provider's list what became of an order that was not answered.

        A job that is found is kept in the ledger. None is certain only when the order had time
        to be listed; its cost is free again then. Again: the same. Raises OUTCOME_UNKNOWN for
        a provider that has no list, and what keeps the list from being read.
        """
        provider = provider_of(self.providers, order.provider)
        row = await self.db.usage.by_step(order.reel, step_of(order))
        if row is None or row.state is UsageState.RELEASED:
            return FoundOrder()
        if row.job_id is not None:
            return FoundOrder(job=ClipJob(order=order, job_id=row.job_id))
        if not isinstance(provider, ListsJobs):
            raise failed(
                FailureKind.OUTCOME_UNKNOWN,
                f"{order.provider} has no list of jobs: look at its console",
            )
        while True:
            age = (datetime.now(UTC) - row.reserved_at).total_seconds()
            if found := await self._listed(order, row, provider):
                return FoundOrder(job=found)
            if age >= provider.capabilities.list_lag_seconds:
                await self.db.usage.release(row.id, "the provider's list does not have it")
                return FoundOrder()
            await rest(self.poll_seconds, Heartbeat(note="not in the provider's list yet"))

    @activity.defn
    async def cancel_clip(self, job: ClipJob) -> CancelledClip:
        """Tell the provider that nobody waits for a job, where it can be told.

        Its cost stays counted unless the provider itself says another one: a look that found it
        in the queue is no promise (Runway's documentation of DELETE says so). Again: the
        provider is told again, which changes nothing.
        """
        provider = provider_of(self.providers, job.order.provider)
        row = await row_of(self.db.usage, job)
        if row.state is UsageState.SETTLED:
            return CancelledClip(cancelled=False, note="it had ended")
        if not isinstance(provider, CancelsJobs):
            return CancelledClip(cancelled=False, note=f"{job.order.provider} can't be told")
        status = await provider.status(job.job_id)
        if status.state in {JobState.COMPLETED, JobState.FAILED}:
            return CancelledClip(cancelled=False, note="it had ended")
        return CancelledClip(cancelled=await provider.cancel(job.job_id))

    async def _listed(self, order: ClipOrder, row: UsageRow, provider: ListsJobs) -> ClipJob | None:
        """The order's job, if the list has one that no other row of the ledger holds."""
        listed = await provider.find(
            prompt=order.prompt, seconds=order.seconds, since=row.reserved_at
        )
        for job_id in listed:
            try:
                await self.db.usage.submitted(row.id, job_id)
            except UsageConflict:
                continue  # the same words, bought as another segment or take
            return ClipJob(order=order, job_id=job_id)
        return None
