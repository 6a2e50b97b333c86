"""Reset in the Web UI: what was posted is never posted again, and people are asked anew."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from schemas.day import Outcome, Stage
from schemas.decision import Refusal, Verdict, seal
from tests.factories import DECISION_KEY
from tests.workflows.test_raw_signals import recorded
from tests.workflows.world import LiveDay, World


async def reset_to_the_beginning(day: LiveDay) -> None:
    """As `temporal workflow reset --type FirstWorkflowTask` does."""
    client = day.world.client
    run = (await day.handle.describe()).run_id
    first = next(
        event.event_id
        for event in await day.events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=day.handle.id, run_id=run),
            reason="a test",
            workflow_task_finish_event_id=first,
            request_id=f"{run}-reset",
        )
    )
    assert (await day.handle.describe()).run_id != run


async def test_a_reset_before_the_post_needs_a_new_approval(world: World) -> None:
    gate = world.gate()
    world.publisher.prepare_gate = gate
    day = await world.in_review()
    await day.decide()
    await gate.until_reached()
    await reset_to_the_beginning(day)
    gate.open()
    await day.until(Stage.REVIEW)

    assert world.publisher.commits == []
    assert (await day.decide(reviewer="carol")).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.media) == 1
    card = await world.db.cards.get(day.key, "slack")
    assert card
    assert [one.state for one in card.history] == [
        *("asked", "approved", "asked", "approved", "published"),
    ]
    assert len({one.reference for one in card.history}) == 1


async def test_a_decision_of_an_earlier_run_is_no_answer_to_a_reset_one(world: World) -> None:
    gate = world.gate()
    world.publisher.prepare_gate = gate
    day = await world.in_review()
    old = seal(await day.decision(), DECISION_KEY)
    await day.handle.signal("approval", old)
    await gate.until_reached()
    await reset_to_the_beginning(day)
    gate.open()
    await day.until(Stage.REVIEW)
    before = len(await day.refusals())
    await day.handle.signal("approval", old)

    assert (await recorded(day, before + 1))[-1] is Refusal.ALREADY_DECIDED
    assert (await day.progress()).stage is Stage.REVIEW
    assert world.publisher.commits == []


async def test_a_reset_of_a_rejected_day_may_end_otherwise(world: World) -> None:
    day = await world.in_review()
    await day.decide(verdict=Verdict.REJECT, note="too dark")
    await day.result()
    await reset_to_the_beginning(day)
    await day.until(Stage.REVIEW)

    assert (await day.row()).outcome is None
    assert (await day.decide()).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (await day.row()).outcome is Outcome.PUBLISHED


async def test_a_reset_of_a_published_day_ends_at_once_and_costs_nothing(world: World) -> None:
    day = await world.in_review()
    await day.decide()
    await day.result()
    spent = (world.claude.stories, len(world.provider.orders))
    await reset_to_the_beginning(day)
    result = await day.result()

    assert result.outcome is Outcome.SKIPPED
    assert "published already" in (result.reason or "")
    assert (await day.row()).outcome is Outcome.PUBLISHED
    assert (world.claude.stories, len(world.provider.orders)) == spent
    assert len(world.publisher.media) == 1


async def test_a_reset_buys_no_clip_again(world: World) -> None:
    day = await world.in_review()
    await reset_to_the_beginning(day)
    await day.until(Stage.REVIEW)

    assert len(world.provider.orders) == 1
