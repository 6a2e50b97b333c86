from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.platform_truth import is_ready, refuse_in_flight, the_post
from clients.publishing import ContainerState, ContainerStatus, PublishedMedia
from schemas.failures import FailureKind

AT = datetime(2026, 11, 23, 9, 0, 30, 500_000, tzinfo=UTC)


def a_post(media_id: str, caption: str = "the words", later: float = 0) -> PublishedMedia:
    at = AT.replace(microsecond=0) + timedelta(seconds=later)
    return PublishedMedia(media_id, caption, None, at)


def test_the_post_is_the_one_with_exactly_the_caption() -> None:
    media = [a_post("1", "other words"), a_post("2", "the words\n"), a_post("3", "the words too")]

    found = the_post(media, caption="the words", since=AT)
    assert found is not None
    assert found.media_id == "2"


def test_two_posts_with_the_caption_prove_neither() -> None:
    assert the_post([a_post("1"), a_post("2")], caption="the words", since=AT) is None


def test_a_post_of_an_earlier_day_is_not_taken_for_this_one() -> None:
    assert the_post([a_post("1", later=-3600)], caption="the words", since=AT) is None


def test_a_container_is_ready_when_it_can_be_published_or_is() -> None:
    assert is_ready(ContainerStatus(ContainerState.FINISHED))
    assert is_ready(ContainerStatus(ContainerState.PUBLISHED))
    assert not is_ready(ContainerStatus(ContainerState.IN_PROGRESS))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (ContainerState.ERROR, FailureKind.VIDEO_REFUSED),
        (ContainerState.EXPIRED, FailureKind.CONTAINER_GONE),
    ],
)
def test_a_dead_container_is_named_by_its_end(state: ContainerState, kind: FailureKind) -> None:
    with pytest.raises(ApplicationError) as refusal:
        is_ready(ContainerStatus(state, "failed with error code 2207082"))
    assert refusal.value.type == kind
    assert state is ContainerState.EXPIRED or "2207082" in refusal.value.message


def test_a_container_that_only_was_lost_is_replaced_and_not_cut_anew() -> None:
    lost = ContainerStatus(ContainerState.ERROR, "no byte", FailureKind.CONTAINER_GONE)
    with pytest.raises(ApplicationError) as refusal:
        is_ready(lost)
    assert refusal.value.type == FailureKind.CONTAINER_GONE


def test_a_commit_that_was_just_sent_may_still_take_effect() -> None:
    now = datetime.now(UTC)

    with pytest.raises(ApplicationError) as refusal:
        refuse_in_flight(now - timedelta(seconds=30), 90, FailureKind.NOT_READY)
    delay = refusal.value.next_retry_delay
    assert delay is not None
    assert 50 < delay.total_seconds() <= 60


def test_an_old_commit_or_none_cannot() -> None:
    refuse_in_flight(None, 90, FailureKind.NOT_READY)
    refuse_in_flight(datetime.now(UTC) - timedelta(seconds=91), 90, FailureKind.NOT_READY)
