from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.platform_truth import is_ready, refuse_in_flight
from clients.publishing import Look, State
from schemas.failures import FailureKind
from tests.factories import NOW


def test_a_container_is_ready_when_it_can_be_published_or_is() -> None:
    assert is_ready(Look(State.READY))
    assert is_ready(Look(State.LIVE))
    assert not is_ready(Look(State.PENDING))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.FAILED, FailureKind.VIDEO_REFUSED),
        (State.EXPIRED, FailureKind.CONTAINER_GONE),
    ],
)
def test_a_dead_container_is_named_by_its_end(state: State, kind: FailureKind) -> None:
    with pytest.raises(ApplicationError) as refusal:
        is_ready(Look(state, "failed with error code 2207082"))
    assert refusal.value.type == kind
    assert state is State.EXPIRED or "2207082" in refusal.value.message


def test_a_container_that_only_was_lost_is_replaced_and_not_cut_anew() -> None:
    lost = Look(State.FAILED, "no byte", FailureKind.CONTAINER_GONE)
    with pytest.raises(ApplicationError) as refusal:
        is_ready(lost)
    assert refusal.value.type == FailureKind.CONTAINER_GONE


def test_a_commit_that_was_just_sent_may_still_take_effect() -> None:
    with pytest.raises(ApplicationError) as refusal:
        refuse_in_flight(NOW - timedelta(seconds=30), 90, FailureKind.NOT_READY, now=NOW)
    delay = refusal.value.next_retry_delay
    assert delay == timedelta(seconds=60)


def test_an_old_commit_or_none_cannot() -> None:
    for attempted_at in (None, NOW - timedelta(seconds=90)):
        refuse_in_flight(attempted_at, 90, FailureKind.NOT_READY, now=NOW)
