"""Waiting for a container: its bytes are brought where they are wanted, then it is looked at."""

from dataclasses import dataclass

from temporalio import activity

from activities.heartbeats import last_heartbeat, rest
from activities.platform_truth import Platform, is_ready
from clients.errors import OutcomeUnknown, Retryable
from clients.publishing import Credentials, Handle, Look, State, Video
from schemas.account import Account
from schemas.day import Heartbeat

LONGEST_PAUSE = 60.0
"""Seconds. Who asks for more patience between two looks is not waited for here."""


@dataclass(frozen=True)
class ContainerWait:
    """One attempt at the wait for one account's container."""

    platform: Platform
    account: Account
    who: Credentials
    poll_seconds: float

    async def until_ready(self, handle: Handle, video: Video | None) -> None:
        """Look until the container can be published, or is; `video` None: nothing is brought.

        What the platform confirms to have, and that alone, is not sent again. Raises as
        `is_ready` does, and Refused.
        """
        polls = last_heartbeat().polls
        while True:
            look, pause = await self._look(handle)
            if is_ready(look):
                return
            note = look.detail
            if video is not None and look.bytes_taken is not None:
                missing = look.bytes_taken < video.size
                trouble = await self._bring(handle, video, look.bytes_taken) if missing else None
                note = trouble or note
            polls += 1
            await rest(pause, Heartbeat(polls=polls, note=note))

    async def _look(self, handle: Handle) -> tuple[Look, float]:
        try:
            return await self.platform.look(self.account, self.who, handle), self.poll_seconds
        except Retryable as error:
            if (error.retry_after or 0) > LONGEST_PAUSE:
                raise
            unread = Look(State.PENDING, f"not read: {error.message}")
            return unread, max(self.poll_seconds, error.retry_after or 0)

    async def _bring(self, handle: Handle, video: Video, offset: int) -> str | None:
        """Send what is missing; what went wrong on the way, if anything: the next look tells."""
        told = -1

        def tell(sent: int) -> None:
            nonlocal told
            percent = min(100, sent * 100 // video.size)
            if percent != told:
                told = percent
                activity.heartbeat(Heartbeat(percent=percent, note="upload"))

        publisher = self.platform.of(self.account)
        try:
            await publisher.transfer(self.who, handle, video, offset, tell)
        except (Retryable, OutcomeUnknown) as error:
            return error.message
        return None
