"""The frame of a day: it is opened once, written down as it goes, and closed once."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from temporalio import activity

from activities.failures import failed
from activities.segments import clips_folder, price
from activities.spending import Spending
from clients.store import ObjectStore
from clients.video import VideoProvider
from db.database import Database
from db.failures import UnknownAccount
from schemas.account import Account, AccountStatus
from schemas.day import (
    AccountDayResult,
    CloseDay,
    FailureNote,
    OpenDay,
    OpenedDay,
    StageNote,
)
from schemas.failures import FailureKind

LEAST_FREE_BYTES = 1 << 30
"""What a day may need beside its clips and its Reel, each under 300 MB."""


@dataclass(frozen=True)
class DayActivities:
    """Opens and closes account-days."""

    db: Database
    store: ObjectStore
    spending: Spending
    providers: Mapping[str, VideoProvider]
    """By name; their prices say what a Reel will cost."""
    work_dir: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    """The folder whose disk has to have room."""
    least_free_bytes: int = LEAST_FREE_BYTES

    @activity.defn
    async def open_day(self, request: OpenDay) -> OpenedDay:
        """Claim the day for one execution, or say in a sentence why nothing is to be done.

        A skipped day has no row and has cost nothing. Again with the same claim: the same
        answer, whatever the budget is by then. Raises BAD_REQUEST for an unknown account.
        """
        account = await self.db.accounts.get(request.key.account)
        if account is None:
            raise failed(
                FailureKind.BAD_REQUEST,
                f"there is no account {request.key.account!r}: `admin.py account list` shows all",
            )
        row = await self.db.reels.by_day(request.key)
        if row is None and (reason := await self._reason_to_skip(account)):
            return OpenedDay(skipped=reason)
        claimed = await self.db.reels.claim(request.key, request.claim, request.requested_by)
        if claimed is None or (row is not None and row.published_at is not None):
            return OpenedDay(skipped=await self._who_has_it(request))
        return OpenedDay(reel=claimed.id, account=account)

    @activity.defn
    async def note_stage(self, note: StageNote) -> None:
        """Write down where the day stands. Again: changes nothing."""
        await self.db.reels.set_stage(note.reel, note.stage, note.waiting_for)

    @activity.defn
    async def record_failure(self, note: FailureNote) -> None:
        """Write down a step that failed for good. Again: one more line."""
        await self.db.errors.record(note.key, step=note.step, kind=note.kind, message=note.message)

    @activity.defn
    async def close_day(self, request: CloseDay) -> AccountDayResult:
        """Write down how the day ended and delete its clips; the Reel and its poster stay.

        A day whose Reel is out ends as published, whatever the request says. Again: the same.
        """
        reel = request.reel or await self._claimed(request)
        if not reel:
            return AccountDayResult(outcome=request.outcome, reason=request.reason)
        row = await self.db.reels.close(reel, request.outcome, request.reason)
        if row.revision:
            await self.db.approvals.expire(reel, row.revision)
        await self.store.delete_prefix(clips_folder(request.key))
        costs = await self.db.usage.by_service(reel)
        return AccountDayResult(
            outcome=row.outcome or request.outcome,
            reason=row.reason,
            revision=row.revision,
            media_id=row.media_id,
            permalink=row.permalink,
            cost_micros=sum(costs.values()),
        )

    async def _claimed(self, request: CloseDay) -> str:
        """The row of an execution that was cancelled while it opened the day.

        It is made where it is missing, so that a claim that comes late finds the day closed.
        """
        if not request.claim:
            return ""
        try:
            claimed = await self.db.reels.claim(request.key, request.claim, "cancelled")
        except UnknownAccount:
            return ""
        return claimed.id if claimed else ""

    async def _who_has_it(self, request: OpenDay) -> str:
        row = await self.db.reels.by_day(request.key)
        day = f"{request.key.account} on {request.key.day}"
        if row is not None and row.published_at is not None:
            return f"{day} is published already"
        if row is not None and row.outcome is not None:
            return f"{day} is closed already: {row.outcome.value}"
        return f"{day} is being made by another execution"

    async def _reason_to_skip(self, account: Account) -> str | None:
        if account.status is not AccountStatus.ACTIVE:
            why = f": {account.paused_reason}" if account.paused_reason else ""
            return f"the account is {account.status.value}{why}"
        return await self._over_budget(account) or self._disk_low()

    async def _over_budget(self, account: Account) -> str | None:
        """Whether what is left covers a whole Reel: a story without a film is money lost."""
        first = self.providers.get(account.video_providers[0])
        cost = price(account.reel_seconds, first.capabilities) if first else 0
        why_not = await self.spending.why_not(account, cost)
        return why_not and f"budget: {why_not}"

    def _disk_low(self) -> str | None:
        self.work_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.work_dir).free
        if free >= self.least_free_bytes:
            return None
        needed = f"{self.least_free_bytes >> 20} MB are needed"
        return f"the disk is nearly full: {free >> 20} MB are free, {needed}"
