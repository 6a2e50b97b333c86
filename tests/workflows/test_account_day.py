"""The day from the outside: what was bought, asked, published, and shown."""

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy

from schemas.composition import Anchor, Layout, SoundMix
from schemas.day import Outcome, Stage, StepState
from schemas.names import ACCOUNT_ID, REEL_STAGE, TASK_QUEUE, WAITING_SINCE
from tests.workflows.cast import a_tale
from tests.workflows.world import TOKEN, LiveDay, World

EVENTS_OF_A_PLAIN_DAY = 220
"""About 205, as Temporal packs them; the server warns at 10,240."""


async def attributes(day: LiveDay) -> dict[str, object]:
    found = (await day.handle.describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in found}


async def test_an_approved_day_publishes_exactly_one_reel(world: World) -> None:
    day = await world.in_review()
    answer = await day.decide()
    result = await day.result()

    assert answer.accepted
    assert result.outcome is Outcome.PUBLISHED
    assert result.permalink == world.publisher.media[0].permalink
    assert len(world.publisher.commits) == 1
    assert len(world.channel.cards) == 1


async def test_a_history_is_small_and_holds_no_token_and_no_address_with_a_signature(
    world: World,
) -> None:
    day = await world.in_review()
    await day.decide()
    await day.result()
    events = await day.events()
    written = b"".join(event.SerializeToString() for event in events)

    assert len(events) < EVENTS_OF_A_PLAIN_DAY
    assert len(written) < 100_000
    assert world.publisher.tokens == {TOKEN}
    assert TOKEN.encode() not in written
    assert world.store.presigned
    assert b"Signature" not in written
    assert b"cdn.test" not in written


async def test_search_attributes_and_details_say_what_is_waited_for(world: World) -> None:
    day = await world.in_review()
    waiting = await attributes(day)
    summary = await (await day.handle.describe()).static_summary()

    assert waiting[ACCOUNT_ID] == day.key.account
    assert waiting[REEL_STAGE] == "review"
    assert waiting[WAITING_SINCE] == (await day.progress()).waiting_since
    assert summary == f"{day.key.account}, {day.key.day}"
    assert "approve or reject it" in await current_details(day)

    await day.decide()
    await day.result()
    closed = await attributes(day)
    assert closed[REEL_STAGE] == "closed"
    assert WAITING_SINCE not in closed


async def current_details(day: LiveDay) -> str:
    query = "__temporal_workflow_metadata"
    metadata: WorkflowMetadata = await day.handle.query(query, result_type=WorkflowMetadata)
    return metadata.current_details


async def test_progress_tells_how_each_step_stands(world: World) -> None:
    day = await world.in_review(reel_seconds=20)
    steps = {step.name: step for step in (await day.progress()).steps}

    assert steps["story"].state is StepState.DONE
    assert steps["clip 2: download"].state is StepState.DONE
    assert steps["compose"].ended_at is not None
    await day.decide()
    await day.result()
    finished = await day.progress()
    assert {step.state for step in finished.steps} == {StepState.DONE}
    assert finished.result is not None
    assert finished.result.outcome is Outcome.PUBLISHED


@pytest.mark.parametrize(("shown", "seen"), [(True, "Wait for it"), (False, "")])
async def test_a_reel_is_composed_as_its_account_chose(
    world: World, *, shown: bool, seen: str
) -> None:
    hooked = a_tale(1).model_copy(update={"hook_text": "Wait for it"})
    world.claude.tales.append(hooked)
    sound = SoundMix(gameplay=-6.0, top=0.0)
    await world.in_review(layout="split-50-50", top_anchor="top", sound=sound, hook_text=shown)

    (cut,) = world.ffmpeg.cuts
    assert (cut.layout, cut.top_anchor) == (Layout.SPLIT_50_50, Anchor.TOP)
    assert cut.sound == sound
    assert cut.hook_text == seen


async def test_bad_input_fails_the_run_and_not_the_worker(world: World) -> None:
    bad = await world.client.start_workflow(
        "AccountDay",
        {"account": "UPPER CASE", "day": "tomorrow"},
        id="account-day/bad/input",
        task_queue=TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    with pytest.raises(WorkflowFailureError):
        await bad.result()
    day = await world.start(await world.account())
    await day.until(Stage.REVIEW)
