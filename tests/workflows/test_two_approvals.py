"""Where two people have to approve: the first is told, and only the second lets a Reel out."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import TimeSkipper

from db.failures import NotApproved
from schemas.day import Outcome
from schemas.decision import Refusal, Verdict, seal
from tests.factories import DECISION_KEY
from tests.workflows.test_edits import WORDS, laid_anew
from tests.workflows.test_review import A_DAY, reminded
from tests.workflows.test_variants import revisions
from tests.workflows.world import World

TWO = {"approvals_needed": 2}


async def test_two_different_people_let_a_reel_out(world: World) -> None:
    day = await world.in_review(review=TWO)
    decision = await day.decision(reviewer="Ann")
    (first,) = await day.answers(decision)
    await laid_anew(day)
    await day.handle.signal("approval", seal(decision, DECISION_KEY))
    same = await day.decide(reviewer="ann")
    row = await day.row()

    assert (first.accepted, first.final) == (True, False)
    assert "another person has to" in first.message
    assert world.channel.cards[-1].changed == first.message
    assert same.refusal is Refusal.ALREADY_DECIDED
    assert "ann has approved it already" in same.message
    assert await world.db.given.of(row.id, row.revision or "") == ("ann",)
    with pytest.raises(NotApproved):
        await world.db.approvals.decide(row.id, row.revision or "", await day.decision())
    assert world.publisher.prepared == []
    second = await day.decide(reviewer="bob")
    assert (second.accepted, second.final) == (True, True)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert await day.refusals() == [None, Refusal.ALREADY_DECIDED, None]


async def test_both_have_to_approve_the_same_caption(world: World) -> None:
    day = await world.in_review(review=TWO)
    first, second = (await revisions(day)).values()
    for revision, reviewer in ((first, "ann"), (second, "bob")):
        assert not (await day.decide(revision=revision, reviewer=reviewer)).final
    assert (await day.decide(revision=second, reviewer="ann")).final

    assert (await day.result()).revision == second


async def test_an_edit_begins_at_no_approval_and_one_person_may_reject(world: World) -> None:
    day = await world.in_review(review=TWO)
    await day.decide(reviewer="ann")
    await laid_anew(day)
    await day.decide(reviewer="bob", verdict=Verdict.EDIT, edits={"caption": WORDS})
    await laid_anew(day, 3)
    row = await day.row()
    assert await world.db.given.of(row.id, row.revision or "") == ()
    assert not (await day.decide(reviewer="bob")).final
    assert (await day.decide(reviewer="ann", verdict=Verdict.REJECT, note="no")).final

    assert (await day.result()).outcome is Outcome.REJECTED


async def test_a_reminder_waits_for_the_end_of_the_quiet_hours(
    world: World, clock: TimeSkipper
) -> None:
    hour = timedelta(hours=1)
    due = datetime.now(UTC) + 24 * hour
    quiet = f"{due - hour:%H:%M}-{due + 2 * hour:%H:%M}"
    day = await world.in_review(review={"quiet_hours": quiet})
    await day.quiet()
    await clock.fast_forward(day.handle, A_DAY)
    await day.quiet()
    assert len(world.channel.cards) == 1
    await clock.fast_forward(day.handle, 2 * hour)
    await reminded(world, 1)
