import dataclasses

import pytest
from temporalio.testing import ActivityEnvironment

from activities.channels import tell_all
from clients.errors import ClientError, Refused, Retryable
from clients.review import ReviewChannel
from schemas.failures import FailureKind
from tests.fakes import FakeChannel

DOWN = Retryable("discord", FailureKind.UNAVAILABLE, "is down")
GONE = Refused("slack", FailureKind.CONFIGURATION, "the webhook is gone")


async def told(environment: ActivityEnvironment, *channels: ReviewChannel) -> None:
    async def tell() -> None:
        await tell_all(channels, title="t", text="x")

    await environment.run(tell)


async def test_every_channel_is_tried_before_a_failure_is_raised() -> None:
    broken, whole = FakeChannel("slack", GONE), FakeChannel("discord")

    with pytest.raises(Refused):
        await told(ActivityEnvironment(), broken, whole)
    assert whole.told == [("t", "x")]


async def test_a_failure_that_may_mend_is_raised_before_one_that_never_will() -> None:
    with pytest.raises(Retryable):
        await told(ActivityEnvironment(), FakeChannel("slack", GONE), FakeChannel("discord", DOWN))


async def test_another_try_reaches_only_the_channels_that_were_missed() -> None:
    first, second = FakeChannel("slack"), FakeChannel("discord", DOWN)
    said: list[object] = []
    trying = ActivityEnvironment()
    trying.on_heartbeat = said.append
    with pytest.raises(ClientError):
        await told(trying, first, second)
    again = ActivityEnvironment()
    again.info = dataclasses.replace(again.info, heartbeat_details=said[-1:])
    await told(again, first, second)

    assert (len(first.told), len(second.told)) == (1, 1)
