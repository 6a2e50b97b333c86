"""Whether an approved Reel may go out, and what it waits for while it may not."""

from datetime import datetime
from enum import StrEnum

from schemas.account import AccountId
from schemas.base import Frozen
from schemas.post import PostRequest


class HoldReason(StrEnum):
    """Why a Reel is held back."""

    POSTING_TIME = "posting time"
    QUOTA = "quota"
    THROTTLE = "throttle"
    PAUSED = "account paused"


class Hold(Frozen):
    """What an approved Reel waits for."""

    reason: HoldReason
    words: str
    """For a person: until when and why."""
    until: datetime | None = None
    """None for a pause, which a person ends."""


class Clearance(Frozen):
    """Whether a Reel may go out now."""

    hold: Hold | None = None
    """None: it may."""
    again: str = ""
    """Why people have to decide first, when it was approved automatically; empty: they need not."""


class ClearanceRequest(Frozen):
    """Asks whether a Reel may go out now."""

    post: PostRequest
    refused: bool = False
    """Whether the platform has just refused a call for now, so that it is held in any case."""
    retry_after: float | None = None
    """Seconds, as the platform asked for them: until then it is not asked again."""
    unread: bool = False
    """Whether the quota is not to be read, since that very call was refused."""


class PausedAccount(Frozen):
    """An account that is, or was, paused."""

    account: AccountId
