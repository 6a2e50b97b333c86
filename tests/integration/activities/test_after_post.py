"""The first comment: once, or not at all; and whatever becomes of it, the post stays."""

from datetime import timedelta

import pytest
from temporalio.common import RetryPolicy

from clients.errors import Refused, Retryable
from clients.publishing import Credentials
from db.database import Database
from schemas.failures import FailureKind
from schemas.post import Liveness, PostStatus
from tests.integration.activities.days import Attempt, row_of, run
from tests.integration.activities.desks import DOWN, LOST, Desk, a_desk

TEXT = "What would you name it?"
WHO = Credentials("178", "a token")
SOON = timedelta(seconds=61)
NOT_ALLOWED = Refused("instagram", FailureKind.PERMISSION, "not allowed")


@pytest.fixture
async def desk(db: Database) -> Desk:
    return await a_desk(db, posting={"first_comment": TEXT})


def written(desk: Desk) -> list[str]:
    return [comment.text for comments in desk.publisher.under.values() for comment in comments]


async def comment_of(desk: Desk) -> str | None:
    return (await row_of(desk.db, desk.request.reel)).comment_id


async def test_it_is_written_once_when_the_post_is_out(desk: Desk) -> None:
    container = await desk.published()
    assert written(desk) == []

    first = await run(desk.posting.link_post, container)
    assert await run(desk.posting.link_post, container) == first

    assert written(desk) == [TEXT]
    (comments,) = desk.publisher.under.values()
    assert await comment_of(desk) == comments[0].id


@pytest.mark.parametrize("last", [False, True])
async def test_an_address_that_can_t_be_read_is_asked_for_again_while_there_are_attempts(
    desk: Desk,
    last: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    container = await desk.published()
    desk.publisher.link_answers.append(DOWN)
    policy = RetryPolicy(maximum_attempts=2)
    attempt = Attempt(attempt=2 if last else 1, retry_policy=policy)

    if last:
        status = await attempt.run(desk.posting.link_post, container)
        assert (status.liveness, status.permalink) == (Liveness.LIVE, None)
    else:
        with pytest.raises(Retryable):
            await attempt.run(desk.posting.link_post, container)
        status = await run(desk.posting.link_post, container)
        assert status.permalink is not None


async def test_nothing_is_written_without_a_text_or_a_post(db: Database, desk: Desk) -> None:
    silent = await a_desk(db)
    await run(silent.posting.link_post, await silent.published())
    await run(desk.posting.link_post, await desk.prepared())

    assert written(silent) == written(desk) == []


async def test_a_comment_whose_answer_was_lost_is_found_by_reading(desk: Desk) -> None:
    container = await desk.published()
    desk.publisher.comment_answers.append(LOST)
    desk.publisher.comment_lost = True

    await run(desk.posting.link_post, container)

    assert written(desk) == [TEXT]
    assert await comment_of(desk) is not None


async def test_a_comment_that_can_t_be_looked_for_is_not_written_again(desk: Desk) -> None:
    container = await desk.published()
    desk.publisher.comment_answers.append(LOST)
    desk.publisher.comment_lost = True
    desk.publisher.comments_answers.extend([DOWN, DOWN])

    for _ in range(2):
        await run(desk.posting.link_post, container)
        assert await comment_of(desk) is None
    await run(desk.posting.link_post, container)

    assert written(desk) == [TEXT]
    assert await comment_of(desk) is not None


async def test_a_comment_is_written_again_only_when_it_can_t_be_on_its_way(desk: Desk) -> None:
    container = await desk.published()
    desk.publisher.comment_answers.append(LOST)
    patient = desk.with_patience(60)

    await run(patient.link_post, container)
    await run(patient.link_post, container)
    assert written(desk) == []
    await desk.age(comment_attempted_at=SOON)
    await run(patient.link_post, container)

    assert written(desk) == [TEXT]


async def test_an_attempt_that_a_killed_worker_wrote_down_is_looked_for_first(desk: Desk) -> None:
    container = await desk.published()
    reels, row = desk.db.reels, await row_of(desk.db, desk.request.reel)
    assert await reels.mark_comment_attempt(row.id, desk.now(), after=None)
    assert not await reels.mark_comment_attempt(row.id, desk.now(), after=None)
    await desk.publisher.comment(WHO, row.media_id or "", TEXT)

    await run(desk.posting.link_post, container)

    assert written(desk) == [TEXT]


@pytest.mark.parametrize("trouble", [NOT_ALLOWED, DOWN, LOST])
async def test_a_comment_s_failure_changes_nothing_about_the_post(
    desk: Desk, trouble: Exception
) -> None:
    container = await desk.published()
    desk.publisher.comment_answers.append(trouble)

    status = await run(desk.posting.link_post, container)

    post = desk.publisher.media[0]
    assert status == PostStatus(
        liveness=Liveness.LIVE, media_id=post.media_id, permalink=post.permalink
    )
    account = await desk.db.accounts.get(desk.request.account.id)
    assert account is not None
    assert account.paused_reason is None


async def test_a_permalink_that_can_t_be_read_keeps_no_comment_back(desk: Desk) -> None:
    container = await desk.published()
    desk.publisher.link_answers.append(DOWN)

    assert (await run(desk.posting.link_post, container)).permalink is None
    assert written(desk) == [TEXT]
