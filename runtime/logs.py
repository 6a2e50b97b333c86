"""One way to speak for every process of ours: structlog and the standard library together.

A line has the source document's structure (7.2): timestamp, level, workflow, account, action,
duration_ms, metadata. In a terminal the same line is made for reading.

Activities, clients and the doors log with `structlog.get_logger()` or `logging`; an event is
`thing.happened` with fields. Workflow code logs with `workflow.logger` alone, its fields in
`extra`: the SDK leaves those lines out while it replays a history.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
import temporalio.activity
import temporalio.workflow
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from runtime.redaction import redact
from schemas.account import AccountDay

Line = MutableMapping[str, Any]

_LEVELS = {"warning": "WARN", "critical": "ERROR", "exception": "ERROR"}
"""The source document has four levels: ERROR, WARN, INFO, DEBUG."""

_QUIET = (
    # They write whole URLs at INFO, signatures and tokens in them.
    *("httpx", "httpx2", "httpcore", "httpcore2", "aiobotocore", "aioboto3", "botocore", "boto3"),
    *("uvicorn.access", "alembic", "asyncio", "PIL"),
)

_FACTS = {
    "workflow_type": "workflow",
    "workflow_id": "workflow_id",
    "run_id": "run_id",
    "activity_type": "activity",
    "attempt": "attempt",
}
"""What the SDK knows of a line's workflow or activity, and what it is called in the line."""


def configure(format: str = "auto", level: str = "INFO", stream: TextIO | None = None) -> None:  # noqa: A002 - as the setting is called
    """Send every log line of this process to one stream, stderr when none is given.

    `format` is json, console, or auto: console when the stream is a terminal.
    """
    stream = stream or sys.stderr
    human = format == "console" or (format == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info if human else _exception_without_locals(),
        _add_temporal_facts,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(human=human, colors=human and stream.isatty()),
            ],
        )
    )
    _take_over(handler, level)


def bind(**fields: object) -> None:
    """Add fields to every line that the current task logs from here on."""
    structlog.contextvars.bind_contextvars(**fields)


def _take_over(handler: logging.Handler, level: str) -> None:
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for adapter in (temporalio.workflow.logger, temporalio.activity.logger):
        # The facts come as fields; by default they are also written into the sentence.
        if isinstance(adapter, temporalio.workflow.LoggerAdapter):
            adapter.workflow_info_on_message = False
        else:
            adapter.activity_info_on_message = False


def _rendering(*, human: bool, colors: bool) -> list[Processor]:
    if human:
        console = structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        )
        return [_upper_level, redact, console]
    return [_upper_level, _shape, redact, structlog.processors.JSONRenderer(default=str)]


def _exception_without_locals() -> Processor:
    # Frame locals hold tokens, and structlog shows them unless told not to.
    return structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def _add_temporal_facts(_logger: object, _method: str, event: Line) -> Line:
    """Flatten what the SDK attaches to lines of workflows and activities."""
    details = {**event.pop("temporal_workflow", {}), **event.pop("temporal_activity", {})}
    for theirs, ours in _FACTS.items():
        if theirs in details:
            event.setdefault(ours, details[theirs])
    if "account" not in event and str(details.get("workflow_id", "")).startswith("account-day/"):
        event["account"] = AccountDay.from_workflow_id(details["workflow_id"]).account
    return event


def _upper_level(_logger: object, _method: str, event: Line) -> Line:
    level = str(event.get("level", "info"))
    event["level"] = _LEVELS.get(level, level.upper())
    return event


def _shape(_logger: object, _method: str, event: Line) -> Line:
    """Put a line into the source's structure. A sentence of another library is no action."""
    event.pop("color_message", None)  # uvicorn's sentence once more
    logger, said = event.pop("logger", None), str(event.pop("event", ""))
    action = said
    if " " in said:
        action, event["message"] = str(logger), said
    top = {name: event.pop(name, None) for name in ("timestamp", "level", "workflow", "account")}
    return {
        **top,
        "action": action,
        "duration_ms": event.pop("duration_ms", None),
        "metadata": {"logger": logger, **event},
    }
