"""The days whose histories are kept: each way through the workflows once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.testing import TimeSkipper

from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.ffmpeg import BadMedia
from clients.mail import Mail
from clients.publishing import Quota, State
from clients.video import JobState, JobStatus
from db.tokens import NewTokens
from schemas.account import AccountDay, Role
from schemas.daily_run import DailyRunInput
from schemas.day import ResolveAction, Stage
from schemas.decision import Change, Verdict
from schemas.digest import DigestRun
from schemas.failures import FailureKind
from schemas.housekeeping import HousekeepingInput
from schemas.names import TASK_QUEUE
from tests.earned import a_name, posts
from tests.integration.web.letterbox import a_letterbox
from tests.workflows.world import CIPHER, TOKEN, LiveDay, World

Handle = WorkflowHandle[Any, Any]
Scenario = Callable[[World, TimeSkipper], Awaitable[Handle]]

A_DAY = timedelta(hours=24, minutes=1)
A_WEAK_ONE = {"hooks": False, "filmable": True, "on_theme": True, "safe": True, "reason": "dull"}


def a_refusal() -> Refused:
    return Refused("claude", FailureKind.REFUSED, "not with me")


async def decided(day: LiveDay, verdict: Verdict = Verdict.APPROVE) -> Handle:
    await day.quiet()
    await day.decide(verdict=verdict, note="seen")
    await day.result()
    return day.handle


async def published(world: World, clock: TimeSkipper) -> Handle:
    del clock
    return await decided(await world.in_review(reel_seconds=20))


async def rejected(world: World, clock: TimeSkipper) -> Handle:
    del clock
    return await decided(await world.in_review(), Verdict.REJECT)


async def expired(world: World, clock: TimeSkipper) -> Handle:
    day = await world.in_review()
    for reminders in (1, 2, 2):
        await clock.fast_forward(day.handle, A_DAY)
        while len(world.channel.cards) < 1 + reminders:
            await asyncio.sleep(0.05)
    await day.result()
    return day.handle


async def held(world: World, clock: TimeSkipper) -> Handle:
    day = await world.in_review(review={"silence": "hold", "expiry_hours": 24})
    await day.quiet()
    await clock.fast_forward(day.handle, A_DAY)
    while len(world.channel.cards) < 2:
        await asyncio.sleep(0.05)
    return await decided(day)


async def open_at_review(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await world.in_review()
    await day.handle.signal("approval", "a stranger's word")
    while not await day.refusals():
        await asyncio.sleep(0.05)
    await day.quiet()
    return day.handle


async def asked_anew(day: LiveDay, cards: int, **said: object) -> None:
    """Say something that does not end the day, and wait until people were asked so often."""
    await day.quiet()
    assert (await day.decide(**said)).accepted
    while len(day.world.channel.cards) < cards:
        await asyncio.sleep(0.05)
    await day.until(Stage.REVIEW)


async def revised(world: World, clock: TimeSkipper) -> Handle:
    del clock
    review = {"approvals_needed": 2, "quiet_hours": "22:00-08:00"}
    day = await world.in_review(review=review)
    edits = {"caption": "My barista never sleeps ☕", "cover_seconds": 7.25}
    await asked_anew(day, 2, verdict=Verdict.EDIT, edits=edits)
    for cards, change in enumerate((Change.CAPTION, Change.GAMEPLAY, Change.STORY), 3):
        await asked_anew(day, cards, verdict=Verdict.CHANGES, change=change, note="livelier")
    await asked_anew(day, 6, reviewer="carol")
    return await decided(day)


async def open_and_held(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await world.in_review()
    now = datetime.now(UTC)
    until = now + timedelta(days=5)
    await asked_anew(day, 2, verdict=Verdict.HOLD, hold_until=until, decided_at=now)
    await day.quiet()
    return day.handle


async def parked_and_resumed(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.claude.caption_troubles.append(a_refusal())
    world.provider.refusals.append(OutcomeUnknown("luma", "no answer"))
    day = await world.start(await world.account())
    for _ in range(2):
        while (await day.progress()).parked_step is None:
            await asyncio.sleep(0.05)
        parked = (await day.progress()).parked_step
        await day.resolve(ResolveAction.RETRY)
        while (await day.progress()).parked_step == parked:
            await asyncio.sleep(0.05)
    await day.until(Stage.REVIEW)
    return await decided(day)


async def composed_anew(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.ffmpeg.troubles.append(BadMedia("reel", "the gameplay is frozen"))
    day = await world.start(await world.account())
    await day.until(Stage.REVIEW)
    return await decided(day)


async def open_and_parked_at_compose(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.ffmpeg.troubles.extend([BadMedia("reel", "the gameplay is frozen")] * 2)
    day = await world.start(await world.account())
    await day.until_parked("compose")
    await day.quiet()
    return day.handle


async def parked_at_compose_and_resumed(world: World, clock: TimeSkipper) -> Handle:
    await open_and_parked_at_compose(world, clock)
    day = world.days[-1]
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)
    return await decided(day)


async def open_and_parked(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.claude.story_troubles.append(a_refusal())
    day = await world.start(await world.account())
    await day.until_parked("story")
    await day.quiet()
    return day.handle


async def abandoned(world: World, clock: TimeSkipper) -> Handle:
    handle = await open_and_parked(world, clock)
    day = world.days[-1]
    await day.resolve(ResolveAction.ABORT)
    await day.result()
    return handle


async def skipped(world: World, clock: TimeSkipper) -> Handle:
    del clock
    account = await world.account()
    await world.db.accounts.pause(account.id, "holidays")
    day = await world.start(account)
    await day.result()
    return day.handle


async def second_provider(world: World, clock: TimeSkipper) -> Handle:
    del clock
    down = Retryable("luma", FailureKind.UNAVAILABLE, "down")
    world.provider.refusals.extend([down] * 3)
    return await decided(await world.in_review(video_providers=("luma", "second")))


async def reworded(world: World, clock: TimeSkipper) -> Handle:
    del clock
    refused = JobStatus("job", JobState.FAILED, failure=FailureKind.MODERATED, reason="words")
    world.provider.looks.append(refused)
    return await decided(await world.in_review())


async def order_found(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.with_a_list().lost = 1
    return await decided(await world.in_review())


async def open_and_refused_by_the_critic(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.claude.verdicts.extend([A_WEAK_ONE] * 3)
    day = await world.start(await world.account(trends=True))
    await day.until_parked("story")
    await day.quiet()
    return day.handle


async def over_budget(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await world.start(await world.account(daily_budget_micros=901_500))
    await day.result()
    return day.handle


async def reconciled(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.publisher.commit_answers.append(OutcomeUnknown("instagram", "no answer"))
    return await decided(await world.in_review())


async def approved(world: World, **changes: object) -> LiveDay:
    day = await world.in_review(**changes)
    await day.quiet()
    await day.decide()
    return day


def a_time_ahead() -> str:
    return f"{datetime.now(UTC) + timedelta(hours=3):%H:%M}"


async def open_until_its_posting_time(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await approved(world, posting={"times": [a_time_ahead()]})
    await day.until_waiting("posting time")
    await day.quiet()
    return day.handle


async def open_and_refused_by_preflight(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.ffmpeg.pretend("broken", {"edit-list": "it has an edit list"})
    day = await world.in_review()
    await day.quiet()
    await day.decide()
    await day.until_parked("preflight")
    await day.quiet()
    return day.handle


async def published_at_its_time(world: World, clock: TimeSkipper) -> Handle:
    await open_until_its_posting_time(world, clock)
    day = world.days[-1]
    await clock.fast_forward(day.handle, timedelta(hours=3, minutes=16))
    await day.result()
    return day.handle


async def published_now(world: World, clock: TimeSkipper) -> Handle:
    await open_until_its_posting_time(world, clock)
    day = world.days[-1]
    await day.publish_now()
    await day.result()
    return day.handle


async def open_at_its_quota(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.publisher.quota_answers.append(Quota(used=50, total=50, seconds=86_400))
    day = await approved(world)
    await day.until_waiting("50 of 50 posts")
    await day.quiet()
    return day.handle


async def throttled(world: World, clock: TimeSkipper) -> Handle:
    busy = Retryable("instagram", FailureKind.RATE_LIMITED, "too many calls", retry_after=5400.0)
    world.publisher.prepare_answers.append(busy)
    day = await approved(world)
    await day.until_waiting("takes no more calls")
    await day.quiet()
    await clock.fast_forward(day.handle, timedelta(minutes=90))
    await day.result()
    return day.handle


async def open_and_paused(world: World, clock: TimeSkipper) -> Handle:
    del clock
    refused = Refused("instagram", FailureKind.PERMISSION, "not allowed")
    world.publisher.commit_answers.append(refused)
    day = await approved(world)
    await day.until_waiting("account paused")
    await day.quiet_but("await_resume")
    return day.handle


async def paused_and_resumed(world: World, clock: TimeSkipper) -> Handle:
    await open_and_paused(world, clock)
    day = world.days[-1]
    await day.resolve(ResolveAction.RETRY)
    await day.quiet_but("await_resume")
    await world.db.accounts.resume(day.key.account)
    await clock.fast_forward(day.handle, timedelta(minutes=1))
    await day.result()
    return day.handle


async def recut_and_carried_over(world: World, clock: TimeSkipper) -> Handle:
    del clock
    world.publisher.first_states.append(State.FAILED)
    return await decided(await world.in_review())


async def recut_and_seen_again(world: World, clock: TimeSkipper) -> Handle:
    """Refused, made anew, seen again, and refused once more."""
    del clock
    world.publisher.first_states.extend([State.FAILED] * 2)
    world.ffmpeg.pretend("similarity", 0.9)
    day = await world.in_review()
    await day.quiet()
    await day.decide()
    while len(world.channel.cards) < 2:
        await asyncio.sleep(0.05)
    await day.until(Stage.REVIEW)
    await day.quiet()
    await day.decide()
    await day.until_parked("upload: processing")
    await day.quiet()
    await day.resolve(ResolveAction.RETRY)
    await day.result()
    return day.handle


async def an_earned_day(world: World, *, sampled: bool = False, **changes: object) -> LiveDay:
    """A day of an account that has earned automatic approval."""
    facts = {"id": a_name(sampled=sampled), "review": {"auto_approval": True}}
    account = await world.account(**facts | changes)
    await posts(world.db, account)
    return await world.start(account)


async def approved_automatically(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await an_earned_day(world)
    await day.result()
    return day.handle


async def open_and_sampled(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await an_earned_day(world, sampled=True)
    await day.until(Stage.REVIEW)
    await day.quiet()
    return day.handle


async def taken_back(world: World, clock: TimeSkipper) -> Handle:
    """Approved automatically, stopped while it waits, seen by a person, and published."""
    day = await an_earned_day(world, posting={"times": [a_time_ahead()]})
    await day.until_waiting("posting time")
    await day.quiet_but("await_withdrawal")
    await world.db.trust.stop(day.key.account, "ann")
    await clock.fast_forward(day.handle, timedelta(minutes=1))
    await day.until(Stage.REVIEW)
    await day.quiet()
    await day.decide()
    await day.until_waiting("posting time")
    await day.publish_now()
    await day.result()
    return day.handle


async def cancelled_at_review(world: World, clock: TimeSkipper) -> Handle:
    del clock
    day = await world.in_review()
    await day.quiet()
    await day.handle.cancel()
    try:
        await day.result()
    except WorkflowFailureError:
        return day.handle
    raise AssertionError("the day was not cancelled")


async def daily_run(world: World, clock: TimeSkipper) -> Handle:
    del clock
    accounts = [await world.account(start_time="09:10") for _ in range(2)]
    run = await world.client.start_workflow(
        "DailyRun",
        DailyRunInput(start_time="09:10", zone="UTC", max_concurrent_accounts=1),
        id="daily-run/09:10/UTC",
        task_queue=TASK_QUEUE,
    )
    summary = await run.result()
    for account in accounts:
        world.day(AccountDay(account=account.id, day=summary["day"]))
    return run


async def housekeeping(world: World, clock: TimeSkipper) -> Handle:
    """One token renewed, one refused, one that the platform can't be asked about for now."""
    del clock
    accounts = [await world.account() for _ in range(3)]
    for account in accounts:
        token = f"{TOKEN}-{account.id}"
        await world.db.tokens.set(
            account.id, NewTokens(CIPHER.seal(account.id, token)), datetime.now(UTC)
        )
        await world.db.pool.write(
            "UPDATE instagram_accounts SET token_issued_at = token_set_at, "
            "token_expires_at = token_set_at + interval '60 days' WHERE id = $1",
            account.id,
        )
    _, refused, misled = (f"{TOKEN}-{account.id}" for account in accounts)
    world.later = timedelta(days=31)
    world.access.answers = {
        refused: deque([Refused("instagram", FailureKind.AUTHENTICATION, "190")]),
        misled: deque([Refused("instagram", FailureKind.CONFIGURATION, "no such address")]),
    }
    run = await world.client.start_workflow(
        "Housekeeping", HousekeepingInput(), id="housekeeping", task_queue=TASK_QUEUE
    )
    await run.result()
    return run


