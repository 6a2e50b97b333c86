import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import ContainerState
from db.database import Database
from schemas.account import AccountStatus
from schemas.failures import FailureKind
from schemas.post import Liveness, PostStatus
from schemas.reel import published_text
from tests.factories import a_caption
from tests.integration.activities.days import Day, a_revision, row_of, run
from tests.integration.activities.desks import DOWN, EXPIRED_TOKEN, LOST, UNREADABLE, Desk, kind_of


async def test_a_commit_publishes_and_is_written_down(desk: Desk) -> None:
    container = await desk.prepared()

    status = await run(desk.posting.commit_post, container)

    row = await row_of(desk.db, desk.request.reel)
    assert status == PostStatus(liveness=Liveness.LIVE, media_id=row.media_id)
    assert row.published_at is not None
    assert row.commit_attempts == 1
    assert desk.publisher.commits == [container.container_id]


async def test_a_reel_that_is_out_is_not_sent_again(desk: Desk) -> None:
    container = await desk.prepared()
    first = await run(desk.posting.commit_post, container)

    assert await run(desk.posting.commit_post, container) == first
    assert await run(desk.posting.reconcile_post, container) == first
    assert await desk.prepared() == container
    assert len(desk.publisher.commits) == 1


async def test_a_commit_whose_answer_was_lost_is_never_sent_again_if_it_took_effect(
    desk: Desk,
) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True

    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)
    again = await run(desk.posting.commit_post, container)

    assert len(desk.publisher.commits) == 1
    assert again.media_id == desk.publisher.media[0].media_id
    assert again.permalink == desk.publisher.media[0].permalink
    assert (await row_of(desk.db, desk.request.reel)).media_id == again.media_id


async def test_a_commit_that_took_no_effect_is_absent_and_may_be_sent_again(desk: Desk) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)

    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)
    assert (await run(desk.posting.reconcile_post, container)).liveness is Liveness.ABSENT
    assert (await run(desk.posting.commit_post, container)).liveness is Liveness.LIVE

    assert (await row_of(desk.db, desk.request.reel)).commit_attempts == 2


async def test_while_a_commit_may_take_effect_nothing_is_absent_and_nothing_is_sent(
    desk: Desk,
) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    patient = desk.with_patience(60)
    with pytest.raises(OutcomeUnknown):
        await run(patient.commit_post, container)

    assert await kind_of(run(patient.reconcile_post, container)) == ("not_ready", False)
    assert await kind_of(run(patient.commit_post, container)) == ("outcome_unknown", True)
    await desk.age(commit_attempted_at=timedelta(seconds=61))
    assert (await run(patient.reconcile_post, container)).liveness is Liveness.ABSENT

    assert len(desk.publisher.commits) == 1


async def test_of_two_commits_at_once_one_is_sent(desk: Desk) -> None:
    container = await desk.prepared()

    outcomes = await asyncio.gather(
        *(run(desk.posting.commit_post, container) for _ in range(5)), return_exceptions=True
    )

    assert len(desk.publisher.commits) == 1
    assert any(isinstance(outcome, PostStatus) for outcome in outcomes)


async def test_the_approval_is_asked_for_again_at_the_commit(db: Database, desk: Desk) -> None:
    container = await desk.prepared()
    day = Day(desk.request.account, desk.request.key, desk.request.reel)
    await a_revision(db, day, "take two")

    assert await kind_of(run(desk.posting.commit_post, container)) == ("not_approved", True)
    assert desk.publisher.commits == []


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (ContainerState.IN_PROGRESS, "not_ready"),
        (ContainerState.ERROR, "video_refused"),
        (ContainerState.EXPIRED, "container_gone"),
    ],
)
async def test_a_container_that_is_not_ready_is_not_committed(
    desk: Desk, state: ContainerState, kind: str
) -> None:
    container = await desk.prepared()
    desk.platform_says(container, state)

    assert (await kind_of(run(desk.posting.commit_post, container)))[0] == kind
    assert desk.publisher.commits == []


@pytest.mark.parametrize("refusal", [DOWN, UNREADABLE])
async def test_a_container_that_can_t_be_read_is_not_committed_and_proves_nothing(
    desk: Desk, refusal: ClientError
) -> None:
    container = await desk.prepared()

    for step in (desk.posting.commit_post, desk.posting.reconcile_post):
        desk.publisher.reads.append(refusal)
        with pytest.raises(Retryable):
            await run(step, container)
    assert desk.publisher.commits == []


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
        (ContainerState.FINISHED, Liveness.ABSENT),
        (ContainerState.ERROR, Liveness.GONE),
        (ContainerState.EXPIRED, Liveness.GONE),
    ],
)
async def test_the_container_s_state_says_what_is_true(
    desk: Desk, state: ContainerState, liveness: Liveness
) -> None:
    container = await desk.prepared()
    desk.platform_says(container, state)

    assert await run(desk.posting.reconcile_post, container) == PostStatus(liveness=liveness)


async def test_a_container_in_work_proves_nothing_yet(desk: Desk) -> None:
    container = await desk.prepared()
    desk.platform_says(container, ContainerState.IN_PROGRESS)

    assert await kind_of(run(desk.posting.reconcile_post, container)) == ("not_ready", False)


@pytest.mark.parametrize(
    "kind",
    [FailureKind.AUTHENTICATION, FailureKind.ACCOUNT_BLOCKED, FailureKind.PERMISSION],
)
async def test_a_refusal_of_the_account_pauses_it(desk: Desk, kind: FailureKind) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(Refused("instagram", kind, "see the console"))

    with pytest.raises(Refused):
        await run(desk.posting.commit_post, container)

    account = await desk.db.accounts.get(desk.request.account.id)
    assert account is not None
    assert (account.status, account.paused_reason) == (
        AccountStatus.PAUSED,
        "instagram: see the console",
    )


async def test_every_step_of_a_post_may_pause_the_account(desk: Desk) -> None:
    container = await desk.prepared()

    for step in (desk.posting.await_container, desk.posting.reconcile_post):
        await desk.db.accounts.resume(desk.request.account.id)
        desk.publisher.reads.append(EXPIRED_TOKEN)
        with pytest.raises(Refused):
            await run(step, container)
        account = await desk.db.accounts.get(desk.request.account.id)
        assert account is not None
        assert account.status is AccountStatus.PAUSED


async def test_a_service_that_is_down_does_not_pause_the_account(desk: Desk) -> None:
    desk.publisher.prepare_answers.append(DOWN)

    with pytest.raises(Retryable):
        await desk.prepared()

    account = await desk.db.accounts.get(desk.request.account.id)
    assert account is not None
    assert account.status is AccountStatus.ACTIVE


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
