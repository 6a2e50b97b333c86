"""What the engine is asked for."""

from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg.facts import MediaFacts
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
class Composed:
    """What became of it."""

    asked: Composition
    facts: MediaFacts
    heard: frozenset[str] = frozenset()
    """Which of gameplay, music and top are to be heard; none in a silent Reel."""
    lufs: float | None = None
    """How loud it is; None where it is silent."""


@dataclass(frozen=True)
class Progress:
    """How far a composition is."""

    percent: float
    frames_per_second: float | None = None
    """Pictures composed in a second of the clock, None while unknown."""
