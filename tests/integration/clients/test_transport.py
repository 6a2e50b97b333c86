import asyncio
import io
import logging
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
import structlog

from clients.errors import OutcomeUnknown, Refused, Retryable
from clients.transport import ANSWER_LIMIT, Call, Door, bearer, not_reached
from runtime import logs
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, Hang, Move, Raw, Remote, Reset, json_answer

LOST: list[Move] = [
    Hang(),
    Reset(),
    Raw(b""),
    Raw(b"this is no HTTP\r\n\r\n"),
    Raw(b"HTTP/1.1 201 Created\r\ncontent-le"),
    Answer(201, b'{"id": "half of', cut_at=7),
    Answer(201, b"x" * 40, drip_seconds=0.1),
    Answer(201, b"x" * (ANSWER_LIMIT + 1)),
]


@pytest.fixture
def undisturbed_logs() -> Iterator[None]:
    """Put the process's logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.mark.parametrize("move", LOST, ids=str)
async def test_a_lost_answer_to_a_paid_call_is_an_unknown_outcome(
    remote: Remote, move: Move
) -> None:
    door = Door("shop", remote.will(move).url)
    with pytest.raises(OutcomeUnknown) as raised:
        await door.send(Call("POST", "/buy", 0.5, document={}, unrepeatable=True))
    assert raised.value.kind is FailureKind.OUTCOME_UNKNOWN
    assert len(remote.seen) == 1


async def test_a_secret_in_a_query_is_sent_and_shown_nowhere(
    remote: Remote, undisturbed_logs: None
) -> None:
    assert undisturbed_logs is None
    said = io.StringIO()
    logs.configure("json", "DEBUG", said)
    door = Door("shop", remote.will(Answer(200), Hang()).url)
    call = Call("GET", "/trade", 0.5, query={"a": "1"}, secret_query={"token": "canary"})

    await door.send(call)
    with pytest.raises(Retryable) as lost:
        await door.send(call)
    await door.aclose()

    assert remote.seen[0].target == "/trade?a=1&token=canary"
    assert "canary" not in f"{said.getvalue()} {call!r} {lost.value!r}"


@pytest.mark.parametrize("move", LOST, ids=str)
async def test_a_lost_answer_to_a_read_may_be_asked_again(remote: Remote, move: Move) -> None:
    door = Door("shop", remote.will(move).url)
    with pytest.raises(Retryable) as raised:
        await door.send(Call("GET", "/look", 0.5))
    assert raised.value.kind is FailureKind.UNAVAILABLE
    assert len(remote.seen) == 1


async def test_a_call_that_never_left_is_not_an_unknown_outcome(dead_url: str) -> None:
    with pytest.raises(Retryable, match="nothing listens at its address; nothing was sent"):
        await Door("shop", dead_url).send(Call("POST", "/buy", 5, unrepeatable=True))


def test_an_unknown_host_is_named_as_such() -> None:
    error = httpx.ConnectError("all connection attempts failed")
    error.__cause__ = ExceptionGroup("each", [socket.gaierror(-2, "Name not known")])
    assert "its name could not be resolved" in str(not_reached("shop", error))


async def test_a_refused_certificate_is_named_as_such(remote: Remote) -> None:
    door = Door("shop", remote.url.replace("http://", "https://"))
    with pytest.raises(Retryable, match="TLS"):
        await door.send(Call("POST", "/buy", 5, unrepeatable=True))


@pytest.mark.parametrize("url", ["", "/shop", "ftp://shop.example", "http://[::1"])
async def test_a_base_url_that_is_none_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(Refused) as raised:
        await Door("shop", url).send(Call("POST", "/buy", 5, unrepeatable=True))
    assert raised.value.kind is FailureKind.CONFIGURATION


async def test_a_redirect_is_an_answer_and_is_not_followed(
    remote: Remote, elsewhere: Remote
) -> None:
    remote.will(Answer(307, headers={"location": f"{elsewhere.url}/trap"}))
    answer = await Door("shop", remote.url).send(
        Call("POST", "/buy", 5, headers=bearer("shop", "key"), document={})
    )
    assert answer.status == 307
    assert elsewhere.seen == []


async def test_cookies_are_not_kept_and_errors_are_not_retried(remote: Remote) -> None:
    remote.will(Answer(503, headers={"set-cookie": "session=1; Path=/", "retry-after": "120"}))
    door = Door("shop", remote.url)
    first = await door.send(Call("GET", "/look", 5))
    await door.send(Call("GET", "/look", 5))
    assert first.retry_after == 120
    assert len(remote.seen) == 2
    assert "cookie" not in remote.seen[1].headers


async def test_every_call_has_a_connection_of_its_own(remote: Remote) -> None:
    remote.will(json_answer(200, {}))
    door = Door("shop", remote.url)
    await asyncio.gather(*(door.send(Call("GET", "/look", 5)) for _ in range(3)))
    await door.aclose()
    assert len(remote.seen) == 3


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_reads_as_an_empty_one(
    remote: Remote, body: bytes
) -> None:
    answer = await Door("shop", remote.will(Answer(200, body)).url).send(Call("GET", "/", 5))
    assert answer.document == {}


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel", "a\x00b"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(Refused) as raised:
        bearer("shop", token)
    assert raised.value.kind is FailureKind.AUTHENTICATION
    assert not token or token not in str(raised.value)


def test_certificates_are_checked() -> None:
    transport = Door("shop", "https://shop.example")._client._transport
    context = transport._pool._ssl_context  # type: ignore[attr-defined]
    assert context.verify_mode is ssl.CERT_REQUIRED
