"""A day that is cancelled, wherever it stands, is closed as what became of it."""

import asyncio
from collections.abc import Callable

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from clients.errors import Refused
from schemas.day import Outcome, Stage
from schemas.decision import Verdict
from schemas.failures import FailureKind
from tests.workflows.cast import Gate
from tests.workflows.world import LiveDay, World

Hold = Callable[[World, Gate], None]


def at_the_story(world: World, gate: Gate) -> None:
    world.claude.gate = gate


def at_a_clip(world: World, gate: Gate) -> None:
    world.provider.gate = gate


async def cancelled(day: LiveDay) -> None:
    with pytest.raises(WorkflowFailureError) as ended:
        await day.result()
    assert isinstance(ended.value.cause, CancelledError)
    row = await day.row()
    assert (row.stage, row.outcome) == (Stage.CLOSED, Outcome.CANCELLED)
    assert day.world.publisher.media == []


@pytest.mark.parametrize("hold", [at_the_story, at_a_clip])
async def test_a_day_cancelled_while_it_produces_is_closed(world: World, hold: Hold) -> None:
    gate = world.gate()
    hold(world, gate)
    day = await world.start(await world.account())
    await gate.until_reached()
    await day.handle.cancel()

    await cancelled(day)
    assert world.channel.cards == []


async def test_a_composition_is_told_of_its_days_end_at_once(world: World) -> None:
    """FFmpeg has a second to end by itself, and is gone within two of the order."""
    gate = world.gate()
    world.ffmpeg.gates.append(gate)
    day = await world.start(await world.account())
    await gate.until_reached()
    await day.handle.cancel()
    async with asyncio.timeout(1.5):
        await gate.left.wait()

    await cancelled(day)
    assert world.channel.cards == []


async def test_a_day_cancelled_while_it_opens_is_closed(world: World) -> None:
    account = await world.account()
    async with world.db.pool.inner.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE generated_reels IN EXCLUSIVE MODE")
        day = await world.start(account)
        await asyncio.sleep(1)
        await day.handle.cancel()
        await asyncio.sleep(0.5)

    await cancelled(day)


async def test_a_day_cancelled_while_its_stage_is_written_down_is_closed(world: World) -> None:
    day = await world.in_review()
    gate = world.gate()
    world.reels.gates.append(gate)
    await day.decide()
    await gate.until_reached()
    await day.handle.cancel()
    await asyncio.sleep(0.5)
    gate.open()

    await cancelled(day)
    assert world.publisher.prepared == []


async def test_a_day_cancelled_at_review_is_closed_and_takes_no_decision(world: World) -> None:
    day = await world.in_review()
    await day.handle.cancel()

    await cancelled(day)
    review = await world.db.approvals.get((await day.row()).id, (await day.row()).revision or "")
    assert review is not None
    assert review.status.value == "expired"


async def test_a_parked_day_may_be_cancelled(world: World) -> None:
    world.claude.story_troubles.append(Refused("claude", FailureKind.REFUSED, "no"))
    day = await world.start(await world.account())
    await day.until_parked("story")
    await day.handle.cancel()

    await cancelled(day)
    progress = await day.progress()
    assert (progress.stage, progress.parked_step) == (Stage.CLOSED, None)


async def test_a_day_cancelled_before_its_post_is_sent_is_closed(world: World) -> None:
    gate = world.gate()
    world.publisher.prepare_gate = gate
    day = await world.in_review()
    await day.decide()
    await gate.until_reached()
    await day.handle.cancel()

    await cancelled(day)
    assert world.publisher.commits == []


async def test_a_day_cancelled_while_its_post_goes_out_ends_as_published(world: World) -> None:
    gate = world.gate()
    world.publisher.answer_gate = gate
    day = await world.in_review()
    await day.decide()
    await gate.until_reached()
    await day.handle.cancel()
    await asyncio.sleep(0.5)
    status = (await day.handle.describe()).status
    gate.open()
    result = await day.result()

    assert status is WorkflowExecutionStatus.RUNNING
    assert result.outcome is Outcome.PUBLISHED
    assert (await day.row()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.media) == 1


async def test_a_day_cancelled_when_its_post_is_out_ends_as_published(world: World) -> None:
    gate = world.gate()
    world.publisher.link_gate = gate
    day = await world.in_review()
    await day.decide()
    await gate.until_reached()
    await day.handle.cancel()
    gate.open()

    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_day_cancelled_while_it_closes_ends_as_it_did(world: World) -> None:
    day = await world.in_review()
    await day.quiet()  # or the gate holds the note of the review
    gate = world.gate()
    world.reels.gates.append(gate)
    await day.decide(verdict=Verdict.REJECT, note="too dark")
    await gate.until_reached()
    await day.handle.cancel()
    await asyncio.sleep(0.5)
    gate.open()

    assert (await day.result()).outcome is Outcome.REJECTED
    assert (await day.row()).reason == "too dark"


async def test_a_day_cancelled_while_its_post_is_refused_is_closed(world: World) -> None:
    gate = world.gate()
    world.publisher.commit_gate = gate
    refusal = Refused("instagram", FailureKind.BAD_REQUEST, "no")
    world.publisher.commit_answers.append(refusal)
    day = await world.in_review()
    await day.decide()
    await gate.until_reached()
    await day.handle.cancel()
    gate.open()

    await cancelled(day)
