"""The words of a day: new, worth filming, and a person's word when they are not."""

import pytest

from schemas.day import Outcome, ResolveAction, Stage
from schemas.failures import FailureKind
from tests.factories import a_caption
from tests.workflows.cast import a_tale
from tests.workflows.world import LiveDay, World

WEAK = {"hooks": False, "filmable": True, "on_theme": True, "safe": True, "reason": "no hook"}
UNSAFE = {"hooks": True, "filmable": True, "on_theme": True, "safe": False, "reason": "a weapon"}


async def versions(world: World, day: LiveDay) -> list[tuple[str, bool]]:
    """The prompt of each version of the day's story, and whether the critic was asked."""
    rows = await world.db.pool.rows(
        "SELECT story ->> 'prompt' AS prompt, critique IS NOT NULL AS judged "
        "FROM story_versions WHERE reel_id = $1 ORDER BY version",
        (await day.row()).id,
    )
    return [(row["prompt"], row["judged"]) for row in rows]


async def a_yesterday(world: World) -> LiveDay:
    """An account with one story told, whose next day begins."""
    day = await world.in_review()
    await day.decide()
    await day.result()
    return day


async def test_a_story_that_passes_is_kept_with_its_verdict(world: World) -> None:
    day = await world.in_review()
    row = await day.row()

    assert row.story is not None
    assert row.story.prompt == a_tale(1).prompt
    assert await versions(world, day) == [(a_tale(1).prompt, True)]


async def test_what_the_critic_sends_back_is_written_anew_and_told_why(world: World) -> None:
    world.claude.verdicts.extend([WEAK, WEAK])
    day = await world.in_review()
    row = await day.row()

    assert (world.claude.stories, world.claude.critiques) == (3, 3)
    assert row.story is not None
    assert row.story.version == 3
    assert [judged for _, judged in await versions(world, day)] == [True] * 3
    assert len(world.provider.orders) == 1


async def test_a_third_refusal_of_the_critic_waits_for_a_person(world: World) -> None:
    world.claude.verdicts.extend([WEAK] * 3)
    day = await world.start(await world.account())
    now = await day.until_parked("story")

    assert now.skippable
    assert FailureKind.CRITIC_REFUSED.value in (now.waiting_for or "")
    assert world.provider.orders == []
    await day.resolve(ResolveAction.SKIP)
    await day.until(Stage.REVIEW)
    assert world.claude.stories == 3


async def test_an_unsafe_story_can_not_be_let_pass(world: World) -> None:
    world.claude.verdicts.extend([UNSAFE] * 3)
    day = await world.start(await world.account())
    now = await day.until_parked("story")

    assert not now.skippable
    await day.resolve(ResolveAction.ABORT)
    assert (await day.result()).outcome is Outcome.ABANDONED
    assert world.provider.orders == []


async def test_a_retry_after_the_critic_s_last_word_writes_another_story(world: World) -> None:
    world.claude.verdicts.extend([WEAK] * 3)
    day = await world.start(await world.account())
    await day.until_parked("story")
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    assert world.claude.stories == 4


async def test_a_story_that_was_told_before_is_sent_back_once(world: World) -> None:
    first = await a_yesterday(world)
    account = await world.db.accounts.get(first.key.account)
    assert account is not None
    world.claude.tales.extend([a_tale(1), a_tale(7)])
    day = await world.start(account, first.key.day.replace(day=first.key.day.day + 1))
    await day.until(Stage.REVIEW)
    row = await day.row()

    assert row.story is not None
    assert row.story.prompt == a_tale(7).prompt
    assert await versions(world, day) == [(a_tale(1).prompt, False), (a_tale(7).prompt, True)]


async def test_a_story_that_is_told_again_and_again_waits_for_a_person(world: World) -> None:
    first = await a_yesterday(world)
    account = await world.db.accounts.get(first.key.account)
    assert account is not None
    world.claude.tales.extend([a_tale(1), a_tale(1)])
    day = await world.start(account, first.key.day.replace(day=first.key.day.day + 1))
    now = await day.until_parked("story")

    assert FailureKind.TOO_SIMILAR.value in (now.waiting_for or "")
    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)


async def test_two_captions_lie_before_the_reviewer(world: World) -> None:
    day = await world.in_review()
    row = await day.row()

    pending = [one for one in await world.db.approvals.pending() if one.reel_id == row.id]
    assert len(pending) == 2
    assert len({one.caption for one in pending}) == 2
    assert a_caption().caption in {one.caption for one in pending}


async def test_trends_are_asked_for_only_where_the_account_wants_them(world: World) -> None:
    await world.in_review()
    assert world.claude.searches == 0

    await world.in_review(trends=True)
    assert world.claude.searches == 1


async def test_a_search_that_fails_stops_no_day(world: World) -> None:
    world.claude.search_fails = True
    day = await world.in_review(trends=True)

    assert (await day.row()).story is not None


@pytest.mark.parametrize("providers", [("luma",), ("luma", "second")])
async def test_a_budget_that_is_passed_on_the_way_ends_the_day_as_skipped(
    world: World, providers: tuple[str, ...]
) -> None:
    account = await world.account(daily_budget_micros=901_500, video_providers=providers)
    day = await world.start(account)

    result = await day.result()
    assert result.outcome is Outcome.SKIPPED
    assert (result.reason or "").startswith("budget: ")
    assert world.provider.orders == world.second.orders == []


async def test_under_a_budget_of_a_dollar_the_second_reel_makes_no_paid_call(world: World) -> None:
    first = await world.in_review(daily_budget_micros=1_000_000)
    account = await world.db.accounts.get(first.key.account)
    assert account is not None
    stories = world.claude.stories
    second = await world.start(account, first.key.day.replace(day=first.key.day.day + 1))

    result = await second.result()
    assert result.outcome is Outcome.SKIPPED
    assert (result.reason or "").startswith("budget:")
    assert (world.claude.stories, len(world.provider.orders)) == (stories, 1)
    (row,) = await world.db.pool.rows(
        "SELECT count(DISTINCT reel_id) AS reels FROM api_usage_logs WHERE account_id = $1",
        account.id,
    )
    assert row["reels"] == 1
