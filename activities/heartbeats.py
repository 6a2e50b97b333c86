"""What a long activity tells Temporal, and what the next attempt reads back."""

import asyncio

from temporalio import activity

from schemas.day import Heartbeat

STRIDE = 2.0
"""Seconds between two beats of a rest: short enough for any heartbeat timeout."""


def last_heartbeat() -> Heartbeat:
    """What an earlier attempt of this activity said last; empty when there was none."""
    details = activity.info().heartbeat_details
    return Heartbeat.model_validate(details[0]) if details else Heartbeat()


async def rest(seconds: float, beat: Heartbeat) -> None:
    """Wait between two looks, heard all the while."""
    activity.heartbeat(beat)
    while seconds > 0:
        await asyncio.sleep(min(seconds, STRIDE))
        seconds -= STRIDE
        activity.heartbeat(beat)
