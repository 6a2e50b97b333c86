"""A step that failed for good waits for a person, and nothing before it is repeated."""

import asyncio

import pytest
from temporalio.exceptions import ActivityError
from temporalio.exceptions import TimeoutError as TemporalTimeout

from clients.errors import Refused, Retryable
from runtime.exits import InputError
from schemas.day import Outcome, ResolveAction, Stage
from schemas.failures import JOB_TROUBLE, SUBMIT_TROUBLE, FailureKind
from tests.waiting import until
from tests.workflows.world import LiveDay, World
from workflows.parking import as_step_failed


def a_refusal(service: str = "claude") -> Refused:
    return Refused(service, FailureKind.REFUSED, "not with me")


async def in_the_database(day: LiveDay, stage: Stage) -> None:
    async def there() -> bool:
        return (await day.row()).stage is stage

    await until(there, f"the row is not at {stage}")


async def parked(world: World, step: str = "story") -> LiveDay:
    world.claude.story_troubles.append(a_refusal())
    day = await world.start(await world.account())
    await day.until_parked(step)
    return day


async def test_a_failing_step_parks_the_day_and_tells_people(world: World) -> None:
    day = await parked(world)
    now = await day.progress()
    await in_the_database(day, Stage.NEEDS_ATTENTION)
    title, text = (await until(lambda: world.channel.told, "nobody is told"))[0]

    assert now.stage is Stage.NEEDS_ATTENTION
    assert "story failed (refused): claude: not with me" in (now.waiting_for or "")
    assert "retry or abort" in (now.waiting_for or "")
    assert now.waiting_since is not None
    assert "needs attention" in title
    assert f"starter.py resolve {day.key.account}" in text
    errors = await world.db.pool.rows(
        "SELECT step, kind, message FROM error_logs WHERE account_id = $1", day.key.account
    )
    assert [tuple(error) for error in errors] == [("story", "refused", "claude: not with me")]


async def test_retry_goes_on_and_repeats_no_step_before(world: World) -> None:
    world.claude.caption_troubles.append(a_refusal())
    day = await world.start(await world.account())
    await day.until_parked("caption")
    assert await day.resolve(ResolveAction.RETRY) == "caption: retry"
    now = await day.until(Stage.REVIEW)

    assert (world.claude.stories, world.claude.captions) == (1, 2)
    assert len(world.provider.orders) == 1
    assert now.parked_step is None
    assert now.waiting_for is not None
    assert "reviewer" in now.waiting_for


async def test_abort_ends_the_day_as_abandoned(world: World) -> None:
    day = await parked(world)
    await day.resolve(ResolveAction.ABORT)
    result = await day.result()
    row = await day.row()

    assert result.outcome is Outcome.ABANDONED
    assert "abandoned by bob" in (result.reason or "")
    assert (row.stage, row.outcome) == (Stage.CLOSED, Outcome.ABANDONED)


async def test_the_bare_word_is_enough(world: World) -> None:
    day = await parked(world)
    answer = await day.handle.execute_update("resolve", "retry")

    assert answer == "story: retry"
    await day.until(Stage.REVIEW)


async def test_resolve_is_refused_when_nothing_is_parked(world: World) -> None:
    day = await world.in_review()
    with pytest.raises(InputError, match="nothing is parked"):
        await day.resolve(ResolveAction.RETRY)

    assert (await day.progress()).stage is Stage.REVIEW


async def test_skip_is_refused_where_the_day_needs_the_step(world: World) -> None:
    day = await parked(world)
    with pytest.raises(InputError, match="can't be skipped: retry or abort"):
        await day.resolve(ResolveAction.SKIP)

    assert (await day.progress()).parked_step == "story"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="nothing"),
        pytest.param(["again"], id="unknown-word"),
        pytest.param([{"act": "retry"}], id="object"),
        pytest.param(["retry", "retry"], id="two"),
        pytest.param([7], id="number"),
    ],
)
async def test_a_malformed_resolve_is_refused_and_harms_nothing(
    world: World, said: list[object]
) -> None:
    day = await parked(world)
    with pytest.raises(Exception, match="Workflow update failed"):
        await day.handle.execute_update("resolve", args=said)

    assert (await day.progress()).parked_step == "story"
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)


async def test_two_parked_steps_are_answered_one_after_the_other(world: World) -> None:
    world.claude.caption_troubles.append(a_refusal())
    world.provider.refusals.append(a_refusal("luma"))
    day = await world.start(await world.account())
    first = (await day.until(Stage.NEEDS_ATTENTION)).parked_step
    await asyncio.sleep(0.5)
    assert (await day.progress()).parked_step == first
    await day.resolve(ResolveAction.RETRY)
    other = {"caption", "clip 1: order from luma"} - {first}
    second = await day.until_parked(other.pop())
    assert second.stage is Stage.NEEDS_ATTENTION
    await in_the_database(day, Stage.NEEDS_ATTENTION)
    await day.resolve(ResolveAction.RETRY)
    now = await day.until(Stage.REVIEW)

    assert now.parked_step is None
    await in_the_database(day, Stage.REVIEW)
    assert len(world.provider.orders) == 1


async def test_abort_at_one_of_two_parked_steps_closes_the_day(world: World) -> None:
    world.claude.caption_troubles.append(a_refusal())
    world.provider.refusals.append(a_refusal("luma"))
    day = await world.start(await world.account())
    await day.until(Stage.NEEDS_ATTENTION)
    await asyncio.sleep(0.5)
    await day.resolve(ResolveAction.ABORT)

    assert (await day.result()).outcome is Outcome.ABANDONED
    progress = await day.progress()
    assert (progress.stage, progress.parked_step) == (Stage.CLOSED, None)


async def test_what_goes_on_beside_a_parked_step_does_not_hide_it(world: World) -> None:
    world.provider.gate = world.gate()
    world.claude.caption_troubles.append(a_refusal())
    day = await world.start(await world.account())
    await day.until_parked("caption")
    world.provider.gate.open()
    await until(lambda: world.ffmpeg.cuts, "nothing is composed")
    await asyncio.sleep(0.5)
    now = await day.progress()

    assert now.stage is Stage.NEEDS_ATTENTION
    assert "caption failed" in (now.waiting_for or "")
    await in_the_database(day, Stage.NEEDS_ATTENTION)
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)


async def test_what_may_pass_is_tried_again_by_itself_after_the_delay_asked_for(
    world: World,
) -> None:
    busy = Retryable("claude", FailureKind.RATE_LIMITED, "too many requests", retry_after=3.0)
    world.claude.story_troubles.append(busy)
    day = await world.start(await world.account())
    await day.until(Stage.REVIEW)
    story = next(step for step in (await day.progress()).steps if step.name == "story")

    assert story.ended_at is not None
    assert (story.ended_at - story.started_at).total_seconds() >= 3.0
    assert world.claude.stories == 2


def test_a_time_limit_that_passed_is_no_answer_of_the_provider() -> None:
    limit = TemporalTimeout("activity timeout", type=None, last_heartbeat_details=[])
    error = ActivityError(
        "failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="worker",
        activity_type="await_clip",
        activity_id="1",
        retry_state=None,
    )
    error.__cause__ = limit
    failure = as_step_failed("clip 1: film", error)

    assert failure.kind is FailureKind.JOB_TIMED_OUT
    assert failure.kind not in SUBMIT_TROUBLE | JOB_TROUBLE
