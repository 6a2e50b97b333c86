import time

import pytest
from temporalio.exceptions import ApplicationError

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.video import JobState, JobStatus
from db.database import Database
from schemas.failures import FailureKind
from schemas.video import ClipOrder, FilmRequest
from tests.factories import a_story, an_order
from tests.integration.activities.days import Attempt, Day, run
from tests.integration.activities.studios import PRICE, Studio, a_job, rows

BUSY = Retryable("luma", FailureKind.RATE_LIMITED, "too many jobs")
LOST = OutcomeUnknown("luma", "no answer")


async def test_a_film_is_planned_by_its_provider_s_table(db: Database, day: Day) -> None:
    request = FilmRequest(key=day.key, reel=day.reel, provider="luma", story=a_story(), seconds=20)

    plan = await run(Studio(db).film.plan_film, request)

    assert [order.seconds for order in plan.orders] == [10, 10]


async def test_a_provider_that_is_not_set_up_is_named(db: Database, day: Day) -> None:
    order = an_order(day.key, day.reel, provider="pika")

    with pytest.raises(ApplicationError, match="'pika' is not set up; set up: luma") as refusal:
        await run(Studio(db).film.submit_clip, order)
    assert refusal.value.type == "configuration"


async def test_a_length_that_has_no_price_is_not_bought(db: Database, day: Day) -> None:
    studio = Studio(db)

    with pytest.raises(ApplicationError, match="no price for 7 s") as refusal:
        await run(studio.film.submit_clip, an_order(day.key, day.reel, seconds=7))
    assert refusal.value.type == "configuration"
    assert studio.provider.orders == []


async def test_an_order_is_bought_once_however_often_it_is_submitted(
    db: Database, day: Day
) -> None:
    studio = Studio(db)

    first = await a_job(studio, day)
    assert await a_job(studio, day) == first

    assert len(studio.provider.orders) == 1
    order = studio.provider.orders[0]
    assert (order["seconds"], order["aspect"]) == (10, "1:1")
    assert order["reference"] == f"{day.key.workflow_id}/clip/luma/0/take-1"
    assert await rows(db, day) == [("clip/luma/0/take-1", "submitted", None, None)]


async def test_another_take_is_another_purchase(db: Database, day: Day) -> None:
    studio = Studio(db)

    first = await a_job(studio, day)
    second = await run(studio.film.submit_clip, an_order(day.key, day.reel, take=2))

    assert first.job_id != second.job_id
    assert len(await rows(db, day)) == 2


@pytest.mark.parametrize(
    "refusal", [BUSY, Refused("luma", FailureKind.CREDIT_EXHAUSTED, "no credit")]
)
async def test_an_order_that_was_not_accepted_frees_its_cost(
    db: Database, day: Day, refusal: ClientError
) -> None:
    studio = Studio(db)
    studio.provider.refusals.append(refusal)

    with pytest.raises(type(refusal)):
        await a_job(studio, day)
    assert await db.usage.by_service(day.reel) == {"luma": 0}

    await a_job(studio, day)
    assert await rows(db, day) == [("clip/luma/0/take-1", "submitted", None, None)]


async def test_an_unknown_order_is_never_sent_again(db: Database, day: Day) -> None:
    studio = Studio(db)
    studio.provider.refusals.append(LOST)

    with pytest.raises(OutcomeUnknown):
        await a_job(studio, day)
    with pytest.raises(ApplicationError) as refusal:
        await a_job(studio, day)

    assert (refusal.value.type, refusal.value.non_retryable) == ("outcome_unknown", True)
    assert studio.provider.orders == []
    assert await db.usage.by_service(day.reel) == {"luma": PRICE}


async def reserve(db: Database, order: ClipOrder) -> None:
    """What an attempt leaves that dies before or at the call."""
    await db.usage.reserve(
        order.reel,
        account=order.key.account,
        day=order.key.day,
        service="luma",
        operation="clip",
        model="ray",
        step="clip/luma/0/take-1",
        estimated_micros=PRICE,
    )


async def test_an_order_that_a_dead_worker_left_is_never_sent_again(db: Database, day: Day) -> None:
    studio = Studio(db)
    await reserve(db, an_order(day.key, day.reel))

    with pytest.raises(ApplicationError) as refusal:
        await a_job(studio, day)

    assert refusal.value.type == "outcome_unknown"
    assert studio.provider.orders == []
    assert await rows(db, day) == [("clip/luma/0/take-1", "unknown", None, None)]


async def test_a_job_that_could_not_be_written_down_is_found_in_the_heartbeat(
    db: Database, day: Day
) -> None:
    studio, order = Studio(db), an_order(day.key, day.reel)
    first = Attempt()
    job = await first.run(studio.film.submit_clip, order)
    await db.pool.write(
        "UPDATE api_usage_logs SET state = 'reserved', job_id = NULL, submitted_at = NULL "
        "WHERE reel_id = $1",
        day.reel,
    )

    again = await Attempt(after=first).run(studio.film.submit_clip, order)

    assert again == job
    assert len(studio.provider.orders) == 1
    assert (await rows(db, day))[0][1] == "submitted"


async def test_a_job_is_looked_at_until_it_is_completed(db: Database, day: Day) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    studio.provider.looks.extend(
        [
            JobStatus(job.job_id, JobState.QUEUED),
            Retryable("luma", FailureKind.UNAVAILABLE, "is down"),
            JobStatus(job.job_id, JobState.PROCESSING),
        ]
    )
    attempt = Attempt()

    assert await attempt.run(studio.film.await_clip, job) == job

    assert studio.provider.statuses == 4
    assert {beat.job_id for beat in attempt.said} == {job.job_id}
    assert attempt.said[-1].polls == 3


async def test_a_provider_s_wish_to_wait_is_heeded(db: Database, day: Day) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    studio.provider.looks.append(
        Retryable("luma", FailureKind.RATE_LIMITED, "wait", retry_after=0.3)
    )
    began = time.monotonic()

    await run(studio.film.await_clip, job)

    assert time.monotonic() - began >= 0.3


async def test_polls_are_counted_on_over_attempts(db: Database, day: Day) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    queued = JobStatus(job.job_id, JobState.QUEUED)
    gone = Refused("luma", FailureKind.AUTHENTICATION, "the key was not accepted")
    studio.provider.looks.extend([queued, queued, gone, queued])
    first = Attempt()
    with pytest.raises(Refused):
        await first.run(studio.film.await_clip, job)
    second = Attempt(after=first)

    await second.run(studio.film.await_clip, job)

    assert second.said[-1].polls == 3


@pytest.mark.parametrize(("charged", "cost"), [(True, PRICE), (False, 0)])
async def test_a_failed_job_is_settled_by_whether_it_is_charged(
    db: Database,
    day: Day,
    charged: bool,  # noqa: FBT001 - a parameter of the test
    cost: int,
) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    failure = JobStatus(
        job.job_id, JobState.FAILED, failure=FailureKind.MODERATED, reason="no", charged=charged
    )
    studio.provider.looks.extend([failure, failure])

    for _ in range(2):
        with pytest.raises(ApplicationError) as refusal:
            await run(studio.film.await_clip, job)
        assert (refusal.value.type, refusal.value.non_retryable) == ("moderated", True)
        assert await rows(db, day) == [("clip/luma/0/take-1", "settled", cost, "moderated")]