async def digests(world: World, clock: TimeSkipper) -> Handle:
    """A letter that is taken at once, one that is taken later, one that never is."""
    del clock
    await world.in_review()
    async with a_letterbox() as box:
        world.mail = Mail(f"smtp://127.0.0.1:{box.port}", "reels@example.com")
        await world.rest()
        await world.work()
        box.answers = {b"RCPT": "450 later"}
        for name, email in (("ann", "ann@example.com"), ("bob", "bob"), ("eve", None)):
            await world.db.people.put(
                name, email=email, slack=None, discord=None, role=Role.REVIEWER
            )
            await world.db.people.set_digest(name, zone=None, at="00:00")
        run = await world.client.start_workflow(
            "Digests", DigestRun(), id="digests", task_queue=TASK_QUEUE
        )
        while b"RCPT" not in box.heard:
            await asyncio.sleep(0.05)
        box.answers = {}
        await run.result()
    return run


SCENARIOS: dict[str, Scenario] = {
    one.__name__: one
    for one in (
        published,
        rejected,
        expired,
        held,
        open_at_review,
        revised,
        open_and_held,
        parked_and_resumed,
        composed_anew,
        open_and_parked_at_compose,
        parked_at_compose_and_resumed,
        open_and_parked,
        abandoned,
        skipped,
        second_provider,
        reworded,
        order_found,
        open_and_refused_by_the_critic,
        over_budget,
        reconciled,
        open_until_its_posting_time,
        published_at_its_time,
        published_now,
        open_at_its_quota,
        throttled,
        open_and_paused,
        paused_and_resumed,
        open_and_refused_by_preflight,
        recut_and_carried_over,
        recut_and_seen_again,
        approved_automatically,
        open_and_sampled,
        taken_back,
        cancelled_at_review,
        daily_run,
        housekeeping,
        digests,
    )
}
