"""A person's decision on one revision, and the seal that proves a door made it."""

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.reel import Caption


class Verdict(StrEnum):
    """What the person said."""

    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"
    """Other words or another cover, as the person wrote them: a new revision."""
    CHANGES = "changes"
    """Something is to be made anew: a new revision."""
    HOLD = "hold"
    """Nothing yet: the review waits until a moment."""


class Change(StrEnum):
    """What is to be made anew; everything else of the Reel stays."""

    CAPTION = "caption"
    GAMEPLAY = "gameplay"
    TOP_VIDEO = "top_video"
    STORY = "story"
    """All that is made from it as well: the film and the captions."""


MOST_CHANGES = 3
"""How often a day may be asked to make something anew: each time costs money."""
LONGEST_HOLD = timedelta(days=60)


class Edits(Frozen):
    """What a person wrote in the place of what stood there; None stays as it is.

    What a caption and its hashtags may hold is checked when the decision is weighed.
    """

    caption: str | None = Field(None, min_length=1, max_length=2200)
    """Without its hashtags."""
    hashtags: tuple[str, ...] | None = Field(None, max_length=30)
    """Each with its `#`."""
    cover_seconds: float | None = Field(None, ge=0, le=900, allow_inf_nan=False)
    """Where in the video the cover's picture lies."""

    @property
    def any(self) -> bool:
        """Whether anything is to be other than it is."""
        return (self.caption, self.hashtags, self.cover_seconds) != (None, None, None)


class Decision(Frozen):
    """Who said what about which bytes, through which door, and when.

    Raises ValidationError for what makes no sense together; `sentences` says it for a person.
    """

    id: str = Field(default_factory=lambda: secrets.token_hex(16))
    key: AccountDay
    revision: str
    verdict: Verdict
    reviewer: str = Field(min_length=1, max_length=100)
    channel: str = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=2000)
    decided_at: datetime
    edits: Edits = Edits()
    """With verdict edit."""
    change: Change | None = None
    """With verdict changes, and a note that says what is wrong: the prompt gets to see it."""
    hold_until: AwareDatetime | None = None
    """With verdict hold, at most LONGEST_HOLD ahead."""

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """Refuse what the verdict does not go with, and what it lacks."""
        problems = [*self._out_of_place(), *self._missing()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _out_of_place(self) -> Iterator[str]:
        given = {
            "edits": (self.edits.any, Verdict.EDIT),
            "change": (self.change is not None, Verdict.CHANGES),
            "hold_until": (self.hold_until is not None, Verdict.HOLD),
        }
        for field, (is_given, verdict) in given.items():
            if is_given and self.verdict is not verdict:
                yield f"{field}: goes with verdict {verdict} only; leave it out, or say {verdict}"

    def _missing(self) -> Iterator[str]:
        if self.verdict is Verdict.EDIT and not self.edits.any:
            yield "edits: are empty; give a caption, hashtags or cover_seconds that is to be other"
        if self.verdict is Verdict.CHANGES:
            if self.change is None:
                yield f"change: is missing; say what to make anew: {', '.join(Change)}"
            if not self.note.strip():
                yield "note: is empty; say what is wrong, for whoever makes it anew"
        if self.verdict is Verdict.HOLD:
            yield from self._wrong_hold()

    def _wrong_hold(self) -> Iterator[str]:
        if self.hold_until is None:
            yield "hold_until: is missing; say until when the review is to wait"
            return
        now = self.decided_at if self.decided_at.tzinfo else self.decided_at.replace(tzinfo=UTC)
        if not now < self.hold_until <= now + LONGEST_HOLD:
            yield f"hold_until: give a time to come, within {LONGEST_HOLD.days} days"


def sentences(error: ValidationError) -> str:
    """What is wrong with a decision, for the person who made it: fields and how to mend them."""
    said = []
    for one in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in one["loc"] if part != "edits")
        words = str(one.get("ctx", {}).get("error") or one["msg"])
        said.append(f"{field}: {words}" if field else words)
    return "; ".join(said)


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
    NOT_TAKEN = "not_taken"
    """The day can't do what was asked; the message says what to mend."""


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
    changes_made: int = 0
    """How often people have had something of the day made anew."""
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
    """Why it did not count; of one that did, what is still to come, if anything."""
    caption: Caption | None = None
    """What an accepted edit makes of the caption that it is on."""
    final: bool = True
    """Whether an accepted decision ended the review of the revision; a hold does not."""


class ReviewOutcome(Frozen):
    """How the review of a day ended: by a decision, or by silence."""

    decision: Decision | None = None
    caption: Caption | None = None
    """As in the answer to an edit."""

    @property
    def approved(self) -> bool:
        """Whether a person approved."""
        return self.decision is not None and self.decision.verdict is Verdict.APPROVE
