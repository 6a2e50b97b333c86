"""What a long activity tells Temporal, and what the next attempt reads back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

from clients.ffmpeg import Progress
from schemas.day import Heartbeat

STRIDE = 2.0
"""Seconds between two beats of a rest: short enough for any heartbeat timeout."""

_BEAT_SECONDS = 0.5


class Pulse:
    """What is told next, and to whom: Temporal, twice a second."""

    def __init__(self, working: str) -> None:
        """`working` is the word for what FFmpeg does, as in "composing"."""
        self._working = working
        self._next = Heartbeat()

    def note(self, text: str) -> None:
        """Say what is done, beside how far it was."""
        self._next = self._next.model_copy(update={"note": text})

    def worked(self, progress: Progress) -> None:
        """Say how far FFmpeg is."""
        self._next = Heartbeat(
            percent=round(progress.percent, 1),
            frames_per_second=progress.frames_per_second,
            note=self._working,
        )

    async def beat(self) -> None:
        """Tell it, for ever."""
        while True:
            activity.heartbeat(self._next)
            await asyncio.sleep(_BEAT_SECONDS)


@asynccontextmanager
async def pulse(working: str) -> AsyncIterator[Pulse]:
    """A pulse that beats as long as the work goes on."""
    beats = Pulse(working)
    beating = asyncio.create_task(beats.beat())
    try:
        yield beats
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


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
