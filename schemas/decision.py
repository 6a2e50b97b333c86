"""A person's decision on one revision, and the seal that proves a door made it."""

import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from pydantic import Field

from schemas.account import AccountDay
from schemas.base import Frozen


class Verdict(StrEnum):
    """What the person said."""

    APPROVE = "approve"
    REJECT = "reject"


class Decision(Frozen):
    """Who said what about which bytes, through which door, and when."""

    id: str = Field(default_factory=lambda: secrets.token_hex(16))
    key: AccountDay
    revision: str
    verdict: Verdict
    reviewer: str = Field(min_length=1, max_length=100)
    channel: str = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=2000)
    decided_at: datetime


class SealedDecision(Frozen):
    """A decision as a door sends it.

    The decision travels as the exact text that was sealed, so that a worker with older or
    newer models checks the same bytes.
    """

    body: str = Field(max_length=20_000)
    """Far above what a decision takes, far below what a history may carry."""
    seal: str = Field(max_length=200)
    """Hex HMAC-SHA256 of `body`."""


class SealBroken(ValueError):
    """The decision does not carry the seal of a door."""


def seal(decision: Decision, key: bytes) -> SealedDecision:
    """Seal a decision with the key that only the doors and the workers hold."""
    body = decision.model_dump_json()
    return SealedDecision(body=body, seal=_mac(body, key))


def unseal(sealed: SealedDecision, key: bytes) -> Decision:
    """Read a sealed decision. Raises SealBroken when a door did not make it."""
    if not hmac.compare_digest(_mac(sealed.body, key).encode(), sealed.seal.encode()):
        message = "the decision carries no valid seal: send it through starter.py or Slack"
        raise SealBroken(message)
    return Decision.model_validate_json(sealed.body)


def _mac(body: str, key: bytes) -> str:
    return hmac.new(key, b"reels:decision:v1:" + body.encode(), sha256).hexdigest()


class Refusal(StrEnum):
    """Why a decision did not count; each is recorded."""

    MALFORMED = "malformed"
    BAD_SEAL = "bad_seal"
    WRONG_DAY = "wrong_day"
    STALE_REVISION = "stale_revision"
    UNKNOWN_REVIEWER = "unknown_reviewer"
    ALREADY_DECIDED = "already_decided"
    EXPIRED = "expired"
    NOT_IN_REVIEW = "not_in_review"


class WeighRequest(Frozen):
    """A sealed decision before the desk of one day, with what it is weighed against."""

    key: AccountDay
    reel: str
    revision: str | None
    reviewers: tuple[str, ...]
    deadline: datetime | None
    now: datetime
    sealed: SealedDecision | None
    """None when the signal could not be read at all."""
    already: Decision | None = None
    closed: bool = False
    """Whether the review has ended, by a decision or by silence."""
    revisions: tuple[str, ...] = ()
    """All that may be decided on; empty in a request from before there were variants."""

    @property
    def open_revisions(self) -> tuple[str, ...]:
        """What a decision may be on, the leading variant first; empty when there is no draft."""
        return self.revisions or ((self.revision,) if self.revision else ())


class Answer(Frozen):
    """What became of a decision."""

    accepted: bool
    decision: Decision | None = None
    refusal: Refusal | None = None
    message: str = ""


class ReviewOutcome(Frozen):
    """How the review of a day ended: by a decision, or by silence."""

    decision: Decision | None = None

    @property
    def approved(self) -> bool:
        """Whether a person approved."""
        return self.decision is not None and self.decision.verdict is Verdict.APPROVE
