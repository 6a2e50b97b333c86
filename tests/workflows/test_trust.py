"""Automatic approval: off unless allowed, earned by the record, sampled, and taken back at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from temporalio.testing import TimeSkipper

from clients.review import Final
from db.approval_row import AttemptRow
from schemas.account import Account, AccountDay
from schemas.daily_run import DailyRunInput, RunSummary
from schemas.day import Outcome, Stage
from schemas.decision import Refusal, Verdict, seal
from schemas.names import TASK_QUEUE
from schemas.trust import AUTOMATIC, POLICY
from tests.earned import a_name, posts
from tests.factories import DAY
from tests.integration.db.judged import a_day, rejected
from tests.waiting import until
from tests.workflows.test_account_day import current_details
from tests.workflows.test_departure import in_hours
from tests.workflows.test_recutting import TOO_LONG
from tests.workflows.world import LiveDay, World

EARNED = "50 of the last 50 approved unchanged"
A_MINUTE = timedelta(minutes=1)


async def an_account(
    world: World,
    *,
    number: int = 50,
    sampled: bool = False,
    review: Mapping[str, object] = MappingProxyType({}),
    **changes: object,
) -> Account:
    policy = {"auto_approval": True, **review}
    account = await world.account(id=a_name(sampled=sampled), review=policy, **changes)
    await posts(world.db, account, number)
    return account


async def waiting(world: World) -> LiveDay:
    """A Reel that was approved automatically and waits for its posting time."""
    account = await an_account(world, posting={"times": [in_hours(3)]})
    day = await world.start(account)
    await day.until_waiting("posting time")
    await day.quiet_but("await_withdrawal")
    return day


async def attempts(day: LiveDay) -> tuple[AttemptRow, ...]:
    return await day.world.db.approvals.attempts(day.key)


async def asked(day: LiveDay, why: str) -> None:
    """People are asked, they read why, and nothing was sent."""
    now = await day.until(Stage.REVIEW)
    cards = day.world.channel.cards
    if why not in (now.waiting_for or ""):
        await until(lambda: any(why in card.changed for card in cards), f"no card says {why}")
    assert day.world.publisher.commits == []


async def test_an_account_that_earned_it_publishes_without_a_person_exactly_once(
    world: World,
) -> None:
    day = await world.start(await an_account(world, review={"reviewers": ["alice"]}))
    result = await day.result()
    (attempt,) = await attempts(day)
    row = await world.db.approvals.get((await day.row()).id, result.revision or "")
    (shown,) = world.channel.messages.values()

    assert (result.outcome, result.reason) == (
        Outcome.PUBLISHED,
        f"approved automatically: {EARNED}",
    )
    assert (len(world.publisher.commits), len(world.publisher.media)) == (1, 1)
    assert (attempt.reviewer, attempt.channel, attempt.accepted) == (AUTOMATIC, POLICY, True)
    assert attempt.note == EARNED
    assert row is not None
    assert row.automatic
    assert isinstance(shown, Final)
    assert (shown.title, shown.words) == ("Published", f"approved automatically, {EARNED}")
    details = await current_details(day)
    assert f"automatic approval: done {EARNED}; to stop that: admin.py account set" in details


async def test_it_is_off_unless_somebody_allows_it(world: World) -> None:
    account = await an_account(world, review={"auto_approval": False})
    day = await world.start(account)
    await day.until(Stage.REVIEW)
    steps = [step.name for step in (await day.progress()).steps]

    assert "trust" not in steps
    assert await attempts(day) == ()


async def test_a_day_that_began_without_it_asks_people_though_it_is_allowed_meanwhile(
    world: World,
) -> None:
    gate = world.gate()
    world.ffmpeg.pretend("gates", [gate])
    account = await an_account(world, review={"auto_approval": False})
    day = await world.start(account)
    await gate.until_reached()
    await world.db.trust.allow(account.id)
    gate.open()

    await day.until(Stage.REVIEW)
    assert await attempts(day) == ()


@pytest.mark.parametrize(
    ("number", "sampled", "why"),
    [
        (50, True, "one of the 10 % that people see all the same"),
        (49, False, "49 of 50 posts, 100 % unchanged: not yet; it takes 1 more"),
    ],
)
async def test_people_are_asked_of_a_sample_and_before_it_is_earned(
    world: World, *, number: int, sampled: bool, why: str
) -> None:
    day = await world.start(await an_account(world, number=number, sampled=sampled))
    await asked(day, why)
    await day.decide()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert [one.reviewer for one in await attempts(day)] == ["alice"]
    assert world.channel.told == []


async def test_who_waits_says_that_nobody_saw_it_and_how_to_stop_that(world: World) -> None:
    day = await waiting(world)
    row, (card,) = await day.row(), world.channel.messages.values()

    assert f"approved automatically ({EARNED})" in (row.waiting_for or "")
    assert f"admin.py account set {day.key.account} --no-auto-approval" in (row.waiting_for or "")
    assert isinstance(card, Final)
    assert card.title == "Approved automatically"
    assert card.words.startswith(f"{EARNED}; to stop that: admin.py account set")
    assert (await day.decide()).refusal is Refusal.ALREADY_DECIDED


async def test_what_was_approved_automatically_is_not_published_once_that_was_stopped(
    world: World, clock: TimeSkipper
) -> None:
    day = await waiting(world)
    await world.db.trust.stop(day.key.account, "ann")
    await world.db.trust.allow(day.key.account)
    await clock.fast_forward(day.handle, A_MINUTE)
    await asked(day, "automatic approval was stopped")
    assert world.publisher.prepared == []
    await day.quiet()
    await day.decide(reviewer="bob")
    await day.until_waiting("posting time")
    assert "approved automatically" not in ((await day.row()).waiting_for or "")
    await day.publish_now()
    result = await day.result()
    row = await world.db.approvals.get((await day.row()).id, result.revision or "")

    assert (result.outcome, result.reason) == (Outcome.PUBLISHED, None)
    assert len(world.publisher.commits) == 1
    assert row is not None
    assert (row.reviewed_by, row.laying) == ("bob", 2)


async def test_one_reel_is_called_back_and_its_account_goes_on_as_it_did(
    world: World, clock: TimeSkipper
) -> None:
    day = await waiting(world)
    reel = (await day.row()).id
    assert await world.db.trust.recall(reel, "ann", "test")
    await clock.fast_forward(day.handle, A_MINUTE)
    await asked(day, "it was approved automatically, and ann wants people to decide")
    await day.quiet()
    await day.decide(verdict=Verdict.REJECT, note="the joke is stale")
    account = await world.db.accounts.get(day.key.account)

    assert (await day.result()).outcome is Outcome.REJECTED
    assert world.publisher.prepared == []
    assert account is not None
    assert account.review.auto_approval


@pytest.mark.parametrize("before", ["the container", "the publish call"])
async def test_the_way_back_is_in_time_until_the_very_publish_call(
    world: World, before: str
) -> None:
    gate = world.gate()
    if before == "the container":
        world.publisher.prepare_gate = gate
    else:
        world.publisher.poll_gates.extend([None, gate])
    account = await an_account(world)
    day = await world.start(account)
    await gate.until_reached()
    await world.db.trust.stop(account.id, "ann")
    gate.open()

    await asked(day, "automatic approval was stopped by ann")
    await day.decide()
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.publisher.commits) == 1


async def test_it_ends_by_itself_with_the_record_and_people_are_told(
    world: World, clock: TimeSkipper
) -> None:
    day = await waiting(world)
    account = await world.db.accounts.get(day.key.account)
    assert account is not None
    for later in range(2, 5):
        await rejected(world.db, *await a_day(world.db, account, later))
    await clock.fast_forward(day.handle, A_MINUTE)
    await asked(day, "automatic approval has ended: 50 of 50 posts, 94.3 % unchanged")
    next_day = await world.start(account, DAY + timedelta(days=1))
    await next_day.until(Stage.REVIEW)

    await until(lambda: world.channel.told, "nobody is told")
    ((title, text),) = world.channel.told
    assert title == f"{account.id}, {next_day.key.day}: people decide again"
    assert "94.3 % unchanged: not yet; it takes 95 % of them unchanged" in text


async def test_a_file_that_people_would_tell_apart_is_always_seen(world: World) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG)
    world.ffmpeg.pretend("seconds", 910.0)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await world.start(await an_account(world))
    await asked(day, "10.00 s were cut off its end")
    await day.decide()

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert [one.reviewer for one in await attempts(day)] == [AUTOMATIC, "alice"]


async def test_a_file_that_nobody_would_tell_apart_goes_out_as_it_was_approved(
    world: World,
) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG)
    world.ffmpeg.pretend("seconds", 900.1)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await world.start(await an_account(world))

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert [one.reviewer for one in await attempts(day)] == [AUTOMATIC]


async def test_nobody_passes_for_the_policy(world: World) -> None:
    day = await world.start(await an_account(world, sampled=True))
    await day.until(Stage.REVIEW)
    named = await day.decide(reviewer="Auto-Approval")
    through = await day.decide(channel=POLICY)
    both = await day.decision(reviewer=AUTOMATIC, channel=POLICY)
    await day.handle.signal("approval", seal(both, bytes(32)))
    (forged,) = await day.answers(both)

    assert {one.refusal for one in (named, through)} == {Refusal.UNKNOWN_REVIEWER}
    assert forged.refusal is Refusal.NOT_TAKEN
    assert (await day.progress()).stage is Stage.REVIEW
    assert (await day.decide()).accepted


async def test_a_daily_run_waits_for_no_review_where_there_is_none(world: World) -> None:
    today, start_time = datetime.now(UTC).date(), "08:07"
    policy = {"auto_approval": True}
    account = await world.account(id=a_name(day=today), start_time=start_time, review=policy)
    await posts(world.db, account, before=today)
    run = await world.client.start_workflow(
        "DailyRun",
        DailyRunInput(start_time=start_time, zone="UTC"),
        id=f"daily-run/{start_time}/trusted",
        task_queue=TASK_QUEUE,
        result_type=RunSummary,
    )
    summary = await run.result()
    day = world.day(AccountDay(account=account.id, day=today))

    assert [(one.status, one.reason) for one in summary.accounts] == [
        ("approved", f"automatically: {EARNED}")
    ]
    assert (await day.result()).outcome is Outcome.PUBLISHED
