import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from temporalio.exceptions import ApplicationError

from clients.errors import Retryable
from clients.ffmpeg import BadMedia
from clients.video import JobState, JobStatus
from db.database import Database
from schemas.failures import FailureKind
from schemas.video import ClipJob
from tests.factories import an_order
from tests.integration.activities.days import Attempt, Day, run
from tests.integration.activities.studios import PRICE, Studio, a_job, rows


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


async def test_a_job_that_failed_after_all_is_settled_as_such(db: Database, day: Day) -> None:
    studio = Studio(db)
    job = await a_job(studio, day)
    studio.provider.looks.append(JobStatus(job.job_id, JobState.FAILED))

    with pytest.raises(ApplicationError) as refusal:
        await run(studio.film.fetch_clip, job)
    assert refusal.value.type == "job_failed"
    assert await rows(db, day) == [("clip/luma/0/take-1", "settled", PRICE, "job_failed")]


async def test_a_job_that_nobody_bought_is_refused(db: Database, day: Day) -> None:
    job = ClipJob(order=an_order(day.key, day.reel), job_id="nobody-s")

    with pytest.raises(ApplicationError, match="not in the ledger"):
        await run(Studio(db).film.fetch_clip, job)
