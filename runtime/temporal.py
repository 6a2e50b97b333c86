"""The way to Temporal, and the names that everyone there goes by."""

import asyncio
import logging
from datetime import timedelta
from functools import cache

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from runtime.exits import InputError, Unreachable
from schemas import names
from schemas.names import MEDIA_QUEUE, TASK_QUEUE

__all__ = ["ACCOUNT_ID", "MEDIA_QUEUE", "REEL_STAGE", "TASK_QUEUE", "WAITING_SINCE", "connect"]

ACCOUNT_ID = SearchAttributeKey.for_keyword(names.ACCOUNT_ID)
REEL_STAGE = SearchAttributeKey.for_keyword(names.REEL_STAGE)
WAITING_SINCE = SearchAttributeKey.for_datetime(names.WAITING_SINCE)

CONNECT_SECONDS = 5
"""How long a server may take to answer before it counts as down."""


async def connect(
    address: str, namespace: str, identity: str, metrics: str | None = None
) -> Client:
    """Connect as `identity`, which histories show as who sent a signal.

    `metrics` is the host:port on which the SDK serves its own; None serves none. Raises
    Unreachable, naming the address, when no server answers within 5 seconds, and InputError
    when the port for metrics can't be had.
    """
    runtime = _runtime(metrics)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await Client.connect(
                address,
                namespace=namespace,
                identity=identity,
                data_converter=pydantic_data_converter,
                connect_timeout=timedelta(seconds=CONNECT_SECONDS),
                runtime=runtime,
            )
    except (RuntimeError, TimeoutError) as error:
        reason = "it does not answer" if isinstance(error, TimeoutError) else _reason(error)
        raise Unreachable(
            f"Temporal at {address} is down ({reason}): start it (make up), or set TEMPORAL_ADDRESS"
        ) from None


@cache
def _runtime(metrics: str | None) -> Runtime:
    """One runtime for the process: the SDK's own lines go where all others go."""
    lines = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logger=logging.getLogger("temporalio.core"),
            append_target_to_name=False,
            prepend_target_on_message=False,
        ),
    )
    served = PrometheusConfig(bind_address=metrics) if metrics else None
    try:
        return Runtime(telemetry=TelemetryConfig(logging=lines, metrics=served))
    except ValueError as error:
        raise InputError(
            f"METRICS_HOST, SDK_METRICS_PORT: {metrics} can't be listened on ({error}): choose "
            "others, and another port for each worker on one machine"
        ) from None


def _reason(error: RuntimeError) -> str:
    known = {"onnection refused": "connection refused", "dns error": "no such host"}
    said = str(error)
    return next((short for long, short in known.items() if long in said), said[:200])
