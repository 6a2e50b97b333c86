"""Publishing: one post, whatever the platform answers or fails to answer."""

from clients.errors import OutcomeUnknown, Refused
from clients.publishing import State
from schemas.day import Outcome, ResolveAction, Stage
from schemas.failures import FailureKind
from tests.workflows.world import LiveDay, World


async def approved(world: World) -> LiveDay:
    day = await world.in_review()
    await day.decide()
    return day


async def test_an_answer_that_is_lost_is_read_from_the_platform(world: World) -> None:
    world.publisher.lost = True
    world.publisher.commit_answers.append(OutcomeUnknown("instagram", "no answer"))
    day = await approved(world)
    result = await day.result()

    assert result.outcome is Outcome.PUBLISHED
    assert (len(world.publisher.commits), len(world.publisher.media)) == (1, 1)
    assert result.media_id == world.publisher.media[0].media_id


async def test_a_post_is_sent_again_only_when_it_is_proven_absent(world: World) -> None:
    world.publisher.commit_answers.append(OutcomeUnknown("instagram", "no answer"))
    day = await approved(world)
    result = await day.result()
    steps = [step.name for step in (await day.progress()).steps]

    assert result.outcome is Outcome.PUBLISHED
    assert "publish: reconcile" in steps
    assert (len(world.publisher.commits), len(world.publisher.media)) == (2, 1)
    assert len(world.publisher.prepared) == 1


async def test_a_paused_account_s_reel_goes_out_at_once_when_it_is_resumed_and_retried(
    world: World,
) -> None:
    refusal = Refused("instagram", FailureKind.PERMISSION, "not allowed")
    world.publisher.commit_answers.append(refusal)
    day = await approved(world)
    now = await day.until_parked("publish")
    assert now.skippable
    assert len(world.publisher.commits) == 1
    await day.resolve(ResolveAction.RETRY)
    await day.quiet_but("await_resume")
    assert "account paused: instagram: not allowed" in ((await day.progress()).waiting_for or "")
    assert len(world.publisher.commits) == 1
    await world.db.accounts.resume(day.key.account)
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.commits), len(world.publisher.media)) == (2, 1)


async def test_a_person_may_leave_a_reel_unpublished(world: World) -> None:
    refusal = Refused("instagram", FailureKind.PERMISSION, "not allowed")
    world.publisher.commit_answers.append(refusal)
    day = await approved(world)
    await day.until_parked("publish")
    await day.resolve(ResolveAction.SKIP)
    result = await day.result()

    assert result.outcome is Outcome.SKIPPED
    assert (await day.row()).outcome is Outcome.SKIPPED
    assert world.publisher.media == []


async def test_an_expired_container_is_replaced(world: World) -> None:
    world.publisher.prepare_gate = world.gate()
    world.publisher.first_states.append(State.EXPIRED)
    day = await approved(world)
    world.publisher.prepare_gate.open()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.prepared), len(world.publisher.media)) == (2, 1)


async def test_containers_that_keep_expiring_wait_for_a_person(world: World) -> None:
    world.publisher.first_states.extend([State.EXPIRED] * 50)
    day = await approved(world)
    await day.until(Stage.NEEDS_ATTENTION)
    assert len(world.publisher.prepared) <= 5
    world.publisher.first_states.clear()
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_without_its_approval_in_the_database_nothing_is_published(world: World) -> None:
    day = await world.in_review()
    answer = await decide_and_lose_the_approval(world, day)
    now = await day.until_parked("approved file")

    assert answer
    assert "no approval of revision" in (now.waiting_for or "")
    assert world.publisher.prepared == []
    await day.resolve(ResolveAction.ABORT)
    assert (await day.result()).outcome is Outcome.ABANDONED
    assert world.publisher.media == []


async def decide_and_lose_the_approval(world: World, day: LiveDay) -> bool:
    """Hold the day at its stage note, and take its approval away meanwhile."""
    gate = world.gate()
    world.reels.gates.append(gate)
    accepted = (await day.decide()).accepted
    await gate.until_reached()
    row = await day.row()
    await world.db.pool.write("DELETE FROM approval_queue WHERE reel_id = $1", row.id)
    gate.open()
    return accepted
