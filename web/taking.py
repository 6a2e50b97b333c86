"""A decision's way from a door to its day, within the few seconds that a chat service waits."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from db.approvals import Approvals
from db.failures import DatabaseError
from schemas.decision import Decision, Refusal
from web.deadline import within
from web.delivery import Delivery, NotDelivered

LOOK_SECONDS = 1.0
"""For a look into the database; what it leaves is the signal's."""

KEEP_SECONDS = 0.2
"""Of the time that is left for writing down that an event was taken."""

_log = structlog.get_logger("web")


@dataclass(frozen=True)
class Taking:
    """Takes each event once, however often its service sends it."""

    approvals: Approvals
    delivery: Delivery

    async def take(self, decision: Decision, event_key: str, ends: float) -> bool:
        """Return once Temporal holds the decision; False when the event was taken before.

        `ends` is on the monotonic clock. Raises DayNotOpen, and NotDelivered when the decision
        may not have arrived: nothing is remembered, and the same event may come once more.
        """
        try:
            look = min(LOOK_SECONDS, left(ends))
            if await within(look, self.approvals.event_seen(event_key)):
                _log.info("event.seen", event_key=event_key)
                return False
        except (DatabaseError, TimeoutError) as error:
            raise NotDelivered(f"the database: {type(error).__name__}") from None
        await self.delivery.send(decision, seconds=left(ends - KEEP_SECONDS))
        _log.info("decision.taken", reviewer=decision.reviewer, decision=decision.id)
        await self._remember(event_key, ends)
        return True

    async def note_stranger(self, decision: Decision, event_key: str) -> None:
        """Record, if that can be done at once, what somebody said who is not let in."""
        try:
            await within(LOOK_SECONDS, self._record(decision, event_key))
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
        # After the signal, so that an event that failed can be sent once more. A copy that
        # comes in between carries the same decision, which the day takes only once.
        try:
            await within(left(ends), self.approvals.remember_event(event_key))
        except (DatabaseError, TimeoutError) as error:
            _log.warning("event.not_remembered", reason=type(error).__name__)


def left(ends: float) -> float:
    """Seconds until a moment, and never too few to ask at all."""
    return max(ends - time.monotonic(), KEEP_SECONDS)
