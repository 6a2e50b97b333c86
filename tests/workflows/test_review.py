"""The review: who decides, until when, and what silence means."""

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.testing import TimeSkipper

from clients.errors import Refused, Retryable
from db.approval_row import ApprovalStatus
from runtime import doors
from schemas.account import AccountDay
from schemas.day import Outcome, Stage
from schemas.decision import Decision, Refusal, Verdict, seal
from schemas.failures import FailureKind
from tests.factories import DAY, DECISION_KEY
from tests.waiting import until
from tests.workflows.world import LiveDay, World

A_DAY = timedelta(hours=24, minutes=1)


async def reminded(world: World, times: int) -> None:
    def all_came() -> bool:
        return sum(card.reminder for card in world.channel.cards) == times

    await until(all_came, f"{times} reminders did not come")


async def sent_while_nobody_works(
    world: World, clock: TimeSkipper, day: LiveDay, decision: Decision
) -> None:
    """The deadline passes first, and both are read at once."""
    await day.quiet()
    await world.rest()
    passing = asyncio.create_task(clock.fast_forward(day.handle, A_DAY))
    while EventType.EVENT_TYPE_TIMER_FIRED not in [one.event_type for one in await day.events()]:
        await asyncio.sleep(0.05)
    sent = await doors.send_decision(
        world.client, decision, DECISION_KEY, patience=timedelta(seconds=0.5)
    )
    assert sent.answer is None
    await world.work()
    await passing


async def status(day: LiveDay) -> ApprovalStatus | None:
    row = await day.row()
    review = await day.world.db.approvals.get(row.id, row.revision or "")
    return review.status if review else None


async def test_a_rejected_day_publishes_nothing_and_keeps_its_reason(world: World) -> None:
    day = await world.in_review()
    await day.decide(verdict=Verdict.REJECT, note="too dark")
    result = await day.result()
    row = await day.row()

    assert result.outcome is Outcome.REJECTED
    assert result.reason == "too dark"
    assert (row.outcome, row.reason) == (Outcome.REJECTED, "too dark")
    assert world.publisher.prepared == []


async def test_silence_expires_after_reminders_each_day(world: World, clock: TimeSkipper) -> None:
    day = await world.in_review()
    for reminders in (1, 2):
        await clock.fast_forward(day.handle, A_DAY)
        await reminded(world, reminders)
    await clock.fast_forward(day.handle, A_DAY)
    result = await day.result()

    assert result.outcome is Outcome.EXPIRED
    assert await status(day) is ApprovalStatus.EXPIRED
    assert len(world.channel.cards) == 1 + 2
    assert world.publisher.prepared == []


async def test_silence_may_hold_and_a_late_approval_still_publishes(
    world: World, clock: TimeSkipper
) -> None:
    day = await world.in_review(review={"silence": "hold", "expiry_hours": 24})
    for reminders in (1, 2, 3):
        await clock.fast_forward(day.handle, A_DAY)
        await reminded(world, reminders)
    assert (await day.progress()).stage is Stage.REVIEW
    await day.decide()

    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_decision_after_the_deadline_does_not_count_though_it_is_read_first(
    world: World, clock: TimeSkipper
) -> None:
    day = await world.in_review(review={"expiry_hours": 24})
    decision = await day.decision()
    await sent_while_nobody_works(world, clock, day, decision)

    assert (await day.result()).outcome is Outcome.EXPIRED
    assert Refusal.EXPIRED in await day.refusals()
    assert world.publisher.prepared == []


async def test_a_held_review_takes_a_decision_at_its_deadline(
    world: World, clock: TimeSkipper
) -> None:
    day = await world.in_review(review={"silence": "hold", "expiry_hours": 24})
    decision = await day.decision()
    await sent_while_nobody_works(world, clock, day, decision)

    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_decision_on_another_revision_is_refused(world: World) -> None:
    day = await world.in_review()
    answer = await day.decide(revision="f" * 64)

    assert answer.refusal is Refusal.STALE_REVISION
    assert "look at it and decide again" in answer.message
    assert (await day.decide()).accepted


