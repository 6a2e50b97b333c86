"""What a door says when a day can't take its word."""

import asyncio
from datetime import timedelta

import pytest

from runtime import doors
from schemas.account import AccountDay
from schemas.day import Outcome, Resolution, ResolveAction, Stage
from tests.factories import DAY, DECISION_KEY, a_decision
from tests.waiting import until
from tests.workflows.world import World

NEVER = AccountDay(account="never-started", day=DAY)
RETRY = Resolution(action=ResolveAction.RETRY, by="bob")


async def test_a_decision_that_no_worker_answers_is_kept_and_counts_once(world: World) -> None:
    day = await world.in_review()
    decision = await day.decision()
    await day.quiet()
    await world.rest()
    sent = await doors.send_decision(
        world.client, decision, DECISION_KEY, patience=timedelta(seconds=0.5)
    )
    assert sent.answer is None
    await world.work()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert await day.refusals() == [None]


async def test_more_decisions_than_the_server_takes_at_once_are_all_weighed(world: World) -> None:
    day = await world.in_review()
    decisions = [await day.decision(reviewer=f"reviewer-{number}") for number in range(14)]
    await day.quiet()
    await world.rest()
    sent = await asyncio.gather(
        *(
            doors.send_decision(world.client, one, DECISION_KEY, patience=timedelta(seconds=12))
            for one in decisions
        )
    )
    assert [one.answer for one in sent] == [None] * 14
    await world.work()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (await day.refusals()).count(None) == 1


async def test_a_decision_on_a_day_that_never_started_says_so(world: World) -> None:
    with pytest.raises(doors.NoSuchDay, match="never started"):
        await doors.send_decision(world.client, a_decision(NEVER), DECISION_KEY)


async def test_a_decision_on_a_closed_day_says_so(world: World) -> None:
    day = await world.in_review()
    late = await day.decision(reviewer="carol")
    await day.decide()
    await day.result()

    with pytest.raises(doors.NoSuchDay, match="closed"):
        await doors.send_decision(world.client, late, DECISION_KEY)


async def test_a_resolution_for_no_day_says_so(world: World) -> None:
    with pytest.raises(doors.NoSuchDay, match="never started"):
        await doors.send_resolution(world.client, NEVER, RETRY)


async def test_progress_of_no_day_says_so(world: World) -> None:
    with pytest.raises(doors.NoSuchDay, match="never started"):
        await doors.read_progress(world.client, NEVER)


async def test_a_closed_day_still_tells_how_it_went(world: World) -> None:
    day = await world.in_review()
    await day.decide()
    await day.result()
    progress = await doors.read_progress(world.client, day.key)

    assert progress is not None
    assert progress.stage is Stage.CLOSED
    assert progress.result is not None


async def test_running_days_are_those_that_are_open(world: World) -> None:
    day = await world.in_review()

    async def listed() -> bool:
        return day.key.workflow_id in await doors.running_days(world.client)

    assert await until(listed, "the day is not listed")
