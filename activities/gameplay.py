"""The lower pane: a stretch of gameplay that the account has not shown lately, and a music bed."""

from dataclasses import dataclass

import structlog
from temporalio import activity

from activities.failures import failed
from db.database import Database
from schemas.failures import FailureKind
from schemas.gameplay import GameplayWindow, WindowRequest

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class GameplayActivities:
    """What a day asks of the gameplay pool and of the music beds."""

    db: Database

    @activity.defn
    async def pick_window(self, request: WindowRequest) -> GameplayWindow:
        """Take a window that overlaps none of the account's last 90 days, and a bed if wanted.

        When the pool is dry for the account, the window repeats what it showed longest ago.

        Again: the window and the bed that the Reel has, unless it has `instead_of`, which is
        given back. Raises POOL_EMPTY when nothing is imported.
        """
        window = await self.db.windows.pick(
            request.reel, request.seconds, instead_of=request.instead_of
        )
        if window is None:
            raise failed(
                FailureKind.POOL_EMPTY,
                "the gameplay pool is empty: import clips with `admin.py gameplay import`",
            )
        if window.repeated:
            log.warning("gameplay.repeated", reel=request.reel, clip=window.clip)
        if not request.music:
            return window
        bed = await self.db.music.pick(request.reel)
        if bed is None:
            raise failed(
                FailureKind.POOL_EMPTY,
                "the account wants music and there is none: import tracks with "
                "`admin.py music import`, or leave music out with `admin.py account set --sound`",
            )
        return window.model_copy(update={"bed": bed})
