"""Every line has the source's structure, and no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from runtime import logs
from runtime.redaction import HIDDEN, redact, redact_text

TOKEN = "EAAGm0PX4ZCpsBAKZCZBcanary"


class Spoken:
    """What this process said, line by line."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return line


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Put the process's logging back: other tests have their own."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def spoken() -> Spoken:
    stream = io.StringIO()
    logs.configure("json", "INFO", stream)
    return Spoken(stream)


def test_a_line_has_the_source_documents_structure(spoken: Spoken) -> None:
    structlog.get_logger("clients").info(
        "video.generated", workflow="AccountDay", account="demo", duration_ms=1245, api="luma"
    )

    assert list(spoken.last) == [
        *("timestamp", "level", "workflow", "account", "action", "duration_ms", "metadata")
    ]
    assert spoken.last["timestamp"].endswith("Z")
    assert spoken.last["action"] == "video.generated"
    assert spoken.last["metadata"] == {"logger": "clients", "api": "luma"}


@pytest.mark.parametrize(
    ("level", "word"), [("warning", "WARN"), ("critical", "ERROR"), ("error", "ERROR")]
)
def test_levels_are_the_four_of_the_source(spoken: Spoken, level: str, word: str) -> None:
    getattr(logging.getLogger("x"), level)("thing.happened")

    assert spoken.last["level"] == word


def test_what_is_bound_stands_in_every_line_of_the_task(spoken: Spoken) -> None:
    logs.bind(account="demo", attempt=2)

    logging.getLogger("activities").info("clip.fetched")

    assert spoken.last["account"] == "demo"
    assert spoken.last["metadata"]["attempt"] == 2


def test_lines_of_workflows_carry_their_workflow_and_account(spoken: Spoken) -> None:
    facts = {"workflow_id": "account-day/demo/2026-11-23", "workflow_type": "AccountDay"}

    logging.getLogger("temporalio.workflow").info("x.done", extra={"temporal_workflow": facts})

    assert (spoken.last["workflow"], spoken.last["account"]) == ("AccountDay", "demo")


def test_another_librarys_sentence_is_no_action(spoken: Spoken) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 12)

    assert spoken.last["action"] == "uvicorn.error"
    assert spoken.last["metadata"]["message"] == "Started server process [12]"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_locals_and_no_secret(form: str) -> None:
    stream = io.StringIO()
    logs.configure(form, "INFO", stream)

    def call(password: str) -> None:
        raise ValueError(f"refused for Bearer {TOKEN}, {len(password)}")

    secret = "hunter2"
    try:
        call(secret)
    except ValueError:
        structlog.get_logger("x").exception("call.failed", access_token=TOKEN)

    assert "ValueError" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_http_libraries_are_quiet_about_urls(spoken: Spoken) -> None:
    for name in ("httpx", "httpx2", "httpcore", "aiobotocore", "botocore"):
        logging.getLogger(name).info("GET https://x?access_token=%s", TOKEN)

    assert spoken.text == ""


def test_a_line_break_in_a_value_makes_no_second_line(spoken: Spoken) -> None:
    structlog.get_logger("x").info("note.read", note='one\n{"level": "ERROR"}')

    assert len(spoken.text.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"https://graph/me?fields=id&access_token={TOKEN}&x=1", "x=1"),
        ("https://graph/debug_token?input_token=canary&x=1", "x=1"),
        ("https://graph/access_token?client_secret=canary&x=1", "x=1"),
        ("https://graph/oauth?fb_exchange_token=canary&x=1", "x=1"),
        ("https://reels.example/connect/callback?code=canary&state=canary", "callback"),
        ("key sk-ant-api03-canary and more", "and more"),
        ("https://s3/b/k?X-Amz-Signature=canary&X-Amz-Date=1", "X-Amz-Date=1"),
        ("https://hooks.slack.com/services/T0/B0/canary", "hooks.slack.com"),
        ("https://reels.example/mail/canary-_.canary", "reels.example/mail/"),
        ("postgresql://reels:canary@db:5432/reels", "@db:5432/reels"),
        ("Authorization: Bearer canary", "Bearer"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, left: str) -> None:
    shown = redact_text(text)

    assert "canary" not in shown
    assert HIDDEN in shown
    assert left in shown


def test_counts_are_shown_although_they_are_called_tokens() -> None:
    assert redact(None, "", {"output_tokens": 12, "token": "x"}) == {
        "output_tokens": 12,
        "token": HIDDEN,
    }


keys = st.sampled_from(["access_token", "api_key", "password", "Cookie", "slack_signing_secret"])
shapes = st.recursive(
    st.just(TOKEN),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(keys | st.text(), inner, max_size=2)
    ),
)


@given(st.dictionaries(st.text(), shapes))
def test_no_depth_of_nesting_shows_a_secret(event: dict[str, Any]) -> None:
    assert TOKEN not in json.dumps(redact(None, "", dict(event)))
