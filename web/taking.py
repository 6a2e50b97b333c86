"""A decision's way from a door to its day, within the few seconds that a chat service waits."""

import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from db.approvals import Approvals
from db.failures import DatabaseError
from schemas.decision import Answer, Decision, Refusal
from web.deadline import within
from web.delivery import Delivery, NotDelivered, NotWeighed

LOOK_SECONDS = 1.0
"""For a look into the database; what it leaves is the decision's."""

KEEP_SECONDS = 0.2
"""Of the time that is left for writing down that an event was taken."""

T = TypeVar("T")

_log = structlog.get_logger("web")


@dataclass(frozen=True)
class Taken:
    """What became of an event."""

    before: bool = False
    """Whether it was taken already: then nothing was sent."""
    answer: Answer | None = None
    """What the day said; None when no worker said it in time, and Temporal holds the decision."""


@dataclass(frozen=True)
class Taking:
    """Takes each event once, however often its service sends it."""

    approvals: Approvals
    delivery: Delivery

    async def take(self, decision: Decision, event_key: str, ends: float) -> Taken:
        """Return once the day has answered, or Temporal holds the decision.

        `ends` is on the monotonic clock. Raises DayNotOpen, and NotDelivered when the decision
        may not have arrived: nothing is remembered, and the same event may come once more.
        """
        try:
            if await look(self.approvals.event_seen(event_key), ends):
                _log.info("event.seen", event_key=event_key)
                return Taken(before=True)
        except (DatabaseError, TimeoutError) as error:
            raise NotDelivered(f"the database: {type(error).__name__}") from None
        if time.monotonic() > ends - KEEP_SECONDS:
            # What is sent now would count after the person was told that it failed.
            raise NotDelivered("the database took all the time")
        try:
            answer = await self.delivery.decide(decision, seconds=left(ends - KEEP_SECONDS))
        except NotWeighed as error:
            raise NotDelivered(str(error)) from None
        _log.info("decision.taken", reviewer=decision.reviewer, decision=decision.id)
        await self._remember(event_key, ends)
        return Taken(answer=answer)

    async def note_stranger(self, decision: Decision, event_key: str, ends: float) -> None:
        """Record, if that can be done at once, what somebody said who is not let in."""
        try:
            await look(self._record(decision, event_key), ends)
        except (DatabaseError, TimeoutError) as error:
            _log.warning("stranger.not_recorded", reason=type(error).__name__)

    async def _record(self, decision: Decision, event_key: str) -> None:
        await self.approvals.record_attempt(
            decision.key,
            decision.revision,
            decision,
            channel=decision.channel,
            accepted=False,
            refusal=Refusal.UNKNOWN_REVIEWER,
            at=datetime.now(UTC),
            event_key=event_key,
        )

    async def _remember(self, event_key: str, ends: float) -> None:
        # After the decision, so that an event that failed can be sent once more. A copy that
        # comes in between carries the same decision, which the day takes only once.
        try:
            await within(left(ends), self.approvals.remember_event(event_key))
        except (DatabaseError, TimeoutError) as error:
            _log.warning("event.not_remembered", reason=type(error).__name__)


async def look(work: Coroutine[Any, Any, T], ends: float) -> T:
    """Look something up in the time that a look may take of what is left until a moment.

    Raises TimeoutError at its end, and what the work raises.
    """
    return await within(min(LOOK_SECONDS, left(ends)), work)


def left(ends: float) -> float:
    """Seconds until a moment, and never too few to ask at all."""
    return max(ends - time.monotonic(), KEEP_SECONDS)
