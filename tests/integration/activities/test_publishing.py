import asyncio
import dataclasses
from datetime import timedelta

import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Credentials, Handle, Look, State
from db.accounts import Accounts
from db.database import Database
from db.failures import AccountIsPaused, DatabaseDown
from db.reels import Reels
from schemas.account import AccountStatus, Login
from schemas.failures import FailureKind
from schemas.post import Liveness, PostStatus
from tests.factories import NOW
from tests.fakes import FakePublisher
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


async def test_a_commit_that_another_execution_overtook_is_not_sent(desk: Desk) -> None:
    container = await desk.prepared()
    reels, request = desk.db.reels, desk.request

    class Overtaken(FakePublisher):
        async def poll(self, who: Credentials, handle: Handle) -> Look:
            assert who.token
            await reels.mark_commit_attempt(
                request.reel, NOW, revision=request.revision, container_id=handle.id
            )
            return Look(State.READY)

    publisher = Overtaken()
    posting = dataclasses.replace(desk.posting, publishers=dict.fromkeys(Login, publisher))

    assert await kind_of(run(posting.commit_post, container)) == ("outcome_unknown", True)
    assert publisher.commits == []


async def test_a_post_that_could_not_be_written_down_is_found_by_reading(desk: Desk) -> None:
    class Forgetful(Reels):
        async def save_post(self, *_post: object) -> None:
            raise DatabaseDown("127.0.0.1:5432", "is not reached")

    container = await desk.prepared()
    db = dataclasses.replace(desk.db, reels=Forgetful(desk.db.pool))
    posting = dataclasses.replace(desk.posting, db=db)

    assert await kind_of(run(posting.commit_post, container)) == ("outcome_unknown", True)
    status = await run(desk.posting.reconcile_post, container)

    assert (status.liveness, len(desk.publisher.commits)) == (Liveness.LIVE, 1)
    assert status.media_id == desk.publisher.media[0].media_id


async def test_the_approval_is_asked_for_again_at_the_commit(db: Database, desk: Desk) -> None:
    container = await desk.prepared()
    day = Day(desk.request.account, desk.request.key, desk.request.reel)
    await a_revision(db, day, "take two")

    assert await kind_of(run(desk.posting.commit_post, container)) == ("not_approved", True)
    assert desk.publisher.commits == []


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.PENDING, "not_ready"),
        (State.FAILED, "video_refused"),
        (State.EXPIRED, "container_gone"),
    ],
)
async def test_a_container_that_is_not_ready_is_not_committed(
    desk: Desk, state: State, kind: str
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
    assert (account.status, account.paused_kind) == (AccountStatus.PAUSED, kind)
    assert account.paused_reason is not None
    assert account.paused_reason.startswith("instagram: see the console; ")
    assert f"`admin.py account resume {account.id}`" in account.paused_reason


async def test_an_account_that_was_paused_in_the_last_moment_publishes_nothing(desk: Desk) -> None:
    container = await desk.prepared()
    await desk.db.accounts.pause(desk.request.account.id, "on holiday")

    with pytest.raises(AccountIsPaused):
        await run(desk.posting.commit_post, container)
    assert desk.publisher.commits == []
    assert (await row_of(desk.db, desk.request.reel)).commit_attempts == 0
    await desk.db.accounts.resume(desk.request.account.id)
    assert (await run(desk.posting.commit_post, container)).liveness is Liveness.LIVE


async def test_a_refusal_goes_on_even_when_the_account_can_t_be_paused(desk: Desk) -> None:
    class Away(Accounts):
        async def pause(self, account: str, reason: str, kind: FailureKind | None = None) -> None:
            raise DatabaseDown("127.0.0.1:5432", f"can't pause {account}: {reason}, {kind}")

    container = await desk.prepared()
    db = dataclasses.replace(desk.db, accounts=Away(desk.db.pool))
    desk.publisher.reads.append(EXPIRED_TOKEN)

    with pytest.raises(Refused):
        await run(dataclasses.replace(desk.posting, db=db).reconcile_post, container)


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
