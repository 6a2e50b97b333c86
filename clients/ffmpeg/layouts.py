"""Where the panes lie in the picture: one entry of a table for each layout."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.composition import Layout

WIDTH, HEIGHT = 1080, 1920
"""Of the Reel, in pixels."""


class Shown(StrEnum):
    """What a pane shows."""

    TOP = "top"
    GAMEPLAY = "gameplay"


class Fill(StrEnum):
    """What is done about a picture of another aspect than its pane."""

    COVER = "cover"
    """The pane is filled, and the rest of the picture is cut off."""
    BLURRED = "blurred"
    """The whole picture is seen, and a blurred copy of it fills what it leaves free."""


@dataclass(frozen=True)
class Pane:
    """A part of the Reel's picture. All numbers are even: chroma has half the pixels."""

    shows: Shown
    x: int
    y: int
    width: int
    height: int
    fill: Fill = Fill.COVER

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height."""
        return self.x, self.y, self.width, self.height


LAYOUTS: dict[Layout, tuple[Pane, ...]] = {
    Layout.SPLIT_60_40: (
        Pane(Shown.TOP, 0, 0, WIDTH, 1152),
        Pane(Shown.GAMEPLAY, 0, 1152, WIDTH, 768),
    ),
    Layout.SPLIT_50_50: (
        Pane(Shown.TOP, 0, 0, WIDTH, 960),
        Pane(Shown.GAMEPLAY, 0, 960, WIDTH, 960),
    ),
    Layout.TOP_BLURRED: (Pane(Shown.TOP, 0, 0, WIDTH, HEIGHT, Fill.BLURRED),),
}
"""A new layout is a new entry: panes that cover the picture, the top's among them, and each
footage shown once at the most."""

POOL_SIZE = (1080, 768)
"""Width and height of pooled gameplay: what its pane in the usual layout has."""


def pane_of(layout: Layout, shown: Shown) -> Pane | None:
    """The pane that shows it, None where it is not seen."""
    return next((pane for pane in LAYOUTS[layout] if pane.shows is shown), None)


def takes_pooled(layout: Layout) -> bool:
    """Whether gameplay in the pool's format fits its pane as it is."""
    pane = pane_of(layout, Shown.GAMEPLAY)
    return pane is not None and (pane.width, pane.height) == POOL_SIZE
