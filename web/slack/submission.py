"""A form as Slack sends it back, read strictly (docs.slack.dev, "view_submission payload")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import Field, ValidationError

from db.text import storable
from schemas.base import Frozen
from schemas.decision import Verdict
from web.asking import MAIN
from web.said import Said
from web.slack.click import CHANNEL, MalformedClick, Named, SlackId, where
from web.slack.modals import TEXT, day_and_revision

_REVISION = re.compile(r"[0-9a-f]{64}")


class _Option(Frozen):
    value: str = Field(max_length=150)


class _Input(Frozen):
    value: str | None = Field(None, max_length=3000)
    selected_option: _Option | None = None
    selected_date: str | None = Field(None, max_length=20)


class _State(Frozen):
    values: dict[str, dict[str, _Input]] = Field(max_length=20)


class _View(Frozen):
    id: SlackId
    callback_id: str = Field("", max_length=255)
    private_metadata: str = Field("", max_length=3000)
    state: _State


class _Payload(Frozen):
    user: Named
    team: Named | None = None
    view: _View


@dataclass(frozen=True)
class Submission(Said):
    """One press of a form's button."""

    teams: frozenset[str]
    """The workspaces that it came from."""


def read_submission(document: Mapping[str, object], at: int) -> Submission:
    """The form in a payload that was signed at that time (Unix seconds). Raises MalformedClick."""
    try:
        payload = _Payload.model_validate(document)
        verdict = Verdict(payload.view.callback_id)
        key, revision = day_and_revision(payload.view.private_metadata)
        when = datetime.fromtimestamp(at, UTC)
    except (ValidationError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise MalformedClick(where(error)) from None
    if verdict not in MAIN or not _REVISION.fullmatch(revision):
        raise MalformedClick("the form is none of ours")
    fields = {name: _text(inputs) for name, inputs in payload.view.state.values.items()}
    written = sha256(repr(sorted(fields.items())).encode("utf-8", "replace")).hexdigest()[:16]
    team = payload.team.id if payload.team else ""
    return Submission(
        channel=CHANNEL,
        event_key=f"{CHANNEL}/{team}/{payload.view.id}/{payload.user.id}/{written}",
        user_id=payload.user.id,
        teams=frozenset({team, payload.user.team_id or team}),
        verdict=verdict,
        key=key,
        revision=revision,
        fields=fields,
        at=when,
    )


def _text(inputs: Mapping[str, _Input]) -> str:
    given = inputs.get(TEXT, _Input())
    chosen = given.selected_option.value if given.selected_option else None
    return storable(chosen or given.selected_date or given.value or "")
