"""Whether an approved Reel may go out now: the account's pause, its quotas, its posting times.

Limits of the platform: posts in 24 rolling hours, as it says itself, and 400 containers in
24 hours (Meta, "Content Publishing" and content_publishing_limit). They are counted where they
are enforced, there; what is kept here says when the next post has room.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from temporalio import activity

from activities.cures import what_is_waited_for
from activities.failures import failed
from activities.platform_truth import STOPS_ACCOUNT, Platform
from activities.posting_times import next_posting_time, told
from activities.tokens import utc_now
from activities.trust import withdrawn
from clients.errors import ClientError, Retryable
from clients.publishing import Publisher, Quota
from db.cipher import TokenCipher
from db.database import Database
from schemas.account import Account, AccountStatus, Login
from schemas.clearance import Clearance, ClearanceRequest, Hold, HoldReason
from schemas.failures import FailureKind
from schemas.post import PostRequest
from schemas.trust import how_to_stop

A_DAY = timedelta(hours=24)
LOOK_AGAIN = timedelta(hours=1)
"""How long to wait where nobody says when there is room."""

LEEWAY = timedelta(minutes=1)
"""How much longer than its 24 hours a post counts here: the platform's clock is not ours."""

READS = 3
"""How often a quota that can't be read is asked for, before our own ledger has to do."""

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class ClearanceActivities:
    """Says whether a Reel may go out, and until when it may not."""

    publishers: Mapping[Login, Publisher]
    db: Database
    cipher: TokenCipher
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def choose_time(self, request: PostRequest) -> Clearance:
        """Held until the account's next posting time; not at all when it has none.

        Again: the next one from then on.
        """
        account, now = request.account, self.now()
        chosen = next_posting_time(account.posting.times, account.zone, account.id, now)
        if chosen is None:
            return Clearance()
        at_once = f"at once: starter.py publish {request.key.account} {request.key.day}"
        why = f"posting time {chosen.wall} ({at_once})"
        return Clearance(hold=self._hold(HoldReason.POSTING_TIME, request, chosen.at, why))

    @activity.defn
    async def clear_account(self, request: PostRequest) -> Clearance:
        """Held while the account is paused, as the database has it now. Again: as it is then.

        Says as well when people have to decide on what was approved automatically.
        """
        if again := await withdrawn(self.db, request):
            return Clearance(again=again)
        account = await self._account(request)
        if account.status is AccountStatus.ACTIVE:
            return Clearance()
        words = f"account paused: {what_is_waited_for(account)}"
        return Clearance(hold=Hold(reason=HoldReason.PAUSED, words=words))

    @activity.defn
    async def clear_post(self, asked: ClearanceRequest) -> Clearance:
        """Held while the account is paused, throttled, or has used up what 24 hours allow.

        The platform's own count is read once a call. Again: as it is then. Raises RATE_LIMITED
        when even that is refused for now, and pauses an account that is refused as such.
        """
        first = await self.clear_account(asked.post)
        if first.hold is not None or first.again:
            return first
        if asked.retry_after is not None:
            until = self.now() + timedelta(seconds=asked.retry_after)
            why = "the platform takes no more calls of the account before"
            return Clearance(hold=self._hold(HoldReason.THROTTLE, asked.post, until, why))
        hold = None if asked.unread else await self._at_a_limit(asked.post)
        if hold is None and asked.refused:
            why = "the platform refused a call for now, without saying for how long"
            until = self.now() + LOOK_AGAIN
            hold = self._hold(HoldReason.THROTTLE, asked.post, until, why)
        return Clearance(hold=hold)

    async def _account(self, request: PostRequest) -> Account:
        account = await self.db.accounts.get(request.account.id)
        if account is None:
            raise failed(FailureKind.BAD_REQUEST, f"there is no account {request.account.id!r}")
        return account

    async def _at_a_limit(self, request: PostRequest) -> Hold | None:
        quota, account, now = await self._read_quota(request), request.account.id, self.now()
        window = timedelta(seconds=quota.seconds)
        posts = await self.db.ledger.posts(account, now - window, max(quota.total, 1))
        used = max(quota.used, len(posts))
        if used >= quota.total:
            until = _room(posts, quota.total, window, now)
            why = f"{used} of {quota.total} posts in {window.total_seconds() / 3600:.0f} hours"
            return self._hold(HoldReason.QUOTA, request, until, why)
        limit = self._platform.of(request.account).capabilities.handles_a_day
        made = await self.db.ledger.containers(account, now - A_DAY, limit)
        if len(made) >= limit:
            until = _room(made, limit, A_DAY, now)
            why = f"{limit} of {limit} containers in 24 hours"
            return self._hold(HoldReason.QUOTA, request, until, why)
        return None

    async def _read_quota(self, request: PostRequest) -> Quota:
        """What the platform says of the account's quota; its published one when it says nothing.

        A quota that can't be read holds no Reel back: the platform refuses what is too much.
        """
        account, platform = request.account, self._platform
        try:
            async with platform.may_stop(account):
                return await platform.of(account).quota(await platform.who(account))
        except ClientError as error:
            if error.kind in STOPS_ACCOUNT or error.kind is FailureKind.RATE_LIMITED:
                raise
            if isinstance(error, Retryable) and activity.info().attempt < READS:
                raise
            log.warning("quota.unread", reason=str(error))
            most = platform.of(account).capabilities.posts_a_day
            return Quota(used=0, total=most, seconds=A_DAY.total_seconds())

    @property
    def _platform(self) -> Platform:
        return Platform(self.publishers, self.db, self.cipher)

    def _hold(self, reason: HoldReason, request: PostRequest, until: datetime, why: str) -> Hold:
        words = f"waits until {told(until, request.account.zone, self.now())}: {why}"
        if request.automatic:
            stop = how_to_stop(request.account.id)
            words = f"{words}; approved automatically ({request.automatic}), to stop that: {stop}"
        return Hold(reason=reason, words=words, until=until)


def _room(ours: Sequence[datetime], limit: int, window: timedelta, now: datetime) -> datetime:
    """When there is room for one more, by when ours were made, newest first.

    Where ours alone don't reach the limit, others were made elsewhere, and nobody says when:
    then when the oldest of ours leaves, and within an hour at most.
    """
    if 0 < limit <= len(ours):
        return ours[limit - 1] + window + LEEWAY
    soon = now + LOOK_AGAIN
    return min(ours[-1] + window + LEEWAY, soon) if ours else soon
