"""Holds: a review that waits until a moment, without reminders, and goes on after it."""

from datetime import UTC, datetime, timedelta

from temporalio.testing import TimeSkipper

from schemas.day import Outcome
from schemas.decision import Refusal, Verdict
from tests.workflows.test_edits import laid_anew
from tests.workflows.test_review import reminded
from tests.workflows.world import LiveDay, World

DAYS = timedelta(days=1)


async def held(day: LiveDay, days: float, **more: object) -> datetime:
    """Hold the day for so long from now on."""
    until = datetime.now(UTC) + days * DAYS
    now = datetime.now(UTC)
    answer = await day.decide(verdict=Verdict.HOLD, hold_until=until, decided_at=now, **more)
    assert (answer.accepted, answer.final) == (True, False)
    assert answer.message.startswith(f"held until {until:%Y-%m-%d %H:%M} UTC by ")
    await day.until_waiting(answer.message)
    return until


async def test_a_held_review_reminds_nobody_and_goes_on_for_a_day_after_it(
    world: World, clock: TimeSkipper
) -> None:
    day = await world.in_review(review={"expiry_hours": 24, "reminder_hours": 6})
    await held(day, 5, reviewer="ann", note="after the fair")
    await laid_anew(day)
    assert "by ann: after the fair" in world.channel.cards[-1].changed
    await day.quiet()
    await clock.fast_forward(day.handle, 4.9 * DAYS)
    await day.quiet()
    assert len(world.channel.cards) == 2
    await clock.fast_forward(day.handle, 0.2 * DAYS)
    await reminded(world, 1)

    assert (await day.decide()).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_silence_after_a_hold_ends_the_review(world: World, clock: TimeSkipper) -> None:
    day = await world.in_review(review={"expiry_hours": 24, "reminder_hours": 24})
    await held(day, 2)
    await day.quiet()
    for step in (2.01 * DAYS, 0.97 * DAYS):
        await clock.fast_forward(day.handle, step)
        await day.quiet()
    assert (await day.progress()).result is None
    await clock.fast_forward(day.handle, 0.1 * DAYS)

    assert (await day.result()).outcome is Outcome.EXPIRED


async def test_a_decision_during_a_hold_counts(world: World) -> None:
    day = await world.in_review()
    await held(day, 10)
    again = await day.decide(
        verdict=Verdict.HOLD,
        decided_at="2026-11-01T09:00:00Z",
        hold_until="2026-11-02T09:00:00Z",
    )
    row = await world.db.approvals.newest((await day.row()).id)

    assert again.refusal is Refusal.NOT_TAKEN
    assert "that time is over" in again.message
    assert len({one.hold_until for one in row}) == 1
    assert (await day.decide(reviewer="bob")).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED
