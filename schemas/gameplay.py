"""The gameplay pool and the window that a Reel takes from it."""

from schemas.account import AccountDay
from schemas.base import Frozen


class WindowRequest(Frozen):
    """Asks for a stretch of gameplay as long as the Reel."""

    key: AccountDay
    reel: str
    seconds: float


class GameplayWindow(Frozen):
    """Where to cut: the clip and the seconds. A shorter clip is looped by the composer."""

    clip: str
    object_key: str
    start_seconds: float
    clip_seconds: float
    title: str = ""


class GameplayFacts(Frozen):
    """What a probe found out about a gameplay file."""

    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    codec: str
    bytes: int
    sha256: str
