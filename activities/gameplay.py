"""The lower pane: a stretch of gameplay that no other Reel has shown lately."""

from dataclasses import dataclass

from temporalio import activity

from activities.failures import failed
from db.database import Database
from schemas.failures import FailureKind
from schemas.gameplay import GameplayWindow, WindowRequest


@dataclass(frozen=True)
class GameplayActivities:
    """What a day asks of the gameplay pool."""

    db: Database

    @activity.defn
    async def pick_window(self, request: WindowRequest) -> GameplayWindow:
        """Take the clip that was used longest ago, and a random window in it.

        Again: the window that the Reel has. Raises POOL_EMPTY when nothing is imported.
        """
        window = await self.db.gameplay.pick(request.reel, request.seconds)
        if window is None:
            raise failed(
                FailureKind.POOL_EMPTY,
                "the gameplay pool is empty: import clips with `admin.py gameplay import`",
            )
        return window
