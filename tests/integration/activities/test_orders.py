"""Orders with an unknown outcome, and jobs that nobody waits for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from temporalio.exceptions import ApplicationError

from activities.orders import OrderActivities
from clients.errors import OutcomeUnknown, Retryable
from clients.video import JobState, JobStatus
from db.database import Database
from schemas.failures import FailureKind
from schemas.video import ClipJob, ClipOrder
from tests.factories import an_order
from tests.fakes import LUMA_LIKE, FakeProvider
from tests.integration.activities.days import Day, run
from tests.integration.activities.studios import PRICE, Studio, a_job, rows

STEP = "clip/luma/0/take-1"


class Registry(FakeProvider):
    """A provider with a list of its jobs, that stops them when it is told to."""

    def __init__(self, list_lag_seconds: int) -> None:
        super().__init__(
            replace(LUMA_LIKE, lists_jobs=True, cancels=True, list_lag_seconds=list_lag_seconds)
        )
        self.listed: list[list[str] | Exception] = []
        self.asked: list[tuple[str, int, datetime]] = []
        self.stopped: list[str] = []

    async def find(self, *, prompt: str, seconds: int, since: datetime) -> Sequence[str]:
        self.asked.append((prompt, seconds, since))
        found = self.listed.pop(0) if self.listed else []
        if isinstance(found, Exception):
            raise found
        return found

    async def cancel(self, job_id: str) -> bool:
        self.stopped.append(job_id)
        return True


class Orders(Studio):
    """A studio whose provider has a list."""

    def __init__(self, db: Database, list_lag_seconds: int = 0) -> None:
        self.registry = Registry(list_lag_seconds)
        super().__init__(db, provider=self.registry)
        self.orders = OrderActivities({"luma": self.registry}, db, 0.01)


def job_of(day: Day) -> str:
    """A job that no other test has in its ledger."""
    return f"found-{day.reel}"


async def a_lost_order(orders: Orders, day: Day) -> ClipOrder:
    order = an_order(day.key, day.reel)
    orders.registry.refusals.append(OutcomeUnknown("luma", "no answer"))
    with pytest.raises(OutcomeUnknown):
        await run(orders.film.submit_clip, order)
    return order


async def test_an_order_that_the_list_has_is_taken_up(db: Database, day: Day) -> None:
    orders = Orders(db)
    order = await a_lost_order(orders, day)
    orders.registry.listed = [[job_of(day)]]

    found = await run(orders.orders.find_order, order)

    assert found.job is not None
    assert found.job.job_id == job_of(day)
    assert await rows(db, day) == [(STEP, "submitted", None, None)]
    assert await run(orders.film.submit_clip, order) == found.job
    assert orders.registry.orders == []


async def test_the_list_is_asked_for_the_very_words_since_the_order(db: Database, day: Day) -> None:
    orders = Orders(db)
    order = await a_lost_order(orders, day)
    orders.registry.listed = [[job_of(day)]]
    await run(orders.orders.find_order, order)

    row = await db.usage.by_step(day.reel, STEP)
    assert row is not None
    ((prompt, seconds, since),) = orders.registry.asked
    assert (prompt, seconds) == (order.prompt, order.seconds)
    assert since == row.reserved_at  # the client knows how far the provider's clock may be off


async def test_an_order_may_come_late_into_the_list(db: Database, day: Day) -> None:
    orders = Orders(db, list_lag_seconds=60)
    order = await a_lost_order(orders, day)
    orders.registry.listed = [[], [], [job_of(day)]]

    found = await run(orders.orders.find_order, order)

    assert found.job is not None
    assert len(orders.registry.asked) == 3


async def test_an_order_that_never_comes_is_free_to_be_sent_again(db: Database, day: Day) -> None:
    orders = Orders(db)
    order = await a_lost_order(orders, day)

    assert (await run(orders.orders.find_order, order)).job is None
    assert (await run(orders.orders.find_order, order)).job is None
    assert await rows(db, day) == [(STEP, "released", 0, "the provider's list does not have it")]
    await run(orders.film.submit_clip, order)
    assert len(orders.registry.orders) == 1


async def test_a_job_that_another_order_holds_is_not_taken(db: Database, day: Day) -> None:
    orders = Orders(db)
    neighbour = await run(orders.film.submit_clip, an_order(day.key, day.reel, segment=1))
    order = await a_lost_order(orders, day)
    orders.registry.listed = [[neighbour.job_id, job_of(day)]]

    found = await run(orders.orders.find_order, order)

    assert found.job is not None
    assert found.job.job_id == job_of(day)


async def test_a_list_that_can_not_be_read_proves_nothing(db: Database, day: Day) -> None:
    orders = Orders(db)
    order = await a_lost_order(orders, day)
    orders.registry.listed = [Retryable("luma", FailureKind.UNAVAILABLE, "down")]

    with pytest.raises(Retryable):
        await run(orders.orders.find_order, order)
    assert await rows(db, day) == [(STEP, "unknown", None, None)]
    assert await db.usage.by_service(day.reel) == {"luma": PRICE}


async def test_without_a_list_an_order_stays_unknown_and_counted(db: Database, day: Day) -> None:
    orders = Orders(db)
    order = await a_lost_order(orders, day)
    without = OrderActivities({"luma": FakeProvider()}, db, 0.01)

    with pytest.raises(ApplicationError, match="console") as refusal:
        await run(without.find_order, order)
    assert (refusal.value.type, refusal.value.non_retryable) == ("outcome_unknown", True)
    assert await rows(db, day) == [(STEP, "unknown", None, None)]


async def test_an_answered_order_is_not_looked_for(db: Database, day: Day) -> None:
    orders = Orders(db)
    job = await a_job(orders, day)

    found = await run(orders.orders.find_order, job.order)
    assert found.job == ClipJob(order=job.order, job_id=job.job_id)
    assert orders.registry.asked == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.PROCESSING])
async def test_a_job_is_stopped_and_its_cost_stays_counted(
    db: Database, day: Day, state: JobState
) -> None:
    orders = Orders(db)
    job = await a_job(orders, day)
    orders.registry.looks.append(JobStatus(job.job_id, state))

    assert (await run(orders.orders.cancel_clip, job)).cancelled
    assert orders.registry.stopped == [job.job_id]
    assert await rows(db, day) == [(STEP, "submitted", None, None)]


async def test_a_job_that_has_ended_is_left_alone(db: Database, day: Day) -> None:
    orders = Orders(db)
    job = await a_job(orders, day)

    assert not (await run(orders.orders.cancel_clip, job)).cancelled
    assert orders.registry.stopped == []


async def test_a_provider_that_can_not_be_told_is_not(db: Database, day: Day) -> None:
    orders = Orders(db)
    job = await a_job(orders, day)
    without = OrderActivities({"luma": FakeProvider()}, db, 0.01)

    said = await run(without.cancel_clip, job)
    assert not said.cancelled
    assert "can't be told" in said.note
