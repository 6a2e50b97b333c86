from datetime import UTC, datetime, timedelta

import pytest

from clients.errors import OutcomeUnknown, Retryable
from clients.publishing import State
from schemas.post import Liveness, PostStatus
from schemas.reel import published_text
from tests.factories import a_caption
from tests.integration.activities.days import row_of, run
from tests.integration.activities.desks import DOWN, LOST, Desk, kind_of


async def test_a_post_that_can_t_be_told_from_another_is_live_without_an_id(desk: Desk) -> None:
    container = await desk.prepared()
    user = desk.request.account.platform_user_id
    desk.publisher.publish(user, container.container_id)
    desk.publisher.add_media("twin", a_caption().text)

    status = await run(desk.posting.reconcile_post, container)

    assert status == PostStatus(liveness=Liveness.LIVE)
    row = await row_of(desk.db, desk.request.reel)
    assert row.published_at is not None
    assert row.media_id is None


async def test_a_list_that_can_t_be_read_does_not_unprove_a_post(desk: Desk) -> None:
    container = await desk.prepared()
    desk.publisher.publish(desk.request.account.platform_user_id, container.container_id)
    desk.publisher.list_answers.append(DOWN)

    status = await run(desk.posting.reconcile_post, container)
    linked = await run(desk.posting.link_post, container)

    assert status == PostStatus(liveness=Liveness.LIVE)
    assert linked.media_id == desk.publisher.media[0].media_id
    assert (await row_of(desk.db, desk.request.reel)).media_id == linked.media_id


@pytest.mark.parametrize(
    ("state", "liveness"),
    [
        (State.READY, Liveness.ABSENT),
        (State.FAILED, Liveness.GONE),
        (State.EXPIRED, Liveness.GONE),
    ],
)
async def test_the_container_s_state_says_what_is_true(
    desk: Desk, state: State, liveness: Liveness
) -> None:
    container = await desk.prepared()
    desk.platform_says(container, state)

    assert await run(desk.posting.reconcile_post, container) == PostStatus(liveness=liveness)


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED])
async def test_a_dead_container_is_gone_only_when_the_list_has_no_such_post(
    desk: Desk, state: State
) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)
    desk.platform_says(container, state)

    desk.publisher.list_answers.append(DOWN)
    with pytest.raises(Retryable):
        await run(desk.posting.reconcile_post, container)
    desk.publisher.add_media("twin", a_caption().text)
    assert await kind_of(run(desk.posting.reconcile_post, container)) == ("not_ready", False)
    desk.publisher.media.pop(0)
    status = await run(desk.posting.reconcile_post, container)
    assert (status.liveness, status.media_id) == (
        Liveness.LIVE,
        desk.publisher.media[0].media_id,
    )


async def test_a_dead_container_is_not_gone_while_a_commit_may_take_effect(desk: Desk) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    patient = desk.with_patience(60)
    with pytest.raises(OutcomeUnknown):
        await run(patient.commit_post, container)
    desk.platform_says(container, State.EXPIRED)

    assert await kind_of(run(patient.reconcile_post, container)) == ("not_ready", False)
    desk.later = timedelta(seconds=61)
    assert (await run(patient.reconcile_post, container)).liveness is Liveness.GONE


async def test_a_container_in_work_proves_nothing_yet(desk: Desk) -> None:
    container = await desk.prepared()
    desk.platform_says(container, State.PENDING)

    assert await kind_of(run(desk.posting.reconcile_post, container)) == ("not_ready", False)


async def test_the_permalink_is_added_when_it_can_be_read(desk: Desk) -> None:
    container = await desk.prepared()
    live = await run(desk.posting.commit_post, container)
    desk.publisher.link_answers.append(DOWN)

    missed = await run(desk.posting.link_post, container)
    found = await run(desk.posting.link_post, container)

    assert missed == live
    assert found.permalink == desk.publisher.media[0].permalink
    assert (await row_of(desk.db, desk.request.reel)).permalink == found.permalink
    assert await run(desk.posting.link_post, container) == found


async def test_a_reel_that_is_not_out_has_no_address(desk: Desk) -> None:
    container = await desk.prepared()

    assert (await run(desk.posting.link_post, container)).liveness is Liveness.ABSENT


async def test_a_post_of_the_same_words_from_yesterday_is_not_taken_for_today_s(
    desk: Desk,
) -> None:
    container = await desk.prepared()
    caption = a_caption()
    text = published_text(caption.caption, caption.hashtags)
    desk.publisher.add_media("yesterday-s", text, datetime.now(UTC) - timedelta(days=1))
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)

    status = await run(desk.posting.reconcile_post, container)

    assert status.media_id is not None
    assert status.media_id != "yesterday-s"
