"""Bytes that are brought to the platform: from where it confirms them on, and never twice."""

import pytest

from clients.errors import Refused, Retryable
from clients.publishing import State
from db.database import Database
from schemas.failures import FailureKind
from tests.integration.activities.days import Attempt, row_of, run
from tests.integration.activities.desks import DOWN, UNREADABLE, Desk, a_desk, kind_of

FILM = bytes(range(100))


@pytest.fixture
async def desk(db: Database) -> Desk:
    desk = await a_desk(db, uploads=True, login="facebook")
    row = await row_of(db, desk.request.reel)
    desk.store.objects[row.video_key or ""] = FILM
    sql = "UPDATE generated_reels SET video_bytes = $2 WHERE id = $1"
    await db.pool.write(sql, desk.request.reel, len(FILM))
    return desk


async def test_an_upload_is_kept_before_it_is_begun(desk: Desk) -> None:
    container = await desk.prepared()

    row = await row_of(desk.db, desk.request.reel)
    assert row.upload_uri == f"https://upload.test/{container.container_id}"
    assert desk.store.presigned == []
    assert desk.publisher.received == {}
    assert row.upload_uri not in container.model_dump_json()


async def test_the_video_is_brought_while_the_container_is_waited_for(desk: Desk) -> None:
    container = await desk.prepared()
    attempt = Attempt()
    await attempt.run(desk.posting.await_container, container)

    assert desk.publisher.received[container.container_id] == FILM
    percents = [beat.percent for beat in attempt.said if beat.percent is not None]
    assert percents == sorted(percents)
    assert percents[-1] == 100


async def test_what_was_cut_goes_on_where_the_platform_confirms_it(desk: Desk) -> None:
    container = await desk.prepared()
    desk.publisher.cuts.extend([3, 1])
    desk.publisher.reads.extend([DOWN, UNREADABLE])
    await run(desk.posting.await_container, container)

    assert desk.publisher.offsets == [0, 3, 4]
    assert desk.publisher.received[container.container_id] == FILM


async def test_another_worker_goes_on_where_the_last_one_died(desk: Desk) -> None:
    container = await desk.prepared()
    desk.publisher.received[container.container_id] = bytearray(FILM[:60])
    await run(desk.posting.await_container, container)

    assert desk.publisher.offsets == [60]
    assert desk.publisher.received[container.container_id] == FILM


async def test_a_refused_transfer_ends_the_wait(desk: Desk) -> None:
    class Elsewhere(type(desk.publisher)):  # type: ignore[misc]
        async def transfer(self, *_call: object) -> int:
            raise Refused("instagram", FailureKind.CONFIGURATION, "another host")

    container = await desk.prepared()
    desk.publisher.__class__ = Elsewhere
    with pytest.raises(Refused):
        await run(desk.posting.await_container, container)


async def test_a_container_that_lost_its_bytes_is_replaced(desk: Desk) -> None:
    first = await desk.prepared()
    desk.platform_says(first, State.FAILED)

    assert (await kind_of(run(desk.posting.await_container, first)))[1]
    second = await desk.prepared()
    await run(desk.posting.await_container, second)
    assert list(desk.publisher.received) == [second.container_id]


async def test_a_reel_that_is_out_is_brought_nowhere(desk: Desk) -> None:
    container = await desk.prepared()
    await run(desk.posting.await_container, container)
    await run(desk.posting.commit_post, container)
    desk.publisher.reads.append(DOWN)

    assert await run(desk.posting.await_container, container) == container
    assert desk.publisher.offsets == [0]


async def test_a_video_that_the_store_lost_is_named(db: Database, desk: Desk) -> None:
    desk.store.objects.clear()
    await db.pool.write(
        "UPDATE generated_reels SET video_bytes = NULL WHERE id = $1", desk.request.reel
    )
    assert await kind_of(desk.prepared()) == ("bad_request", True)


async def test_a_store_that_is_down_is_asked_again(desk: Desk) -> None:
    container = await desk.prepared()
    whole = desk.publisher.transfer
    failures = [Retryable("store", FailureKind.UNAVAILABLE, "is down")]

    class Down(type(desk.publisher)):  # type: ignore[misc]
        async def transfer(self, *call: object) -> int:
            if failures:
                raise failures.pop()
            brought: int = await whole(*call)  # type: ignore[arg-type]
            return brought

    desk.publisher.__class__ = Down
    await run(desk.posting.await_container, container)
    assert desk.publisher.received[container.container_id] == FILM
