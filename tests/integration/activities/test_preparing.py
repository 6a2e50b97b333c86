import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from clients.errors import OutcomeUnknown, Retryable
from clients.publishing import State, Violation
from db.database import Database
from db.tokens import NewTokens
from schemas.failures import FailureKind
from schemas.post import Liveness, PostRequest
from tests.factories import NOW, a_caption, a_composed_reel, a_decision, two_variants
from tests.integration.activities.days import (
    Attempt,
    Day,
    a_revision,
    an_approved_post,
    row_of,
    run,
)
from tests.integration.activities.desks import (
    CIPHER,
    DOWN,
    LOST,
    TOKEN,
    UNREADABLE,
    Desk,
    a_desk,
    kind_of,
)


async def test_a_container_is_prepared_from_the_approved_bytes_and_words(desk: Desk) -> None:
    container = await desk.prepared()

    row = await row_of(desk.db, desk.request.reel)
    assert (row.container_id, row.container_revision) == (
        container.container_id,
        desk.request.revision,
    )
    assert desk.store.presigned == [(row.video_key, 3600)]
    assert desk.publisher.captions[container.container_id] == a_caption().text
    assert desk.publisher.prepared[0]["user_id"] == desk.request.account.platform_user_id
    assert desk.publisher.prepared[0]["share_to_feed"] is True
    assert desk.publisher.tokens == {TOKEN}


async def test_neither_token_nor_address_leaves_the_step(desk: Desk) -> None:
    container = await desk.prepared()

    said = container.model_dump_json()
    assert TOKEN not in said
    assert "http" not in said


async def test_without_approval_of_exactly_this_revision_nothing_is_prepared(
    db: Database, day: Day
) -> None:
    revision = await a_revision(db, day)
    request = PostRequest(key=day.key, reel=day.reel, account=day.account, revision=revision)
    desk = Desk(db, request)

    assert await kind_of(desk.prepared()) == ("not_approved", True)
    assert desk.publisher.prepared == []


async def test_an_approval_does_not_cover_a_newer_revision(db: Database, day: Day) -> None:
    request = await an_approved_post(db, day)
    newer = await a_revision(db, day, "take two")

    for revision in (request.revision, newer):
        desk = Desk(db, request.model_copy(update={"revision": revision}))
        assert await kind_of(desk.prepared()) == ("not_approved", True)


async def test_an_account_without_a_token_needs_a_person(db: Database, day: Day) -> None:
    desk = Desk(db, await an_approved_post(db, day))

    assert await kind_of(desk.prepared()) == ("authentication", True)


async def test_a_token_that_does_not_open_is_a_wrong_configuration(desk: Desk) -> None:
    account = desk.request.account.id
    await desk.db.tokens.set(account, NewTokens(CIPHER.seal("another", TOKEN)), NOW)

    assert await kind_of(desk.prepared()) == ("configuration", True)


async def test_a_container_is_used_again_while_it_lives(desk: Desk) -> None:
    first = await desk.prepared()

    assert await desk.prepared() == first
    assert len(desk.publisher.prepared) == 1


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED])
async def test_a_dead_container_is_replaced(desk: Desk, state: State) -> None:
    first = await desk.prepared()
    desk.platform_says(first, state)

    assert await desk.prepared() != first


@pytest.mark.parametrize(("hours", "same"), [(22.9, True), (23.1, False), (49, False)])
async def test_a_container_that_nears_its_end_is_replaced(
    desk: Desk, hours: float, *, same: bool
) -> None:
    first = await desk.prepared()
    desk.later = timedelta(hours=hours)

    assert (await desk.prepared() == first) is same


async def test_a_container_that_nears_its_end_is_not_committed(desk: Desk) -> None:
    first = await desk.prepared()
    desk.later = timedelta(hours=23, minutes=1)

    assert await kind_of(run(desk.posting.commit_post, first)) == ("container_gone", True)
    assert desk.publisher.commits == []
    assert (await run(desk.posting.reconcile_post, first)).liveness is Liveness.ABSENT
    fresh = await desk.prepared()
    assert (await run(desk.posting.commit_post, fresh)).liveness is Liveness.LIVE
    assert desk.publisher.commits == [fresh.container_id]


async def test_an_old_container_that_was_tried_is_replaced_once_it_is_proven_absent(
    desk: Desk,
) -> None:
    first = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, first)
    desk.later = timedelta(hours=24)

    assert await desk.prepared() != first


async def test_a_dead_container_that_was_tried_is_not_replaced_while_it_may_be_out(
    desk: Desk,
) -> None:
    first = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, first)
    desk.platform_says(first, State.EXPIRED)

    desk.publisher.list_answers.append(DOWN)
    with pytest.raises(Retryable):
        await desk.prepared()
    desk.publisher.add_media("twin", a_caption().text)
    assert await kind_of(desk.prepared()) == ("not_ready", False)
    desk.publisher.media.pop(0)
    assert await desk.prepared() == first
    assert (await row_of(desk.db, desk.request.reel)).media_id is not None
    assert len(desk.publisher.prepared) == 1


async def test_an_earlier_revision_s_dead_container_is_looked_for_by_its_own_words(
    db: Database, desk: Desk
) -> None:
    first = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, first)
    desk.platform_says(first, State.EXPIRED)
    composed = a_composed_reel(f"{desk.request.reel} take two")
    (newer,) = await db.approvals.lay(desk.request.reel, composed, two_variants(composed)[1:])
    said = a_decision(desk.request.key, newer.revision)
    assert await db.approvals.decide(desk.request.reel, newer.revision, said)
    desk.request = desk.request.model_copy(update={"revision": newer.revision})

    assert await kind_of(desk.prepared()) == ("bad_request", True)
    assert len(desk.publisher.prepared) == 1


