import dataclasses

import pytest
from temporalio.testing import ActivityEnvironment

from activities.channels import ask_all, tell_all
from clients.errors import ClientError, Refused, Retryable
from schemas.failures import FailureKind
from tests.factories import a_card
from tests.fakes import FakeChannel

CARD = a_card()
DOWN = Retryable("discord", FailureKind.UNAVAILABLE, "is down")
GONE = Refused("slack", FailureKind.CONFIGURATION, "the webhook is gone")


async def test_every_channel_is_tried_before_a_failure_is_raised() -> None:
    broken, whole = FakeChannel("slack", GONE), FakeChannel("discord")

    with pytest.raises(Refused):
        await ActivityEnvironment().run(ask_all, [broken, whole], CARD)
    assert whole.cards == [CARD]


async def test_a_failure_that_may_mend_is_raised_before_one_that_never_will() -> None:
    channels = [FakeChannel("slack", GONE), FakeChannel("discord", DOWN)]

    with pytest.raises(Retryable):
        await ActivityEnvironment().run(ask_all, channels, CARD)


async def test_another_try_reaches_only_the_channels_that_were_missed() -> None:
    first, second = FakeChannel("slack"), FakeChannel("discord", DOWN)
    said: list[object] = []

    async def tell() -> None:
        await tell_all([first, second], title="t", text="x")

    trying = ActivityEnvironment()
    trying.on_heartbeat = said.append
    with pytest.raises(ClientError):
        await trying.run(tell)
    again = ActivityEnvironment()
    again.info = dataclasses.replace(again.info, heartbeat_details=said[-1:])
    await again.run(tell)

    assert (len(first.told), len(second.told)) == (1, 1)
