import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
)

from activities.interceptor import ActivityInterceptor, named_errors
from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.ffmpeg import BadMedia
from db.failures import DatabaseDown, NotApproved
from schemas.failures import RETRYABLE, FailureKind

SECRET_URL = "https://store.test/reel.mp4?X-Amz-Signature=canary"


class Inside(ActivityInboundInterceptor):
    """Runs a function in the place of an activity."""

    def __init__(self, work: Callable[[], Awaitable[Any]]) -> None:
        self._work = work

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self.outbound = outbound

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401, ARG002
        return await self._work()


class Server(ActivityOutboundInterceptor):
    """What the server would hear."""

    def __init__(self, info: activity.Info) -> None:
        self._info = info
        self.heard: list[tuple[Any, ...]] = []

    def info(self) -> activity.Info:
        return self._info

    def heartbeat(self, *details: Any) -> None:  # noqa: ANN401
        self.heard.append(details)


async def run(
    work: Callable[[], Awaitable[Any]], inside: Inside | None = None, **info: object
) -> Server:
    environment = ActivityEnvironment()
    facts: dict[str, Any] = {
        "workflow_id": "account-day/cats/2026-11-23",
        "workflow_type": "AccountDay",
        "activity_type": "write_story",
    }
    environment.info = dataclasses.replace(environment.info, **(facts | info))
    server = Server(environment.info)
    inside = inside or Inside(work)
    around = ActivityInterceptor().intercept_activity(inside)
    around.init(server)
    nothing = ExecuteActivityInput(fn=work, args=[], executor=None, headers={})
    await environment.run(around.execute_activity, nothing)
    return server


def test_a_client_s_error_keeps_its_kind_its_delay_and_its_sentence() -> None:
    with pytest.raises(ApplicationError) as raised, named_errors():
        raise Retryable("luma", FailureKind.RATE_LIMITED, "too many", retry_after=7)
    error = raised.value
    assert (error.type, error.message) == ("rate_limited", "luma: too many")
    assert (error.non_retryable, error.next_retry_delay) == (False, timedelta(seconds=7))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused("claude", FailureKind.AUTHENTICATION, "no"), FailureKind.AUTHENTICATION),
        (OutcomeUnknown("luma", "no answer"), FailureKind.OUTCOME_UNKNOWN),
        (DatabaseDown("127.0.0.1:5432", "is not reached"), FailureKind.UNAVAILABLE),
        (NotApproved("no approval"), FailureKind.NOT_APPROVED),
        (BadMedia("codec", "not a video"), FailureKind.BAD_MEDIA),
    ],
)
def test_every_known_error_is_named(error: Exception, kind: FailureKind) -> None:
    with pytest.raises(ApplicationError) as raised, named_errors():
        raise error
    assert (raised.value.type, raised.value.non_retryable) == (kind, kind not in RETRYABLE)


def test_an_error_s_cause_does_not_reach_the_history() -> None:
    with pytest.raises(ApplicationError) as raised, named_errors():
        raise Retryable("store", FailureKind.UNAVAILABLE, "broke") from ConnectionError(SECRET_URL)
    assert raised.value.__cause__ is None


async def test_an_activity_is_heard_while_it_says_nothing() -> None:
    async def slow() -> None:
        await asyncio.sleep(1)

    server = await run(slow, heartbeat_timeout=timedelta(seconds=0.3))

    assert len(server.heard) >= 3  # of ten, on a machine that has time


async def test_the_steady_beat_repeats_what_the_activity_said_last() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        inside.outbound.heartbeat("job-1")
        await asyncio.sleep(0.1)

    inside = Inside(work)
    server = await run(work, inside, heartbeat_timeout=timedelta(seconds=0.09))

    assert server.heard[-1] == ("job-1",)
    assert server.heard.count(("job-1",)) >= 2


async def test_the_steady_beat_keeps_what_an_earlier_attempt_said() -> None:
    async def work() -> None:
        await asyncio.sleep(0.02)

    server = await run(
        work, heartbeat_timeout=timedelta(seconds=9), heartbeat_details=[{"job_id": "job-1"}]
    )

    assert server.heard == [({"job_id": "job-1"},)]


async def test_each_run_is_logged_with_its_day_and_length() -> None:
    async def work() -> None:
        structlog.get_logger().info("inside")

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await run(work, attempt=2)

    assert [line["event"] for line in lines] == ["activity.started", "inside", "activity.finished"]
    for line in lines:
        assert (line["account"], line["day"], line["attempt"]) == ("cats", "2026-11-23", 2)
    assert lines[-1]["duration_ms"] >= 0


async def test_a_run_that_is_no_day_is_logged_by_its_workflow() -> None:
    async def work() -> None:
        pass

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await run(work, workflow_id="daily-run/09:00/UTC")

    assert {line["workflow_id"] for line in lines} == {"daily-run/09:00/UTC"}


async def test_a_failure_is_logged_by_its_kind() -> None:
    async def work() -> None:
        raise Refused("claude", FailureKind.BAD_REQUEST, "no")

    with capture_logs() as lines, pytest.raises(ApplicationError):
        await run(work)

    assert (lines[-1]["event"], lines[-1]["log_level"]) == ("activity.failed", "error")
    assert lines[-1]["kind"] == "bad_request"


async def test_a_bug_is_logged_and_goes_on_as_it_is() -> None:
    async def work() -> None:
        raise KeyError("bug")

    with capture_logs() as lines, pytest.raises(KeyError):
        await run(work)

    assert lines[-1]["event"] == "activity.broke"


async def test_a_cancellation_goes_through_and_ends_the_beat() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await run(work, heartbeat_timeout=timedelta(seconds=9))

    assert lines[-1]["event"] == "activity.cancelled"
    assert not [task for task in asyncio.all_tasks() if "_Inbound._beat" in repr(task)]
