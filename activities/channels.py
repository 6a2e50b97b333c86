"""Reaching reviewers: every channel is tried, and none twice for one message."""

from collections.abc import Awaitable, Callable, Iterable

import structlog
from temporalio import activity

from activities.heartbeats import last_heartbeat
from clients.errors import ClientError, Retryable
from clients.review import ReviewCard, ReviewChannel
from schemas.day import Heartbeat

log = structlog.get_logger("activities")


async def ask_all(channels: Iterable[ReviewChannel], card: ReviewCard) -> None:
    """Show a revision in every channel. Raises as `_each` does."""
    await _each(channels, lambda channel: channel.ask(card))


async def tell_all(channels: Iterable[ReviewChannel], *, title: str, text: str) -> None:
    """Send a plain message to every channel. Raises as `_each` does."""
    await _each(channels, lambda channel: channel.tell(title=title, text=text))


async def _each(
    channels: Iterable[ReviewChannel], send: Callable[[ReviewChannel], Awaitable[None]]
) -> None:
    """Try every channel, but those that an earlier attempt of this activity reached.

    Raises what failed, after all were tried; of several failures one that another try may
    mend.
    """
    reached = last_heartbeat().note.split()
    failures: list[ClientError] = []
    for channel in channels:
        if channel.name in reached:
            continue
        try:
            await send(channel)
        except ClientError as error:
            log.warning("channel.failed", channel=channel.name, reason=error.message)
            failures.append(error)
        else:
            reached.append(channel.name)
            activity.heartbeat(Heartbeat(note=" ".join(reached)))
    if failures:
        raise min(failures, key=lambda error: not isinstance(error, Retryable))
