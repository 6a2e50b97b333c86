"""When an approved Reel goes out, and what the day does while it may not."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import TimeSkipper

from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.publishing import Quota
from runtime.exits import InputError
from schemas.day import Outcome, ResolveAction, Stage
from schemas.failures import FailureKind
from schemas.names import WAITING_SINCE
from tests.factories import DAY
from tests.waiting import until
from tests.workflows.world import LiveDay, World

FULL = Quota(used=50, total=50, seconds=86_400)
NINETY_MINUTES = timedelta(minutes=90)
THROTTLED = Retryable(
    "instagram",
    FailureKind.RATE_LIMITED,
    "too many calls",
    retry_after=NINETY_MINUTES.total_seconds(),
)
LOST = OutcomeUnknown("instagram", "no answer")


def in_hours(hours: int) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%H:%M}"


async def approved(world: World, **changes: object) -> LiveDay:
    day = await world.in_review(**changes)
    await day.decide()
    return day


async def later(world: World, clock: TimeSkipper, day: LiveDay, by: timedelta) -> None:
    """Put both clocks on: the one of the activities, and the one of the day."""
    await day.quiet()
    world.later += by
    await clock.fast_forward(day.handle, by)


async def test_an_approved_reel_waits_for_its_account_s_posting_time(
    world: World, clock: TimeSkipper
) -> None:
    day = await approved(world, posting={"times": [in_hours(3)]})
    now = await day.until_waiting("posting time")

    async def written_down() -> str | None:
        return (await day.row()).waiting_for

    waits_for = await until(written_down, "nothing says what it waits for")
    assert now.stage is Stage.PUBLISHING
    assert now.waiting_since is None
    assert (now.waiting_for or "").startswith("waits until ")
    assert f"starter.py publish {day.key.account} {day.key.day}" in (waits_for or "")
    assert WAITING_SINCE not in (await day.handle.describe()).search_attributes
    assert world.publisher.prepared == []
    await later(world, clock, day, timedelta(hours=3, minutes=16))
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_publish_now_ends_the_wait_for_a_posting_time_and_says_so_twice(
    world: World,
) -> None:
    world.publisher.quota_answers.append(FULL)
    day = await approved(world, posting={"times": [in_hours(3)]})
    await day.until_waiting("posting time")

    first = await day.publish_now()
    await day.until_waiting("50 of 50 posts in 24 hours")
    second = await day.publish_now()

    assert first == "it need not wait for its posting time, says bob"
    assert second.startswith(first)
    assert "50 of 50 posts" in second
    assert (await day.progress()).stage is Stage.PUBLISHING
    assert world.publisher.prepared == []


async def test_publish_now_is_no_approval(world: World) -> None:
    day = await world.in_review(posting={"times": [in_hours(3)]})

    with pytest.raises(InputError, match="does not wait for a posting time: review: a reviewer"):
        await day.publish_now()

    await day.decide()
    await day.until_waiting("posting time")
    assert world.publisher.prepared == []


async def test_publish_now_ends_no_wait_for_a_resumed_account(world: World) -> None:
    day = await world.in_review()
    await world.db.accounts.pause(day.key.account, "holidays")
    await day.decide()
    await day.until_waiting("account paused")

    with pytest.raises(InputError, match="needs-attention: account paused: holidays"):
        await day.publish_now()
    assert world.publisher.prepared == []


@pytest.mark.parametrize("said", [[{"by": 7}], ["now"], [{}, {}]])
async def test_a_malformed_publish_now_is_refused_and_harms_nothing(
    world: World, said: list[object]
) -> None:
    day = await approved(world, posting={"times": [in_hours(3)]})
    await day.until_waiting("posting time")
    with pytest.raises(Exception, match="Workflow update failed"):
        await day.handle.execute_update("publish", args=said)

    assert await day.handle.execute_update("publish") == (
        "it need not wait for its posting time, says web-ui"
    )
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_reel_over_quota_waits_for_room_and_asks_nobody(
    world: World, clock: TimeSkipper
) -> None:
    world.publisher.quota_answers.append(FULL)
    day = await approved(world)
    now = await day.until_waiting("50 of 50 posts in 24 hours")

    assert (now.stage, now.parked_step) == (Stage.PUBLISHING, None)
    assert world.publisher.prepared == []
    await later(world, clock, day, timedelta(hours=1))
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.channel.told == []


async def test_a_publish_refused_for_the_quota_is_sent_again_when_there_is_room(
    world: World, clock: TimeSkipper
) -> None:
    world.publisher.commit_answers.append(
        Retryable("instagram", FailureKind.RATE_LIMITED, "as much as 24 hours allow")
    )
    world.publisher.quota_answers.extend([Quota(49, 50, 86_400), FULL])
    day = await approved(world)
    await day.until_waiting("50 of 50 posts")

    assert len(world.publisher.commits) == 1
    await later(world, clock, day, timedelta(hours=1))
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.commits), len(world.publisher.media)) == (2, 1)


@pytest.mark.parametrize("step", ["quota", "prepare", "look", "reconcile"])
async def test_a_throttle_is_waited_out_by_a_timer_at_every_step(
    world: World, clock: TimeSkipper, step: str
) -> None:
    gate = world.publisher.commit_gate = world.gate()
    day = await world.in_review()
    if step == "reconcile":
        world.publisher.commit_answers.append(LOST)
        world.publisher.lost = True
    else:
        troubles = {
            "quota": world.publisher.quota_answers,
            "prepare": world.publisher.prepare_answers,
            "look": world.publisher.reads,
        }
        troubles[step].append(THROTTLED)  # type: ignore[attr-defined]
        gate.open()
    await day.decide()
    if step == "reconcile":
        await gate.until_reached()
        world.publisher.reads.append(THROTTLED)
        gate.open()
    now = await day.until_waiting("takes no more calls")

    assert (now.stage, now.parked_step) == (Stage.PUBLISHING, None)
    assert any(one.state == "waiting" for one in now.steps)
    await later(world, clock, day, NINETY_MINUTES)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.prepared), len(world.publisher.media)) == (1, 1)
    assert len(world.publisher.commits) == 1
    assert world.channel.told == []


async def test_an_outcome_that_is_unknown_for_an_hour_is_read_again_and_never_sent_again(
    world: World, clock: TimeSkipper
) -> None:
    gate = world.publisher.commit_gate = world.gate()
    world.publisher.commit_answers.append(LOST)
    world.publisher.lost = True
    day = await approved(world)
    await gate.until_reached()
    # Two readings in the hour, and not sixty, each of which would cost the test a second.
    down = Retryable("instagram", FailureKind.UNAVAILABLE, "can't be read", retry_after=1790.0)
    world.publisher.reads.extend([down] * 9)
    gate.open()
    await until(lambda: len(world.publisher.reads) < 9, "nothing is read")
    await clock.fast_forward(day.handle, timedelta(minutes=28))
    assert (await day.progress()).parked_step is None
    await clock.fast_forward(day.handle, timedelta(minutes=33))
    now = await day.until_parked("publish: reconcile")

    assert "whether the Reel is out is not known" in (now.waiting_for or "")
    assert not now.skippable
    world.publisher.reads.clear()
    await day.resolve(ResolveAction.RETRY)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.commits), len(world.publisher.media)) == (1, 1)


async def test_a_refusal_of_the_account_is_told_once_however_many_days_wait(
    world: World, clock: TimeSkipper
) -> None:
    refused = Refused("instagram", FailureKind.ACCOUNT_BLOCKED, "a person has to confirm")
    world.publisher.commit_answers.append(refused)
    account = await world.account()
    days = [await world.start(account, DAY + timedelta(days=more)) for more in range(2)]
    for day in days:
        await day.until(Stage.REVIEW)
    for day in days:
        await day.decide()
        await day.until_waiting("account paused: instagram: a person has to confirm")

    await until(lambda: world.channel.told, "nobody is told")
    assert len(world.publisher.commits) == 1
    await world.db.accounts.resume(account.id)
    for day in days:
        await clock.fast_forward(day.handle, timedelta(minutes=1))
        assert (await day.result()).outcome is Outcome.PUBLISHED
    ((title, text),) = world.channel.told
    assert title == "An account is paused"
    assert "open Instagram as this account and confirm" in text
    assert f"admin.py account resume {account.id}" in text


async def test_a_pause_holds_back_a_reel_whose_container_is_being_made(
    world: World, clock: TimeSkipper
) -> None:
    gate = world.publisher.prepare_gate = world.gate()
    day = await approved(world)
    await gate.until_reached()
    await world.db.accounts.pause(day.key.account, "holidays")
    gate.open()
    now = await day.until_waiting("account paused: holidays; it goes on after")
    await day.quiet_but("await_resume")

    assert (now.parked_step, now.skippable) == ("publish", True)
    assert world.publisher.commits == []
    assert world.channel.told == []
    await world.db.accounts.resume(day.key.account)
    await clock.fast_forward(day.handle, timedelta(minutes=1))
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.prepared) == 1


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(ResolveAction.SKIP, Outcome.SKIPPED), (ResolveAction.ABORT, Outcome.ABANDONED)],
)
async def test_a_reel_of_a_paused_account_may_be_given_up(
    world: World, action: ResolveAction, outcome: Outcome
) -> None:
    day = await world.in_review()
    await world.db.accounts.pause(day.key.account, "holidays")
    await day.decide()
    await day.until_waiting("account paused")
    await day.resolve(action)

    assert (await day.result()).outcome is outcome
    assert world.publisher.prepared == []


async def test_a_cancelled_day_waits_for_no_posting_time(world: World) -> None:
    day = await approved(world, posting={"times": [in_hours(3)]})
    await day.until_waiting("posting time")
    await day.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await day.result()

    assert (await day.row()).outcome is Outcome.CANCELLED
    assert world.publisher.prepared == []
