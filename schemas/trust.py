"""Automatic approval: what earns it, which Reels people see all the same, and what was weighed.

An account earns it with its last posts (docs/decisions/0016). The floor is the source
document's: after 50 posts with 95 % approved (ADR-003).
"""

import hmac
from hashlib import sha256
from math import floor

from schemas.account import Account, AccountDay, AccountId, ReviewPolicy
from schemas.base import Frozen
from schemas.decision import SealedDecision

AUTOMATIC = "auto-approval"
"""Whose name an automatic approval carries; no person may have it."""

POLICY = "policy"
"""The door that it comes through, which is no door of a person."""

_WHOLE = 1 << 64


class TrackRecord(Frozen):
    """How people decided on an account's newest posts, and on what lay between them."""

    posts: int = 0
    """Posts that people approved: the newest ones, at most as many as the policy asks for."""
    reviewed: int = 0
    """These, and since the oldest of them every review that was sent back or left to expire."""
    unchanged: int = 0
    """Posts that went out just as they were first laid before people."""

    @property
    def share(self) -> float:
        """How much of it was approved unchanged, 0 to 1."""
        return self.unchanged / self.reviewed if self.reviewed else 0.0

    def earns(self, policy: ReviewPolicy) -> bool:
        """Whether it is enough for the policy; whether that allows anything is not asked."""
        return self.posts >= policy.auto_after_posts and self.share >= policy.auto_unchanged_share

    def words(self, policy: ReviewPolicy) -> str:
        """The record for a person, with what it lacks."""
        if self.earns(policy):
            return f"{self.unchanged} of the last {self.reviewed} approved unchanged"
        lacking = []
        if (more := policy.auto_after_posts - self.posts) > 0:
            lacking.append(f"{more} more")
        if self.share < policy.auto_unchanged_share:
            lacking.append(f"{percent(policy.auto_unchanged_share)} of them unchanged")
        has = f"{self.posts} of {policy.auto_after_posts} posts"
        return f"{has}, {percent(self.share)} unchanged: not yet; it takes {' and '.join(lacking)}"


class TrustStanding(Frozen):
    """Where an account stands with automatic approval, as the database has it now."""

    account_id: AccountId
    policy: ReviewPolicy
    """Only what concerns automatic approval."""
    record: TrackRecord = TrackRecord()
    stopped_by: str | None = None
    """Who took it back on the pages, if anybody did since it was allowed last."""

    @property
    def earned(self) -> bool:
        """Whether the record is enough."""
        return self.record.earns(self.policy)

    @property
    def words(self) -> str:
        """The record for a person."""
        return self.record.words(self.policy)


class TrustRequest(Frozen):
    """Asks whether a draft may go out without a person."""

    key: AccountDay
    reel: str
    account: Account
    """As the day began with it."""
    revision: str
    """The one that leads."""


class TrustAnswer(Frozen):
    """Whether it may."""

    sealed: SealedDecision | None = None
    """The policy's approval; None when people decide."""
    words: str = ""
    """Why, for a person."""
    ended: bool = False
    """Whether the account had earned it when the Reel before this one was laid."""


def is_sampled(day: AccountDay, share: float, key: bytes) -> bool:
    """Whether a day is one that people see although its account has earned automatic approval.

    The same for a day however often it is asked, whatever the day makes, and known to nobody
    without the key. `share` is of all days, 0 to 1.
    """
    drawn = hmac.new(key, b"reels:sample:v1:" + day.workflow_id.encode(), sha256).digest()
    return int.from_bytes(drawn[:8], "big") < share * _WHOLE


def how_to_stop(account: AccountId) -> str:
    """What to do so that people see every Reel of an account again, at once."""
    return f"admin.py account set {account} --no-auto-approval, or Stop on the page of the accounts"


def percent(share: float) -> str:
    """A share for a person, never rounded up: 94.99 % is 94.9 %."""
    return f"{floor(share * 1000 + 1e-9) / 10:g} %"
