"""The gameplay pool, the music beds, and what of them a Reel takes."""

from pydantic import Field

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.composition import Anchor


class WindowRequest(Frozen):
    """Asks for a stretch of gameplay as long as the Reel."""

    key: AccountDay
    reel: str
    seconds: float
    music: bool = False
    """Whether a music bed is wanted, too."""
    instead_of: str | None = None
    """The id of a window that made no good Reel: it is given back, and another one is taken."""


class PooledClip(Frozen):
    """The same clip in the pool's format: the pane's size, 30 pictures a second, levelled."""

    object_key: str
    sha256: str
    bytes: int
    seconds: float


class MusicBed(Frozen):
    """Where a music track is heard from."""

    track: str
    object_key: str
    start_seconds: float
    credit: str = ""
    """What the licence asks to be said; empty when nothing."""


class GameplayWindow(Frozen):
    """Where to cut: the clip and the seconds. A shorter clip is looped by the composer."""

    clip: str
    object_key: str
    """The clip as it was imported."""
    start_seconds: float
    clip_seconds: float
    title: str = ""
    id: str = ""
    """Of the row in the window ledger; empty in histories from before there was one."""
    pool: PooledClip | None = None
    """None until the clip is normalised; layouts whose pane has another size use the original."""
    anchor: Anchor = Anchor.CENTER
    """How the original is cropped; what is pooled was cropped by it already."""
    repeated: bool = False
    """The pool was dry: the account showed this stretch before, longest ago of all it has."""
    bed: MusicBed | None = None


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


class Rights(Frozen):
    """Whose a file is, and what may be done with it, in the words of whoever added it."""

    title: str = Field("", max_length=200)
    source: str = Field("", max_length=500)
    """Where it came from: an address, a recording, a shop."""
    licence: str = Field("", max_length=200)
    credit: str = Field("", max_length=200)
    added_by: str = Field("", max_length=100)


class SourceFacts(Frozen):
    """An original that was imported: its facts, its rights, and how its pane is cropped."""

    facts: GameplayFacts
    rights: Rights
    anchor: Anchor = Anchor.CENTER


class MusicFacts(Frozen):
    """What a probe found out about a music file."""

    seconds: float
    codec: str
    bytes: int
    sha256: str
