"""The top video: providers in order, each clip bought once."""

import asyncio

import pytest
from temporalio.client import WorkflowFailureError

from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.video import JobState, JobStatus
from schemas.day import Outcome, ResolveAction, Stage, StepState
from schemas.failures import JOB_TROUBLE, SUBMIT_TROUBLE, FailureKind
from tests.workflows.world import LiveDay, World

TWO = ("luma", "second")


def a_failed_job(kind: FailureKind) -> JobStatus:
    return JobStatus("job", JobState.FAILED, failure=kind, reason=kind.value)


async def with_two_providers(world: World, **changes: object) -> LiveDay:
    return await world.start(await world.account(video_providers=TWO, **changes))


@pytest.mark.parametrize("kind", sorted(SUBMIT_TROUBLE - {FailureKind.CREDIT_EXHAUSTED}))
async def test_an_order_that_is_not_accepted_goes_to_the_next_provider(
    world: World, kind: FailureKind
) -> None:
    world.provider.refusals.extend(Retryable("luma", kind, "no") for _ in range(3))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert world.provider.orders == []
    assert len(world.second.orders) == 1


@pytest.mark.parametrize("kind", sorted(JOB_TROUBLE - {FailureKind.BAD_MEDIA}))
async def test_a_job_that_fails_for_good_goes_to_the_next_provider(
    world: World, kind: FailureKind
) -> None:
    world.provider.looks.append(a_failed_job(kind))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert (len(world.provider.orders), len(world.second.orders)) == (1, 1)


async def test_a_file_that_can_not_be_used_goes_to_the_next_provider(world: World) -> None:
    world.downloader.refusals.extend([Refused("luma", FailureKind.BAD_MEDIA, "no video")] * 3)
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert (len(world.provider.orders), len(world.second.orders)) == (1, 1)


async def test_a_file_that_is_no_video_for_a_moment_is_asked_for_again(world: World) -> None:
    world.downloader.refusals.append(Refused("luma", FailureKind.BAD_MEDIA, "no video"))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert (len(world.provider.orders), len(world.second.orders)) == (1, 0)
    assert len(world.downloader.fetched) == 2


async def test_refused_words_are_said_differently_once(world: World) -> None:
    world.provider.looks.append(a_failed_job(FailureKind.MODERATED))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    first, second = world.provider.orders
    assert second["prompt"] == "The robot pours a cup, milder" != first["prompt"]
    assert world.second.orders == []


async def test_refused_words_are_not_offered_to_the_next_provider(world: World) -> None:
    world.provider.looks.extend([a_failed_job(FailureKind.MODERATED)] * 2)
    day = await with_two_providers(world)
    await day.until_parked("clip 1: film")

    assert (len(world.provider.orders), len(world.second.orders)) == (2, 0)
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)
    assert (len(world.provider.orders), len(world.second.orders)) == (3, 0)


async def test_why_a_provider_was_left_is_written_down(world: World) -> None:
    world.provider.looks.append(a_failed_job(FailureKind.JOB_FAILED))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    rows = await world.db.pool.rows(
        "SELECT step, kind, message FROM error_logs WHERE account_id = $1", day.key.account
    )
    assert [tuple(row) for row in rows] == [("clip 1: film", "job_failed", "luma: job_failed")]


async def test_an_order_without_an_answer_is_found_in_the_provider_s_list(world: World) -> None:
    provider = world.with_a_list()
    provider.lost = 1
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert (len(provider.orders), len(world.second.orders)) == (1, 0)


async def test_an_order_that_no_list_has_is_sent_once_more(world: World) -> None:
    provider = world.with_a_list()
    provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    day = await with_two_providers(world)
    await day.until(Stage.REVIEW)

    assert [str(order["reference"])[-6:] for order in provider.orders] == ["take-1"]


async def test_a_list_that_can_not_be_read_leaves_the_order_to_a_person(world: World) -> None:
    provider = world.with_a_list()
    provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    provider.list_trouble = Refused("luma", FailureKind.AUTHENTICATION, "no list for this key")
    day = await with_two_providers(world)
    now = await day.until_parked("clip 1: order from luma")

    assert "no list for this key" in (now.waiting_for or "")
    assert (provider.orders, world.second.orders) == ([], [])


async def test_a_day_that_is_cancelled_stops_its_job(world: World) -> None:
    provider = world.with_a_list()
    provider.looks.extend([JobStatus("job", JobState.QUEUED)] * 500)
    day = await with_two_providers(world)
    await day.until(Stage.FILMING)
    while not provider.statuses:
        await asyncio.sleep(0.05)
    await day.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await day.result()

    assert len(provider.stopped) == 1


async def test_an_unknown_order_is_bought_again_only_when_a_person_says_so(world: World) -> None:
    world.provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    day = await with_two_providers(world)
    now = await day.until_parked("clip 1: order from luma")
    assert now.skippable
    assert (world.provider.orders, world.second.orders) == ([], [])
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    assert [str(order["reference"])[-6:] for order in world.provider.orders] == ["take-2"]
    assert world.second.orders == []


async def test_a_person_may_let_go_of_an_unknown_order(world: World) -> None:
    world.provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    day = await with_two_providers(world)
    await day.until_parked("clip 1: order from luma")
    await day.resolve(ResolveAction.SKIP)
    await day.until(Stage.REVIEW)

    assert (len(world.provider.orders), len(world.second.orders)) == (0, 1)


async def test_a_job_that_takes_too_long_is_waited_for_and_not_bought_elsewhere(
    world: World,
) -> None:
    late = Refused("luma", FailureKind.JOB_TIMED_OUT, "its time limit passed")
    world.provider.looks.append(late)
    day = await with_two_providers(world)
    await day.until_parked("clip 1: film")
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    assert (len(world.provider.orders), len(world.second.orders)) == (1, 0)


async def test_a_finished_clip_is_not_bought_again_when_its_neighbour_fails(world: World) -> None:
    world.provider.looks.append(a_failed_job(FailureKind.BAD_REQUEST))
    day = await world.start(await world.account(reel_seconds=20))
    now = await day.until(Stage.NEEDS_ATTENTION)
    assert (now.parked_step or "").endswith(": film")
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    takes = sorted(str(order["reference"])[-6:] for order in world.provider.orders)
    assert takes == ["take-1", "take-1", "take-2"]
    assert len(world.downloader.fetched) == 2


async def test_abort_at_one_clip_ends_the_day_whatever_became_of_the_other(world: World) -> None:
    world.provider.looks.append(a_failed_job(FailureKind.JOB_FAILED))
    world.provider.looks.append(a_failed_job(FailureKind.BAD_REQUEST))
    day = await with_two_providers(world, reel_seconds=20)
    await day.until(Stage.NEEDS_ATTENTION)
    await day.resolve(ResolveAction.ABORT)

    assert (await day.result()).outcome is Outcome.ABANDONED
    assert world.second.orders == []


async def test_when_no_provider_films_a_person_decides_and_retry_asks_them_anew(
    world: World,
) -> None:
    world.provider.looks.append(a_failed_job(FailureKind.JOB_FAILED))
    day = await world.start(await world.account())
    await day.until_parked("clip 1: film")
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    assert len(world.provider.orders) == 2


async def test_a_failed_step_is_shown_with_its_reason(world: World) -> None:
    world.provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    day = await with_two_providers(world)
    now = await day.until_parked("clip 1: order from luma")

    failed = {step.name: step.detail for step in now.steps if step.state is StepState.FAILED}
    assert "luma: no answer" in failed["clip 1: order from luma"]