async def test_every_container_that_was_made_stands_in_the_ledger(desk: Desk) -> None:
    first = await desk.prepared()
    desk.platform_says(first, State.FAILED)
    second = await desk.prepared()

    sql = "SELECT id, account_id, revision FROM containers WHERE reel_id = $1 ORDER BY made_at"
    made = await desk.db.pool.rows(sql, desk.request.reel)
    assert [row["id"] for row in made] == [first.container_id, second.container_id]
    assert {row["revision"] for row in made} == {desk.request.revision}
    assert {row["account_id"] for row in made} == {desk.request.account.id}


async def test_what_breaks_a_rule_is_refused_before_anything_is_sent(desk: Desk) -> None:
    small = Violation("video-size", "it is large", FailureKind.VIDEO_REFUSED)
    desk.publisher.violations = (small,)
    assert await kind_of(desk.prepared()) == ("video_refused", True)
    desk.publisher.violations = (small, Violation("caption-length", "it is long"))
    with pytest.raises(ApplicationError, match=r"long \(rule caption-length\)") as refusal:
        await desk.prepared()
    assert refusal.value.type == "bad_request"
    assert desk.publisher.tokens == set()


async def test_a_reel_goes_out_under_its_accounts_terms(db: Database) -> None:
    terms = {"collaborators": ("ann",), "location_id": "77", "first_comment": "First!"}
    desk = await a_desk(db, posting=terms, share_to_feed=False, login="facebook")
    await db.pool.write(
        "UPDATE generated_reels SET cover_seconds = 1.5 WHERE id = $1", desk.request.reel
    )
    await desk.prepared()

    (job,) = desk.publisher.jobs
    assert (job.collaborators, job.location_id, job.first_comment) == (("ann",), "77", "First!")
    assert (job.share_to_feed, job.ai_label, job.cover_seconds) == (False, True, 1.5)
    assert (job.bytes, job.seconds) == (1_000_000, 20.0)


async def test_a_container_that_may_be_out_is_never_replaced(desk: Desk) -> None:
    first = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, first)
    await desk.age(container_at=timedelta(hours=30), commit_attempted_at=timedelta(hours=29))

    desk.publisher.reads.append(UNREADABLE)
    with pytest.raises(Retryable):
        await desk.prepared()
    assert await desk.prepared() == first
    assert len(desk.publisher.prepared) == 1


async def test_beside_an_earlier_revision_that_is_out_nothing_is_prepared(
    db: Database, desk: Desk
) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    desk.publisher.lost = True
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)
    day = Day(desk.request.account, desk.request.key, desk.request.reel)
    desk.request = await an_approved_post(db, day, "take two")

    assert await kind_of(desk.prepared()) == ("bad_request", True)
    assert len(desk.publisher.prepared) == 1


async def test_beside_an_earlier_revision_that_may_go_out_nothing_is_prepared_yet(
    db: Database, desk: Desk
) -> None:
    container = await desk.prepared()
    desk.publisher.commit_answers.append(LOST)
    with pytest.raises(OutcomeUnknown):
        await run(desk.posting.commit_post, container)
    day = Day(desk.request.account, desk.request.key, desk.request.reel)
    newer = await an_approved_post(db, day, "take two")

    hurried = run(desk.with_patience(60).prepare_post, newer)
    assert await kind_of(hurried) == ("not_ready", False)
    assert await run(desk.posting.prepare_post, newer) != container


async def test_an_unsent_container_that_can_t_be_read_is_replaced(desk: Desk) -> None:
    first = await desk.prepared()
    desk.publisher.reads.append(UNREADABLE)

    assert await desk.prepared() != first


async def test_a_newer_revision_gets_a_container_of_its_own(db: Database, desk: Desk) -> None:
    first = await desk.prepared()
    day = Day(desk.request.account, desk.request.key, desk.request.reel)
    desk.request = await an_approved_post(db, day, "take two")

    assert await desk.prepared() != first


async def test_a_container_is_looked_at_until_it_is_ready(desk: Desk) -> None:
    container = await desk.prepared()
    desk.platform_says(container, State.PENDING)
    desk.publisher.reads.extend([DOWN, UNREADABLE])
    attempt = Attempt()
    waiting = asyncio.create_task(attempt.run(desk.posting.await_container, container))
    while len(attempt.said) < 6:
        await asyncio.sleep(0.01)
    desk.platform_says(container, State.READY)

    assert await waiting == container
    assert attempt.said[-1].polls >= 3


async def test_a_throttle_that_lasts_is_not_waited_for_between_two_looks(desk: Desk) -> None:
    container = await desk.prepared()
    kind = FailureKind.RATE_LIMITED
    desk.publisher.reads.append(Retryable("instagram", kind, "too many", retry_after=0.01))
    desk.publisher.reads.append(Retryable("instagram", kind, "too many", retry_after=5400))

    with pytest.raises(Retryable) as throttled:
        await run(desk.posting.await_container, container)
    assert throttled.value.retry_after == 5400


@pytest.mark.parametrize(
    ("state", "kind"),
    [(State.FAILED, "video_refused"), (State.EXPIRED, "container_gone")],
)
async def test_a_container_that_died_is_named(desk: Desk, state: State, kind: str) -> None:
    container = await desk.prepared()
    desk.platform_says(container, state)

    assert await kind_of(run(desk.posting.await_container, container)) == (kind, True)


async def test_a_post_for_a_reel_that_is_not_there_is_refused(desk: Desk) -> None:
    request = desk.request.model_copy(update={"reel": "nothing"})

    assert await kind_of(run(desk.posting.prepare_post, request)) == ("bad_request", True)
