"""What is done about a paused account: people are told once, and its Reels wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from temporalio import activity

from activities.channels import tell_all
from activities.failures import failed
from clients.review import ReviewChannel
from db.database import Database
from schemas.account import AccountStatus
from schemas.clearance import PausedAccount
from schemas.failures import FailureKind
from schemas.housekeeping import Told

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class PauseActivities:
    """Tells of pauses, and waits for their end."""

    db: Database
    channels: Sequence[ReviewChannel]

    @activity.defn
    async def tell_of_pause(self, paused: PausedAccount) -> Told:
        """Tell every channel that the platform has refused an account, once for each pause.

        Nobody is told of a pause that a person has made, of one that is over, or of one that
        another day or housekeeping tells of. Again: channels not yet reached. Where none of
        them is reached, housekeeping's next run tells.
        """
        reason = await self.db.accounts.tell_of_pause(
            paused.account, activity.info().scheduled_time
        )
        if reason is None:
            return Told()
        text = f"{paused.account}: {reason}. Until then its approved Reels wait."
        await tell_all(self.channels, title="An account is paused", text=text)
        await self.db.accounts.told_of_pause(paused.account, datetime.now(UTC))
        log.info("pause.told", account=paused.account)
        return Told(names=(paused.account,))

    @activity.defn
    async def await_resume(self, paused: PausedAccount) -> None:
        """End when the account is active again. Again: looks again.

        Raises NOT_READY while it is paused; the pause between two looks is Temporal's.
        """
        account = await self.db.accounts.get(paused.account)
        if account is None:
            raise failed(FailureKind.BAD_REQUEST, f"there is no account {paused.account!r}")
        if account.status is not AccountStatus.ACTIVE:
            raise failed(FailureKind.NOT_READY, f"{account.id} is still paused")
