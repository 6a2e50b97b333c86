"""How a Reel is put together: panes, sound, and words on the picture, by the account's choice."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from schemas.base import Frozen


class Layout(StrEnum):
    """Where the panes lie; the video engine has one entry of geometry for each."""

    SPLIT_60_40 = "split-60-40"
    SPLIT_50_50 = "split-50-50"
    TOP_BLURRED = "top-blurred"
    """The filmed story whole, over a blurred copy of itself; no gameplay is seen."""


class Anchor(StrEnum):
    """Which part of a picture stays when a pane is narrower or lower than it."""

    CENTER = "center"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


Decibels = Annotated[float, Field(ge=-40, le=12)]


class SoundMix(Frozen):
    """What is heard, and how loud each is beside the others; None is not heard.

    The mix as a whole is levelled to -14 LUFS afterwards. A source without sound is left out,
    and a Reel whose sources all are silent gets a silent sound track, never none.
    """

    gameplay: Decibels | None = None
    music: Decibels | None = None
    """A licensed bed from `admin.py music`."""
    top: Decibels | None = None
    """The filmed story's own sound, where the provider delivers one."""

    @model_validator(mode="after")
    def something_is_heard(self) -> "SoundMix":
        """Refuse a mix of nothing."""
        if self.gameplay is None and self.music is None and self.top is None:
            message = "name at least one of gameplay, music and top"
            raise ValueError(message)
        return self


GAMEPLAY_ONLY = SoundMix(gameplay=0.0)
HOOK_LIMIT = 60
"""Characters of the hook text: three lines on a phone."""
