"""What a person said on a page or through the API becomes a Decision, and its answer a sentence."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Self

import structlog
from pydantic import Field, ValidationError, model_validator

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.decision import Change, Decision, Edits, Refusal, Verdict, sentences
from web.delivery import DayNotOpen, Delivery, NotDelivered, NotWeighed

_PAST = {
    Verdict.APPROVE: "Approved",
    Verdict.REJECT: "Rejected",
    Verdict.EDIT: "Edited: a new revision is on its way to you",
    Verdict.CHANGES: "It is made anew, and comes back to you",
    Verdict.HOLD: "Held: nobody is reminded until then",
}

_log = structlog.get_logger("web.deciding")


class DecisionRequest(Frozen):
    """What a person chose and wrote, before it is known whether it makes sense."""

    revision: str = Field(pattern=r"^[0-9a-f]{64}$")
    verdict: Verdict
    note: str = ""
    edits: Edits = Edits()
    change: Change | None = None
    hold_until: datetime | None = None

    @model_validator(mode="after")
    def can_be_kept(self) -> Self:
        """Refuse what no database keeps, in whichever field it stands."""
        if "\\u0000" in self.model_dump_json():
            raise ValueError("a NUL character stands in it; take it out")
        return self


class Result(Frozen):
    """What became of it."""

    key: AccountDay
    status: int
    """As HTTP says it."""
    text: str
    refusal: Refusal | None = None

    @property
    def accepted(self) -> bool:
        """Whether it counts, or will when a worker looks at it."""
        return self.status < HTTPStatus.BAD_REQUEST


@dataclass(frozen=True)
class Deciding:
    """Builds decisions and sends them."""

    delivery: Delivery

    async def decide(
        self, key: AccountDay, said: DecisionRequest, *, person: str, channel: str, once: str
    ) -> Result:
        """Send a decision and wait for its answer; every outcome is a sentence.

        `once` is the same for every copy of one click, and so is the decision then.
        """
        try:
            decision = Decision(
                id=_id(key, said, person, once),
                key=key,
                reviewer=person,
                channel=channel,
                decided_at=datetime.now(UTC),
                **dict(said),
            )
        except ValidationError as error:
            return Result(key=key, status=422, text=sentences(error))
        return await self._sent(decision)

    async def _sent(self, decision: Decision) -> Result:
        key = decision.key
        try:
            answer = await self.delivery.decide(decision)
        except DayNotOpen:
            text = "The day is closed, or was never started: nothing was decided."
            return Result(key=key, status=409, text=text)
        except NotWeighed as error:
            _log.error("decision.not_weighed", account=key.account, reason=str(error))
            text = "It could not be looked at just now. Do it again: it counts once."
            return Result(key=key, status=503, text=text)
        except NotDelivered as error:
            _log.error("decision.not_delivered", account=key.account, reason=str(error))
            text = "Temporal does not answer, so nothing may have been decided. Do it again."
            return Result(key=key, status=503, text=f"{text} It counts once.")
        if answer is None:
            text = "Sent. No worker answers just now; it counts when one does."
            return Result(key=key, status=202, text=text)
        if answer.accepted:
            _log.info("decision.accepted", account=key.account, reviewer=decision.reviewer)
            said = answer.message or _PAST[decision.verdict]
            return Result(key=key, status=200, text=_sentence(said))
        text = _sentence(answer.message)
        return Result(key=key, status=409, text=text, refusal=answer.refusal)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _id(key: AccountDay, said: DecisionRequest, person: str, once: str) -> str:
    """The same for every copy of one click of one person, another for anything else."""
    words = f"{person}\n{key.workflow_id}\n{once}\n{said.model_dump_json()}"
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:32]
