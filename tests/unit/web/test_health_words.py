"""What a check of Temporal says when it fails."""

import asyncio

import pytest
from temporalio.service import RPCError, RPCStatusCode

from web.health import PART_SECONDS, _told, _verdict

LATE = f"does not answer within {PART_SECONDS:g} s"


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (RPCStatusCode.UNAVAILABLE, "tcp connect error", "Temporal is not reached"),
        (RPCStatusCode.CANCELLED, "Timeout expired", LATE),
        (RPCStatusCode.DEADLINE_EXCEEDED, "context deadline exceeded", LATE),
        (RPCStatusCode.NOT_FOUND, "no such namespace", "Temporal refuses: no such namespace"),
    ],
)
def test_the_reason_is_named(status: RPCStatusCode, message: str, said: str) -> None:
    assert _told(RPCError(message, status, b"")) == said


async def test_a_check_that_runs_out_of_its_own_time_says_the_same() -> None:
    async def late() -> None:
        await asyncio.sleep(0)
        raise TimeoutError

    assert await _verdict(late()) == LATE
