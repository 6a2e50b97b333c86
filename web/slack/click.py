"""A click as Slack tells it, read strictly (docs.slack.dev, "block_actions payload").

The body is a form with one field, `payload`, which holds JSON.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated
from urllib.parse import parse_qs

from pydantic import Field, StringConstraints, ValidationError

from clients.review.slack_cards import (
    APPROVE,
    APPROVE_OTHER,
    CARD,
    CHANGES,
    EDIT,
    EDIT_OTHER,
    HOLD,
    REJECT,
)
from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.decision import Decision, Verdict
from schemas.reel import Letter

CHANNEL = "slack"

VERDICTS = {
    APPROVE: Verdict.APPROVE,
    APPROVE_OTHER: Verdict.APPROVE,
    REJECT: Verdict.REJECT,
    EDIT: Verdict.EDIT,
    EDIT_OTHER: Verdict.EDIT,
    CHANGES: Verdict.CHANGES,
    HOLD: Verdict.HOLD,
}
"""What a button says, by its action_id; which caption it means stands in its value."""

_REVISION = re.compile(r"[0-9a-f]{64}")

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]
_SlackTime = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,11}(\.[0-9]{1,9})?$")]


class MalformedClick(ValueError):
    """The body is not one that Slack sends for our buttons."""


class Named(Frozen):
    """Whoever has an id at Slack."""

    id: SlackId
    team_id: SlackId | None = None
    """A person's own workspace: in a shared channel not always the app's."""


class _Container(Frozen):
    message_ts: _SlackTime


class _Action(Frozen):
    action_id: str = Field(max_length=255)
    action_ts: _SlackTime
    block_id: str = Field("", max_length=255)
    value: str = Field("", max_length=2000)


class _Payload(Frozen):
    user: Named
    team: Named | None = None
    container: _Container
    actions: tuple[_Action, ...] = Field(min_length=1, max_length=25)
    response_url: str | None = Field(None, max_length=2000)
    trigger_id: str = Field("", max_length=200)


class _Button(Frozen):
    account_day: str = Field(max_length=200)
    revision: str = Field(max_length=64)
    variant: Letter | None = None
    """Where the card shows two captions."""


@dataclass(frozen=True)
class Click:
    """One press of a button: on one revision."""

    event_key: str
    """The same for every copy of this press, another for the next press."""
    user_id: str
    teams: frozenset[str]
    """The workspaces that the press came from."""
    verdict: Verdict
    key: AccountDay
    revision: str
    variant: Letter | None
    """What the card calls the revision, where it shows two."""
    at: datetime
    response_url: str | None
    """Where the card can be replaced, for 30 minutes; whoever has it can write there."""
    on_kept_card: bool = False
    """Whether the worker brings the card up to date by itself."""
    trigger_id: str = ""
    """What a form is opened with, once and within 3 s."""

    @property
    def wants_form(self) -> bool:
        """Whether there is more to be said than the button says."""
        said = self.verdict is Verdict.APPROVE
        return not said and (self.on_kept_card or self.verdict is not Verdict.REJECT)

    def decision(self, reviewer: str) -> Decision:
        """What the reviewer decided; equal, id included, for every copy of the press.

        Only for a press that wants no form.
        """
        return Decision(
            id=sha256(self.event_key.encode()).hexdigest()[:32],
            key=self.key,
            revision=self.revision,
            verdict=self.verdict,
            reviewer=reviewer,
            channel=CHANNEL,
            decided_at=self.at,
        )


def read_click(document: Mapping[str, object]) -> Click | None:
    """The click in a payload; None for an interaction that decides nothing.

    Slack also tells of a press on the link button, and expects no more than a 200.
    Raises MalformedClick.
    """
    if document.get("type") != "block_actions":
        return None
    try:
        payload = _Payload.model_validate(document)
        action = payload.actions[0]
        if action.action_id not in VERDICTS:
            return None
        button = _Button.model_validate_json(action.value)
        return _click(payload, action, button)
    except (ValidationError, ValueError, OverflowError) as error:
        raise MalformedClick(where(error)) from None


def read_document(body: bytes) -> dict[str, object]:
    """The payload in a request's body. Raises MalformedClick."""
    try:
        fields = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)
        (payload,) = fields["payload"]
        document = json.loads(payload)
    except (ValueError, KeyError, RecursionError):
        raise MalformedClick("not a form with one JSON payload") from None
    if not isinstance(document, dict):
        raise MalformedClick("the payload is not a JSON object")
    return document


def _click(payload: _Payload, action: _Action, button: _Button) -> Click:
    key = AccountDay.from_workflow_id(button.account_day)
    if key.workflow_id != button.account_day or not _REVISION.fullmatch(button.revision):
        raise MalformedClick("the button names no account-day and revision")
    team = payload.team.id if payload.team else ""
    copies = (team, payload.container.message_ts, action.action_ts, payload.user.id)
    return Click(
        event_key="/".join((CHANNEL, *copies, action.action_id)),
        user_id=payload.user.id,
        teams=frozenset({team, payload.user.team_id or team}),
        verdict=VERDICTS[action.action_id],
        key=key,
        revision=button.revision,
        variant=button.variant,
        at=datetime.fromtimestamp(float(action.action_ts), UTC),
        response_url=payload.response_url,
        on_kept_card=action.block_id == CARD,
        trigger_id=payload.trigger_id,
    )


def where(error: Exception) -> str:
    """Which field was wrong, without its content: that may come from anybody."""
    if isinstance(error, ValidationError):
        return ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())[:200]
    return "the button names no account-day and revision"
