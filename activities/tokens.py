"""Keeping every account's access alive: renewed at half of its life, told of before it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from temporalio import activity

from activities.channels import tell_all
from activities.cures import CONNECT, paused_because
from activities.failures import failed
from activities.platform_truth import STOPS_ACCOUNT
from clients.errors import Refused
from clients.publishing.access import Access, AccessSource
from clients.review import ReviewChannel
from db.cipher import Purpose, TokenCipher
from db.database import Database
from db.failures import TokenUnreadable
from db.renewals import Standing
from db.tokens import NewTokens
from schemas.account import Login
from schemas.failures import FailureKind
from schemas.housekeeping import (
    HousekeepingInput,
    Renewal,
    RenewalOutcome,
    RenewalPlan,
    RenewalRequest,
    Renewals,
    Told,
)

LOST_OR_ENDING = "Accounts that lost their access, or soon will"

log = structlog.get_logger("activities")


def utc_now() -> datetime:
    """The time, unless a test has another."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class TokenActivities:
    """Renews tokens, one account at a time, and tells of those that can't be."""

    db: Database
    cipher: TokenCipher
    sources: Mapping[Login, AccessSource]
    channels: Sequence[ReviewChannel]
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def plan_renewals(self, _start: HousekeepingInput) -> RenewalPlan:
        """The accounts whose token is due, or has ended. Again: those that are by then."""
        found = await self.db.renewals.all()
        return RenewalPlan(accounts=tuple(one.account for one in found if self._is_due(one)))

    @activity.defn
    async def renew_token(self, request: RenewalRequest) -> Renewal:
        """Trade the account's token for a younger one, and store that before all else.

        A refusal of the token as such pauses the account, alone. Again: the old string goes on
        working, so a trade whose answer was lost is made once more; one that was stored is
        not due any more, and a pause is answered as it was. Raises what the platform answers,
        where another try may help.
        """
        old = await self.db.renewals.get(request.account)
        if old is not None and old.trouble is not None:
            # None was planned in trouble: an earlier try paused it, and did not get to say so.
            paused = RenewalOutcome.PAUSED
            return Renewal(account=old.account, outcome=paused, detail=old.trouble)
        if old is None or not self._is_due(old):
            return Renewal(account=request.account, outcome=RenewalOutcome.UNCHANGED)
        if (old.facts.days_left(self.now()) or 0) < 0:
            return await self._pause(old, FailureKind.AUTHENTICATION, "its access has ended")
        try:
            access = await self._younger(old)
        except Refused as error:
            if error.kind not in STOPS_ACCOUNT:
                raise
            return await self._pause(old, error.kind, str(error))
        return await self._store(old, access)

    @activity.defn
    async def tell_of_renewals(self, renewals: Renewals) -> Told:
        """Tell every channel which accounts were paused, but those that are told of already.

        Again: channels not yet reached.
        """
        at = activity.info().scheduled_time
        said = {
            one.account: reason
            for one in renewals.of(RenewalOutcome.PAUSED)
            if (reason := await self.db.accounts.tell_of_pause(one.account, at))
        }
        if said:
            text = "\n".join(f"{account}: {reason}" for account, reason in said.items())
            await tell_all(self.channels, title="Accounts that lost their access", text=text)
        for account in said:
            await self.db.accounts.told_of_pause(account, self.now())
        return Told(names=tuple(said))

    @activity.defn
    async def warn_of_ends(self, _start: HousekeepingInput) -> Told:
        """Tell every channel whose access ends in 14, 7 or 2 days: each of these once.

        And who lost it, where nobody could be told at the time. Again: what no earlier try has
        written down as told.
        """
        now = self.now()
        found = await self.db.renewals.all()
        at = activity.info().scheduled_time
        untold = [one for one in found if one.trouble is not None and one.told_at is None]
        lost = [one for one in untold if await self.db.accounts.tell_of_pause(one.account, at)]
        ending = [(one, days) for one in found if (days := _unwarned(one, now)) is not None]
        if lost or ending:
            lines = [f"{one.account}: {one.trouble}" for one in lost]
            lines += [_warning(one, now) for one, _ in ending]
            title = LOST_OR_ENDING if lost else "Access that ends soon"
            await tell_all(self.channels, title=title, text="\n".join(lines))
        for one in lost:
            await self.db.accounts.told_of_pause(one.account, now)
        for one, days in ending:
            log.warning("token.ends_soon", account=one.account, days=one.facts.days_left(now))
            await self.db.renewals.warned(one, days)
        return Told(names=tuple(one.account for one in (*lost, *(one for one, _ in ending))))

    def _is_due(self, one: Standing) -> bool:
        due = one.renewable and one.facts.is_due(one.set_at, self.now())
        ended = (one.facts.days_left(self.now()) or 0) < 0
        return one.trouble is None and (due or ended)

    async def _younger(self, old: Standing) -> Access:
        purpose = Purpose.PUBLISHING if old.reading is None else Purpose.READING
        sealed = old.publishing if old.reading is None else old.reading
        try:
            token = self.cipher.open(old.account, sealed, purpose)
        except TokenUnreadable as error:
            raise failed(error.kind, str(error)) from None
        return await self.sources[old.login].renew(token, user_id=old.user_id, now=self.now())

    async def _store(self, old: Standing, access: Access) -> Renewal:
        new = NewTokens.sealed(
            self.cipher,
            old.account,
            publishing=access.publishing,
            reading=access.reading,
            facts=access.facts,
        )
        if not await self.db.renewals.replace(old, new, self.now()):
            return Renewal(account=old.account, outcome=RenewalOutcome.UNCHANGED)
        if access.missing:
            lack = f"its access lacks {', '.join(access.missing)}"
            fresh = await self.db.renewals.get(old.account)
            return await self._pause(fresh or old, FailureKind.PERMISSION, lack)
        days = access.facts.days_left(self.now())
        log.info("token.renewed", account=old.account, days=days)
        return Renewal(account=old.account, outcome=RenewalOutcome.RENEWED)

    async def _pause(self, old: Standing, kind: FailureKind, why: str) -> Renewal:
        sentence = paused_because(old.account, kind, why)
        if not await self.db.renewals.refuse(old, kind, sentence):
            return Renewal(account=old.account, outcome=RenewalOutcome.UNCHANGED)
        log.warning("account.paused", account=old.account, reason=why)
        return Renewal(account=old.account, outcome=RenewalOutcome.PAUSED, detail=sentence)


def _unwarned(one: Standing, now: datetime) -> int | None:
    """The warning that is due and was not given, None when there is none."""
    days = one.facts.warning(now)
    if days is None or one.trouble is not None:
        return None
    return days if one.warned_days is None or days < one.warned_days else None


def _warning(one: Standing, now: datetime) -> str:
    ends = f"{one.facts.expires_at:%Y-%m-%d}"
    return (
        f"{one.account}: {one.facts.days_left(now)} days left, until {ends}, and it could not "
        f"be renewed; {CONNECT.format(account=one.account)}"
    )
