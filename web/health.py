"""Whether this process lives, and whether a day could be made and decided right now."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerSlotsInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from db.database import Database
from db.failures import DatabaseError
from schemas.names import MEDIA_QUEUE, TASK_QUEUE
from web.deadline import within

PART_SECONDS = 2.0

_LATE = f"does not answer within {PART_SECONDS:g} s"

FRESH = timedelta(seconds=90)
"""A poll lasts up to a minute and counts from its start; so does a worker's heartbeat."""

_WORKFLOWS = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
_ACTIVITIES = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY

_NEEDED = {
    f"{TASK_QUEUE} workflows": (TASK_QUEUE, _WORKFLOWS),
    f"{TASK_QUEUE} activities": (TASK_QUEUE, _ACTIVITIES),
    f"{MEDIA_QUEUE} activities": (MEDIA_QUEUE, _ACTIVITIES),
}


class Sick(Exception):
    """A part does not work; the text says why, for a person."""


@dataclass(frozen=True)
class Health:
    """The two probes."""

    database: Database
    temporal: Client
    fresh: timedelta = FRESH

    async def healthz(self, _request: Request) -> Response:
        """GET /healthz: 200 while the process answers; asks nobody else."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """GET /readyz: 200, or 503 with every sick part and why."""
        checks: dict[str, Coroutine[Any, Any, None]] = {"database": self._database()}
        checks |= {name: self._polled(*queue) for name, queue in _NEEDED.items()}
        verdicts = await asyncio.gather(*map(_verdict, checks.values()))
        sick = {name: why for name, why in zip(checks, verdicts, strict=True) if why}
        if sick:
            return JSONResponse({"status": "not ready", "sick": sick}, 503)
        return JSONResponse({"status": "ready"})

    async def _database(self) -> None:
        try:
            await self.database.ping()
        except DatabaseError as error:
            raise Sick(str(error)) from error

    async def _polled(self, queue: str, kind: "TaskQueueType.ValueType") -> None:
        try:
            last = await self._last_poll(queue, kind)
            if self._is_fresh(last) or await self._all_busy(queue, kind):
                return
        except RPCError as error:
            raise Sick(_told(error)) from error
        since = f"since {last:%Y-%m-%dT%H:%M:%SZ}" if last else "in the last minutes"
        raise Sick(f"no worker has asked for work {since}: start worker.py {queue}")

    async def _last_poll(self, queue: str, kind: "TaskQueueType.ValueType") -> datetime | None:
        described = await self.temporal.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self.temporal.namespace,
                task_queue=TaskQueue(name=queue),
                task_queue_type=kind,
            ),
            timeout=timedelta(seconds=PART_SECONDS),
        )
        polls = (poller.last_access_time.ToDatetime(UTC) for poller in described.pollers)
        return max(polls, default=None)

    async def _all_busy(self, queue: str, kind: "TaskQueueType.ValueType") -> bool:
        """Whether a living worker only doesn't ask because all its slots are at work.

        One composition takes the media worker's only slot for minutes. Temporal keeps the
        workers' own heartbeats, one a minute, apart from their polls.
        """
        listed = await self.temporal.workflow_service.list_workers(
            ListWorkersRequest(
                namespace=self.temporal.namespace, query=f"TaskQueue = '{queue}'", page_size=100
            ),
            timeout=timedelta(seconds=PART_SECONDS),
        )
        beats = (worker.worker_heartbeat for worker in listed.workers_info)
        return any(
            self._is_fresh(beat.heartbeat_time.ToDatetime(UTC)) and _is_full(_slots(beat, kind))
            for beat in beats
        )

    def _is_fresh(self, moment: datetime | None) -> bool:
        return moment is not None and datetime.now(UTC) - moment < self.fresh


async def _verdict(check: Coroutine[Any, Any, None]) -> str | None:
    try:
        await within(PART_SECONDS, check)
    except TimeoutError:
        return _LATE
    except Sick as sick:
        return str(sick)
    return None


def _told(error: RPCError) -> str:
    if error.status is RPCStatusCode.UNAVAILABLE:
        return "Temporal is not reached"
    # The client has the same time limit, and may be the first to say so: "Timeout expired".
    if error.status in {RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED}:
        return _LATE
    return f"Temporal refuses: {error.message}"


def _slots(beat: WorkerHeartbeat, kind: "TaskQueueType.ValueType") -> WorkerSlotsInfo:
    workflows = kind == _WORKFLOWS
    return beat.workflow_task_slots_info if workflows else beat.activity_task_slots_info


def _is_full(slots: WorkerSlotsInfo) -> bool:
    return slots.current_used_slots > 0 and slots.current_available_slots == 0