async def test_a_decision_on_another_day_is_refused(world: World) -> None:
    day = await world.in_review()
    other = await day.decision(key=AccountDay(account=day.key.account, day=DAY + timedelta(days=1)))
    sealed = seal(other, DECISION_KEY)
    await day.handle.signal("approval", sealed)
    answer = await day.decide()

    assert answer.accepted
    assert await day.refusals() == [Refusal.WRONG_DAY, None]


async def test_a_decision_of_an_unknown_reviewer_is_refused(world: World) -> None:
    day = await world.in_review(review={"reviewers": ("carol",)})
    answer = await day.decide(reviewer="mallory")

    assert answer.refusal is Refusal.UNKNOWN_REVIEWER
    assert (await day.decide(reviewer="carol")).accepted


async def test_a_decision_before_the_review_is_refused(world: World) -> None:
    world.claude.gate = world.gate()
    day = await world.start(await world.account())
    await world.claude.gate.until_reached()
    answer = await day.decide(revision="a" * 64)
    world.claude.gate.open()

    assert answer.refusal is Refusal.NOT_IN_REVIEW
    await day.until(Stage.REVIEW)


async def test_of_twenty_decisions_at_once_one_wins_and_publishes_once(world: World) -> None:
    day = await world.in_review()
    decisions = [await day.decision(reviewer=f"reviewer-{number}") for number in range(20)]
    world.publisher.commit_gate = world.gate()
    answers = await day.answers(*decisions)
    world.publisher.commit_gate.open()
    winner = next(answer for answer in answers if answer.accepted)

    assert winner.decision is not None
    lost = [answer.message for answer in answers if not answer.accepted]
    assert len(lost) == 19
    assert all(f"already decided by {winner.decision.reviewer}" in said for said in lost)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.commits) == 1
    assert (await day.refusals()).count(None) == 1


async def test_of_twenty_decisions_one_wins_though_the_day_closes_under_the_others(
    world: World,
) -> None:
    day = await world.in_review()
    decisions = [await day.decision(reviewer=f"reviewer-{number}") for number in range(20)]
    sent = await asyncio.gather(*(day.answers(one) for one in decisions), return_exceptions=True)
    answers = [answer for one in sent if isinstance(one, list) for answer in one]
    late = [one for one in sent if isinstance(one, BaseException)]

    assert sum(answer.accepted for answer in answers) == 1
    assert len(answers) + len(late) == 20
    assert {type(one) for one in late} <= {doors.NoSuchDay}
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.commits) == 1


async def test_the_same_decision_sent_twice_counts_once_and_is_no_refusal(world: World) -> None:
    day = await world.in_review()
    world.publisher.prepare_gate = world.gate()
    decision = await day.decision()
    await day.answers(decision)
    await day.handle.signal("approval", seal(decision, DECISION_KEY))
    world.publisher.prepare_gate.open()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert await day.refusals() == [None]


async def test_a_channel_that_is_down_does_not_hold_up_the_review(world: World) -> None:
    world.channel.failures.append(Refused("slack", FailureKind.AUTHENTICATION, "no_service"))
    day = await world.in_review()

    assert (await day.decide()).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_channel_that_asks_for_an_hour_does_not_hold_up_the_review(world: World) -> None:
    busy = Retryable("slack", FailureKind.RATE_LIMITED, "rate limited", retry_after=3600.0)
    world.channel.failures.append(busy)
    day = await world.in_review()
    await day.decide()

    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_one_card_follows_the_day_from_the_question_to_the_post(world: World) -> None:
    day = await world.in_review()
    await day.quiet()
    await day.decide()
    result = await day.result()
    row = await world.db.cards.get(day.key, "slack")
    assert row
    assert [one.state for one in row.history] == ["asked", "approved", "published"]
    assert len({one.reference for one in row.history}) == 1
    assert result.permalink
    assert row.words.endswith(result.permalink)


async def test_a_channel_that_is_down_at_the_end_holds_up_nothing(world: World) -> None:
    day = await world.in_review()
    await day.quiet()
    gone = Refused("slack", FailureKind.CONFIGURATION, "the channel is gone")
    world.channel.failures.extend([gone, gone])
    await day.decide()
    assert (await day.result()).permalink
