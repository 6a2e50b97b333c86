"""What the engine is asked for."""

from dataclasses import dataclass
from pathlib import Path

from schemas.composition import GAMEPLAY_ONLY, Anchor, Layout, SoundMix


@dataclass(frozen=True)
class Composition:
    """Top clips in order, a stretch of gameplay, and how they are put together."""

    tops: tuple[Path, ...]
    gameplay: Path | None
    """As imported or from the pool; None only where it is neither seen nor heard."""
    start: float
    """Where in the gameplay the stretch begins, in seconds."""
    seconds: float
    """The most that the Reel may last."""
    layout: Layout = Layout.SPLIT_60_40
    top_anchor: Anchor = Anchor.CENTER
    gameplay_anchor: Anchor = Anchor.CENTER
    sound: SoundMix = GAMEPLAY_ONLY
    music: Path | None = None
    music_start: float = 0.0
    """Where in the music the Reel begins, in seconds; it begins again where it ends."""
    hook_text: str = ""
    """Shown on the top pane in the first seconds; empty for none."""


@dataclass(frozen=True)
class Progress:
    """How far a composition is."""

    percent: float
    frames_per_second: float | None = None
    """Pictures composed in a second of the clock, None while unknown."""
