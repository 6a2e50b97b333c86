"""A published Reel, and the steps on the way that survive an unknown outcome."""

from enum import StrEnum

from schemas.account import Account, AccountDay
from schemas.base import Frozen


class PostRequest(Frozen):
    """Publishes one approved revision."""

    key: AccountDay
    reel: str
    account: Account
    revision: str
    automatic: str = ""
    """The record that approved it, in words; empty when a person did."""


class Container(Frozen):
    """Instagram's unpublished container; it lives 24 hours."""

    request: PostRequest
    container_id: str


class Liveness(StrEnum):
    """What reading the platform proved."""

    LIVE = "live"
    ABSENT = "absent"
    GONE = "gone"
    """The container expired or failed: it can never be published, a new one may."""


class PostStatus(Frozen):
    """The truth about a post, as far as it could be read."""

    liveness: Liveness
    media_id: str | None = None
    """None with LIVE when the post is out but its id could not be matched for certain."""
    permalink: str | None = None
