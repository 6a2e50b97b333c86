"""What every activity gets: errors with a name, a log context, and a steady heartbeat."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.failures import failed
from clients.errors import ClientError
from clients.ffmpeg import BadMedia
from db.failures import DatabaseError
from schemas.account import AccountDay
from schemas.failures import FailureKind

BEATS_PER_TIMEOUT = 3
"""How often an attempt is heard within its heartbeat timeout: one lost beat is no death."""

log = structlog.get_logger("activities")


class ActivityInterceptor(Interceptor):
    """Stands around every activity of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Wrap one execution."""
        return _Inbound(next)


class _Heartbeats(ActivityOutboundInterceptor):
    """Remembers the last details, so that a steady beat repeats them and never wipes them."""

    def __init__(self, next: ActivityOutboundInterceptor) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._last: tuple[Any, ...] | None = None

    def heartbeat(self, *details: Any) -> None:  # noqa: ANN401 - the SDK's type
        self._last = details
        super().heartbeat(*details)

    def again(self) -> None:
        """Say the last details once more, or what an earlier attempt said."""
        details = self._last
        super().heartbeat(*(self.info().heartbeat_details if details is None else details))


class _Inbound(ActivityInboundInterceptor):
    _heartbeats: _Heartbeats

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._heartbeats = _Heartbeats(outbound)
        super().init(self._heartbeats)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the SDK's
        with structlog.contextvars.bound_contextvars(**_log_context()), _logged():
            async with self._heard():
                with named_errors():
                    return await super().execute_activity(input)

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[None]:
        """Beat while the activity runs, so that a dead worker is missed within the timeout."""
        timeout = activity.info().heartbeat_timeout
        if timeout is None:
            yield
            return
        beat = asyncio.create_task(self._beat(timeout.total_seconds() / BEATS_PER_TIMEOUT))
        try:
            yield
        finally:
            beat.cancel()
            await asyncio.wait([beat])

    async def _beat(self, seconds: float) -> None:
        while True:
            self._heartbeats.again()
            await asyncio.sleep(seconds)


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn what remotes, the database and media files do into errors with a FailureKind.

    The cause is cut off: an exception of an HTTP library carries URLs, and a history must not.
    """
    try:
        yield
    except ClientError as error:
        raise failed(error.kind, str(error), retry_after=error.retry_after) from None
    except DatabaseError as error:
        raise failed(error.kind, str(error)) from None
    except BadMedia as error:
        raise failed(FailureKind.BAD_MEDIA, str(error)) from None


def _log_context() -> dict[str, Any]:
    info = activity.info()
    context: dict[str, Any] = {
        "workflow": info.workflow_type,
        "activity": info.activity_type,
        "attempt": info.attempt,
    }
    try:
        key = AccountDay.from_workflow_id(info.workflow_id or "")
    except ValueError:
        return context | {"workflow_id": info.workflow_id}
    return context | {"account": key.account, "day": key.day.isoformat()}


@contextmanager
def _logged() -> Iterator[None]:
    started = time.monotonic()
    log.info("activity.started")
    try:
        yield
    except ApplicationError as error:
        level = log.error if error.non_retryable else log.warning
        level(
            "activity.failed",
            kind=error.type,
            reason=error.message,
            duration_ms=_milliseconds(started),
        )
        raise
    except asyncio.CancelledError:
        log.warning("activity.cancelled", duration_ms=_milliseconds(started))
        raise
    except Exception:
        log.exception("activity.broke", duration_ms=_milliseconds(started))
        raise
    log.info("activity.finished", duration_ms=_milliseconds(started))


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
