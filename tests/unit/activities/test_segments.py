import dataclasses

import pytest
from hypothesis import given, strategies
from temporalio.exceptions import ApplicationError

from activities.segments import cut_at_word, job_durations, nearest_aspect, plan, spread
from clients.video import PromptUnit
from schemas.video import FilmRequest
from tests.factories import a_key, a_story
from tests.fakes import LUMA_LIKE

RUNWAY_LIKE = dataclasses.replace(
    LUMA_LIKE,
    durations=tuple(range(2, 11)),
    price_micros={seconds: 120_000 * seconds for seconds in range(2, 11)},
)


@pytest.mark.parametrize(
    ("seconds", "jobs"),
    [
        (3, (5,)),
        (5, (5,)),
        (6, (10,)),
        (10, (10,)),
        (12, (10, 5)),
        (20, (10, 10)),
        (21, (10, 10, 5)),
    ],
)
def test_the_fewest_jobs_that_last_long_enough_are_planned(
    seconds: int, jobs: tuple[int, ...]
) -> None:
    assert job_durations(seconds, LUMA_LIKE) == jobs


def test_jobs_are_cut_as_evenly_as_they_are_sold() -> None:
    assert job_durations(12, RUNWAY_LIKE) == (6, 6)


@given(strategies.integers(3, 90))
def test_a_plan_never_falls_short_nor_has_a_job_too_many(seconds: int) -> None:
    for capabilities in (LUMA_LIKE, RUNWAY_LIKE):
        jobs = job_durations(seconds, capabilities)
        assert sum(jobs) >= seconds
        assert (len(jobs) - 1) * max(capabilities.durations) < seconds


@pytest.mark.parametrize("change", [{"durations": ()}, {"price_micros": {5: 300_000}}])
def test_a_provider_without_durations_or_prices_is_a_wrong_configuration(
    change: dict[str, object],
) -> None:
    lacking = dataclasses.replace(LUMA_LIKE, **change)  # type: ignore[arg-type]

    with pytest.raises(ApplicationError) as refusal:
        job_durations(20, lacking)
    assert (refusal.value.type, refusal.value.non_retryable) == ("configuration", True)


def test_each_segment_gets_its_own_shot() -> None:
    story = a_story(shots=("one", "two"), visual_style="")

    assert spread(story, 2, 100) == ["one", "two"]


def test_more_shots_than_segments_are_told_one_after_the_other() -> None:
    story = a_story(shots=("one", "two", "three"), visual_style="")

    assert spread(story, 2, 100) == ["one", "two three"]


def test_fewer_shots_than_segments_are_filmed_on() -> None:
    story = a_story(shots=("one", "two"), visual_style="")

    assert spread(story, 3, 100) == ["one", "one", "two"]


def test_every_prompt_names_the_style() -> None:
    prompts = spread(a_story(), 2, 6000)

    assert all(prompt.endswith("Style: warm light, stop motion") for prompt in prompts)


@given(strategies.text(), strategies.integers(1, 50))
def test_a_prompt_is_never_longer_than_the_provider_takes(text: str, limit: int) -> None:
    cut = cut_at_word(text, limit)

    assert len(cut) <= limit
    assert text.startswith(cut)


def test_a_long_prompt_ends_after_a_whole_word() -> None:
    assert cut_at_word("a tiny robot pours coffee", 14) == "a tiny robot"
    assert cut_at_word("a tiny robot", 12) == "a tiny robot"
    assert cut_at_word("unspaced", 4) == "unsp"


def test_the_aspect_that_loses_least_to_the_top_pane_is_asked_for() -> None:
    assert nearest_aspect(("9:16", "3:4", "1:1", "16:9")) == "1:1"
    assert nearest_aspect(("1280:720", "720:1280")) == "720:1280"


def test_a_plan_numbers_its_orders_in_the_story_s_order() -> None:
    request = FilmRequest(key=a_key(), reel="r", provider="luma", story=a_story(), seconds=12)

    orders = plan(request, LUMA_LIKE).orders

    assert [(order.segment, order.seconds, order.take) for order in orders] == [
        (0, 10, 1),
        (1, 5, 1),
    ]
    assert orders[0].prompt.startswith("The robot enters")


def test_a_prompt_fits_in_the_units_that_the_provider_counts() -> None:
    story = a_story(shots=("🚤 " * 60,), visual_style="")
    request = FilmRequest(key=a_key(), reel="r", provider="runway", story=story, seconds=5)
    counted = dataclasses.replace(RUNWAY_LIKE, prompt_limit=100, prompt_unit=PromptUnit.UTF16)

    (order,) = plan(request, counted).orders

    assert counted.prompt_length(order.prompt) == 98
