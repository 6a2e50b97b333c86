"""Whatever a service signs: it is read, or refused as malformed, and never anything else."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.account import AccountDay
from tests.factories import DAY
from web.discord.interaction import MalformedInteraction, read_interaction
from web.slack.click import MalformedClick, read_click
from web.slack.submission import read_submission

REVISION = "ab" * 32
KEY = AccountDay(account="demo", day=DAY).workflow_id
ABOUT = json.dumps({"account_day": KEY, "revision": REVISION})
PRESS: dict[str, Any] = {
    "id": "1",
    "type": 5,
    "member": {"user": {"id": "2"}},
    "data": {"custom_id": f"hold:{REVISION}", "components": [{"component": {"values": ["x"]}}]},
}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "container": {"message_ts": "1.2"},
    "actions": [{"action_id": "approve", "action_ts": "3.4", "block_id": "b", "value": ABOUT}],
    "response_url": "https://hooks.slack.com/x",
    "trigger_id": "5",
}
FORM: dict[str, Any] = {
    "type": "view_submission",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "view": {
        "id": "V1",
        "callback_id": "hold",
        "private_metadata": ABOUT,
        "state": {"values": {"until": {"text": {"selected_date": "2026-12-01"}}}},
    },
}
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["9" * 400, "\x00", "account-day/demo/2026-13-01", KEY, REVISION, ABOUT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)  # fmt: skip


def places(document: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a document, at whatever depth."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    return [path, *(found for name, one in inner for found in places(one, (*path, name)))][
        0 if path else 1 :
    ]


def changed(document: dict[str, Any], path: tuple[Any, ...], odd: object) -> dict[str, Any]:
    """The document with something else in one place."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = odd
    found: dict[str, Any] = copy
    return found


@given(st.sampled_from(places(PRESS)), ODD)
@example(("type",), [])
@example(("data", "components"), [{"custom_id": "\ud800", "value": "\ud800"}])
def test_a_press_in_discord_is_read_or_malformed(path: tuple[Any, ...], odd: object) -> None:
    try:
        press = read_interaction(changed(PRESS, path, odd))
    except MalformedInteraction:
        return
    assert press.revision == REVISION
    json.dumps(press.fields, ensure_ascii=False).encode()


@given(st.sampled_from(places(CLICK)), ODD)
def test_a_click_in_slack_is_read_or_malformed(path: tuple[Any, ...], odd: object) -> None:
    try:
        click = read_click(changed(CLICK, path, odd))
    except MalformedClick:
        return
    assert click is None or click.revision == REVISION


@given(st.sampled_from(places(FORM)), ODD)
def test_a_form_in_slack_is_read_or_malformed(path: tuple[Any, ...], odd: object) -> None:
    try:
        sent = read_submission(changed(FORM, path, odd), 1_790_000_000)
    except MalformedClick:
        return
    assert sent.revision == REVISION


def test_what_is_whole_is_read() -> None:
    assert read_interaction(PRESS).revision == REVISION
    click = read_click(CLICK)
    assert click is not None
    assert click.revision == REVISION
    assert read_submission(FORM, 1_790_000_000).fields == {"until": "2026-12-01"}
    with pytest.raises(MalformedInteraction):
        read_interaction({})
