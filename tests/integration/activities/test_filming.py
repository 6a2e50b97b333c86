import subprocess
import time
from pathlib import Path

import imageio_ffmpeg
import pytest
from temporalio.exceptions import ApplicationError

from activities.film import FilmActivities
from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.ffmpeg import BadMedia
from clients.video import JobState, JobStatus
from db.database import Database
from schemas.failures import FailureKind
from schemas.video import ClipJob, ClipOrder, FilmRequest
from tests.factories import a_story, an_order
from tests.fakes import FakeDownloader, FakeProvider, FakeStore
from tests.integration.activities.days import Attempt, Day, run

BUSY = Retryable("luma", FailureKind.RATE_LIMITED, "too many jobs")
LOST = OutcomeUnknown("luma", "no answer")
PRICE = 900_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    source = "testsrc2=size=160x160:rate=24:duration=1"
    subprocess.run(
        [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", str(path)],
        check=True,
    )
    return path.read_bytes()


class Studio:
    """The activities with their whole outside world."""

    def __init__(self, db: Database, content: bytes = b"", folder: Path | None = None) -> None:
        self.provider = FakeProvider()
        self.downloader = FakeDownloader(content)
        self.store = FakeStore()
        self.film = FilmActivities(
            providers={"luma": self.provider},
            downloader=self.downloader,
            store=self.store,
            db=db,
            poll_seconds=0.01,
            work_dir=folder,
        )


async def rows(db: Database, day: Day) -> list[tuple[str, str, int | None, str | None]]:
    found = await db.pool.rows(
        "SELECT step, state, cost_micros, outcome FROM api_usage_logs WHERE reel_id = $1 "
        "ORDER BY step",
        day.reel,
    )
    return [(row["step"], row["state"], row["cost_micros"], row["outcome"]) for row in found]


async def a_job(studio: Studio, day: Day) -> ClipJob:
    return await run(studio.film.submit_clip, an_order(day.key, day.reel))


async def test_a_film_is_planned_by_its_provider_s_table(db: Database, day: Day) -> None:
    request = FilmRequest(key=day.key, reel=day.reel, provider="luma", story=a_story(), seconds=20)

    plan = await run(Studio(db).film.plan_film, request)

    assert [order.seconds for order in plan.orders] == [10, 10]


async def test_a_provider_that_is_not_set_up_is_named(db: Database, day: Day) -> None:
    order = an_order(day.key, day.reel, provider="pika")

    with pytest.raises(ApplicationError, match="'pika' is not set up; set up: luma") as refusal:
        await run(Studio(db).film.submit_clip, order)
    assert refusal.value.type == "configuration"


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


async def test_a_clip_is_stored_under_its_day_and_settled(
    db: Database, day: Day, clip: bytes, tmp_path: Path
) -> None:
    studio = Studio(db, clip, tmp_path)
    job = await a_job(studio, day)
    attempt = Attempt()

    filmed = await attempt.run(studio.film.fetch_clip, job)

    assert filmed.object_key == f"{day.key.prefix}/clips/clip-0-{filmed.sha256[:16]}.mp4"
    assert studio.store.objects == {filmed.object_key: clip}
    assert (filmed.bytes, round(filmed.seconds, 2)) == (len(clip), 1.0)
    assert await rows(db, day) == [("clip/luma/0/take-1", "settled", PRICE, "ok")]
    assert [beat.percent for beat in attempt.said] == [100.0]
    assert list(tmp_path.iterdir()) == []


async def test_a_clip_that_is_there_is_not_fetched_again(
    db: Database, day: Day, clip: bytes
) -> None:
    studio = Studio(db, clip)
    job = await a_job(studio, day)
    first = await run(studio.film.fetch_clip, job)

    assert await run(studio.film.fetch_clip, job) == first
    assert len(studio.downloader.fetched) == 1


@pytest.mark.parametrize("left", [b"half", None])
async def test_a_clip_that_is_not_whole_in_the_store_is_fetched_again(
    db: Database, day: Day, clip: bytes, left: bytes | None
) -> None:
    studio = Studio(db, clip)
    job = await a_job(studio, day)
    first = await run(studio.film.fetch_clip, job)
    studio.store.objects = {first.object_key: left} if left else {}

    assert await run(studio.film.fetch_clip, job) == first
    assert studio.store.objects == {first.object_key: clip}


async def test_a_clip_that_can_t_be_used_is_paid_for_and_not_kept(db: Database, day: Day) -> None:
    studio = Studio(db, b"this is no video at all" * 100)
    job = await a_job(studio, day)

    with pytest.raises(BadMedia):
        await run(studio.film.fetch_clip, job)

    assert studio.store.objects == {}
    assert await rows(db, day) == [("clip/luma/0/take-1", "settled", PRICE, "bad_media")]


async def test_a_download_that_broke_off_leaves_the_job_to_be_fetched(
    db: Database, day: Day, clip: bytes
) -> None:
    studio = Studio(db, clip)
    job = await a_job(studio, day)
    studio.downloader.refusals.append(Retryable("download", FailureKind.UNAVAILABLE, "broke off"))

    with pytest.raises(Retryable):
        await run(studio.film.fetch_clip, job)
    assert (await run(studio.film.fetch_clip, job)).bytes == len(clip)
    assert len(set(studio.downloader.fetched)) == 1
    assert studio.provider.statuses == 2


async def test_a_job_that_is_not_finished_is_not_ready_to_be_fetched(
    db: Database, day: Day
) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    studio.provider.looks.append(JobStatus(job.job_id, JobState.PROCESSING))

    with pytest.raises(ApplicationError) as refusal:
        await run(studio.film.fetch_clip, job)
    assert (refusal.value.type, refusal.value.non_retryable) == ("not_ready", False)


async def test_a_job_that_nobody_bought_is_refused(db: Database, day: Day) -> None:
    job = ClipJob(order=an_order(day.key, day.reel), job_id="nobody-s")

    with pytest.raises(ApplicationError, match="not in the ledger"):
        await run(Studio(db).film.fetch_clip, job)
