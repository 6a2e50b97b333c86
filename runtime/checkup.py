"""Looks at the machine and at Temporal, for `admin.py doctor`."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.exits import Unreachable
from runtime.groups import Group
from runtime.settings import SettingsError, load
from runtime.temporal import MEDIA_QUEUE, TASK_QUEUE, connect
from schemas import names
from schemas.checkup import Finding

LEAST_FREE_SHARE = 0.10
"""The source document (7.3) warns below a tenth."""

RECENT = timedelta(seconds=90)
"""A poll lasts up to a minute, and its time is that of its start."""

ANSWER = timedelta(seconds=5)

_WORKFLOWS = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
_ACTIVITIES = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
_KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
_DATETIME = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME
_ATTRIBUTES = {
    names.ACCOUNT_ID: (_KEYWORD, "Keyword"),
    names.REEL_STAGE: (_KEYWORD, "Keyword"),
    names.WAITING_SINCE: (_DATETIME, "Datetime"),
}


def check_settings(process: str, model: type[Group], environ: Mapping[str, str]) -> Finding:
    """Whether a process would find its settings, secret files and their modes included."""
    part = f"settings of {process}"
    try:
        load(model, environ)
    except SettingsError as error:
        return Finding(part=part, said=str(error), mend="set what is named, and run this again")
    return Finding(part=part, said="complete")


def check_disk(folder: Path) -> Finding:
    """Whether a tenth of the disk under the work folder is free."""
    usage = shutil.disk_usage(folder)
    said = f"{usage.free / usage.total:.0%} free at {folder}"
    low = usage.free < LEAST_FREE_SHARE * usage.total
    return Finding(
        part="disk", said=said, mend="make room, or set WORK_DIR to another disk" if low else ""
    )


async def check_temporal(address: str, namespace: str) -> tuple[Finding, ...]:
    """Whether Temporal is reached, is set up for us, and has workers on both queues."""
    try:
        client = await connect(address, namespace, identity="admin:doctor")
    except Unreachable as error:
        return (Finding(part="temporal", said=str(error), mend="start it, or set its address"),)
    try:
        found = await _check_namespace(client, address)
        if not found.ok:
            return (found,)
        workers = [await _check_pollers(client, *one) for one in _QUEUES]
        return (found, await _check_attributes(client), *workers)
    except RPCError as error:
        said = f"{address} answers {error.status.name}"
        return (Finding(part="temporal", said=said, mend="look into Temporal's log"),)


_QUEUES = (
    (TASK_QUEUE, "workflows", _WORKFLOWS),
    (TASK_QUEUE, "activities", _ACTIVITIES),
    (MEDIA_QUEUE, "activities", _ACTIVITIES),
)


async def _check_namespace(client: Client, address: str) -> Finding:
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=ANSWER
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        mend = f"run: temporal operator namespace create -n {client.namespace} --retention 720h"
        return Finding(part="temporal", said=f"has no namespace {client.namespace}", mend=mend)
    return Finding(part="temporal", said=f"{address}, namespace {client.namespace}")


async def _check_attributes(client: Client) -> Finding:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=ANSWER
    )
    there = listed.custom_attributes
    missing = {name: kind for name, kind in _ATTRIBUTES.items() if there.get(name) != kind[0]}
    if not missing:
        return Finding(part="search attributes", said="registered")
    options = " ".join(f"--name {name} --type {word}" for name, (_, word) in missing.items())
    return Finding(
        part="search attributes",
        said=f"missing: {', '.join(missing)}",
        mend=f"run: temporal operator search-attribute create -n {client.namespace} {options}",
    )


async def _check_pollers(
    client: Client, queue: str, work: str, kind: "TaskQueueType.ValueType"
) -> Finding:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        ),
        timeout=ANSWER,
    )
    part = f"queue {queue}, {work}"
    now = datetime.now(UTC)
    polls = [poller.last_access_time.ToDatetime(UTC) for poller in described.pollers]
    asking = sum(now - poll < RECENT for poll in polls)
    if asking:
        return Finding(part=part, said=f"{asking} pollers")
    # A worker whose every slot is at work asks for no more: web's /readyz knows these apart.
    return Finding(
        part=part,
        said="no worker asks for work",
        mend=f"start: worker.py {queue}; if it composes right now, all is well",
    )
