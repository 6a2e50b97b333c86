"""What Runway says of a task, read."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runwayml.types import text_to_video_create_params as orders

from clients.errors import Refused, Retryable
from clients.video import JobState, JobStatus
from clients.video.runway import _MODELS, Runway, read_task
from clients.video.terms import read_terms
from schemas.failures import FailureKind

TERMS = read_terms().runway


def failed(code: str | None, credits_kept: object = 60) -> JobStatus:
    task = {"id": "t", "status": "FAILED", "failure": "secret", "cost": {"credits": credits_kept}}
    return read_task("t", task | ({"failureCode": code} if code else {}))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SAFETY.INPUT.TEXT", FailureKind.MODERATED),
        ("SAFETY.OUTPUT.VIDEO", FailureKind.MODERATED),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", FailureKind.MODERATED),
        ("INPUT_PREPROCESSING.INTERNAL", FailureKind.JOB_FAILED),
        ("INTERNAL.BAD_OUTPUT.CODE01", FailureKind.JOB_FAILED),
        ("INTERNAL", FailureKind.JOB_FAILED),
        ("THIRD_PARTY.UNAVAILABLE", FailureKind.JOB_FAILED),
        ("ASSET.INVALID", FailureKind.BAD_REQUEST),
        ("A_NEW.CODE", FailureKind.JOB_FAILED),
        (None, FailureKind.JOB_FAILED),
    ],
)
def test_a_failed_task_says_why_and_costs_what_runway_says(
    code: str | None, kind: FailureKind
) -> None:
    status = failed(code)
    assert (status.state, status.failure) == (JobState.FAILED, kind)
    assert (status.charged, status.cost_micros) == (True, 600_000)
    assert (code or "no code") in str(status.reason)
    assert "secret" not in str(status.reason)


def test_a_refunded_task_costs_nothing() -> None:
    status = failed("INTERNAL", credits_kept=0)
    assert (status.charged, status.cost_micros) == (False, 0)


@pytest.mark.parametrize("credits_kept", [None, "60", True, -1, float("nan"), float("inf"), 1e300])
def test_a_cost_that_is_none_leaves_it_to_the_table(credits_kept: object) -> None:
    status = failed("INTERNAL", credits_kept)
    assert (status.charged, status.cost_micros) == (True, None)


def test_a_part_of_a_credit_is_counted_to_the_micro_dollar() -> None:
    assert failed("INTERNAL", 0.1).cost_micros == 1_000
    assert failed("INTERNAL", 12.34567).cost_micros == 123_457


def test_a_cancelled_task_is_no_film() -> None:
    status = read_task("t", {"id": "t", "status": "CANCELLED", "cost": {"credits": 0}})
    assert (status.state, status.failure) == (JobState.FAILED, FailureKind.JOB_FAILED)
    assert not status.charged


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", JobState.QUEUED),
        ("THROTTLED", JobState.QUEUED),
        ("RUNNING", JobState.PROCESSING),
    ],
)
def test_a_task_on_its_way_is_not_finished(word: str, state: JobState) -> None:
    assert read_task("t", {"id": "t", "status": word, "progress": 0.5}).state is state


@given(st.text(min_size=1))
def test_no_word_of_runway_ends_a_task_but_those_that_are_known(word: str) -> None:
    if word in {"SUCCEEDED", "FAILED", "CANCELLED"}:
        return
    status = read_task("t", {"id": "t", "status": word})
    assert status.state in {JobState.QUEUED, JobState.PROCESSING}
    assert len(status.reason or "") < 100


def test_a_task_of_another_id_is_not_read() -> None:
    with pytest.raises(Retryable):
        read_task("t", {"id": "u", "status": "SUCCEEDED", "output": ["https://x"]})


@pytest.mark.parametrize(
    ("model", "order"),
    [
        ("gen4.5", orders.Gen4_5),
        ("veo3.1_fast", orders.Veo3_1Fast),
        ("seedance2_5", orders.Seedance2_5),
    ],
)
def test_every_ratio_is_one_of_runways_own_package(model: str, order: type) -> None:
    known = str(order.__annotations__["ratio"])
    assert all(f"'{ratio}'" in known for ratio in _MODELS[model].ratios.values())
    assert (_MODELS[model].silent) == ("audio" in order.__annotations__)
    assert get_args(order.__annotations__["model"]) or model in str(order.__annotations__["model"])


@pytest.mark.parametrize("model", _MODELS)
def test_the_table_entry_is_that_of_the_model(model: str) -> None:
    can = Runway("key", "https://runway.example", model, TERMS).capabilities
    assert can.model == model
    assert can.durations == _MODELS[model].durations
    assert not can.audio
    assert (can.cancels, can.lists_jobs) == (True, False)


def test_gen4_5_costs_what_runways_page_says() -> None:
    can = Runway("key", "https://runway.example", "gen4.5", TERMS).capabilities
    assert can.price_micros[10] == 1_200_000
    assert can.price_micros[2] == 240_000


@pytest.mark.parametrize("model", ["gen4_turbo", "seedance3"])
def test_a_model_without_a_price_is_refused_at_the_start(model: str) -> None:
    with pytest.raises(Refused, match=r"no price is known for .*VIDEO_TERMS_FILE") as raised:
        Runway("key", "https://runway.example", model, TERMS)
    assert raised.value.kind is FailureKind.CONFIGURATION


def test_a_model_with_a_price_and_unknown_ways_is_refused_at_the_start() -> None:
    film = TERMS.films[0].model_copy(update={"model": "gen5"})
    terms = TERMS.model_copy(update={"films": (film,)})
    with pytest.raises(Refused, match=r"what gen5 takes is not known; known: gen4\.5"):
        Runway("key", "https://runway.example", "gen5", terms)


@given(st.text())
def test_a_prompt_is_measured_as_runway_measures_it(text: str) -> None:
    can = Runway("key", "https://runway.example", "gen4.5", TERMS).capabilities
    assert can.prompt_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(alphabet="ab 🚤é", min_size=900, max_size=1100))
def test_what_has_room_fits_and_one_character_more_does_not(text: str) -> None:
    can = Runway("key", "https://runway.example", "gen4.5", TERMS).capabilities
    room = can.prompt_room(text)
    assert can.prompt_length(text[:room]) <= can.prompt_limit
    assert room == len(text) or can.prompt_length(text[: room + 1]) > can.prompt_limit
