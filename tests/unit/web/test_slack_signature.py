import pytest
from slack_sdk.signature import SignatureVerifier

from web.slack.signature import is_genuine, sign

# Published at docs.slack.dev, "Verifying requests from Slack".
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SENT_AT = 1531420618
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def genuine(
    *, timestamp: str = str(SENT_AT), signature: str = SIGNATURE, now: float = SENT_AT
) -> bool:
    return is_genuine(SECRET, BODY, timestamp=timestamp, signature=signature, now=now)


def test_the_published_example_is_genuine() -> None:
    assert sign(SECRET, str(SENT_AT), BODY) == SIGNATURE
    assert genuine()


@pytest.mark.parametrize("body", [b"", b"payload=%7B%7D", "payload=ü".encode()])
def test_it_signs_as_slacks_own_library_does(body: bytes) -> None:
    theirs = SignatureVerifier("another").generate_signature(timestamp="1", body=body)
    assert sign("another", "1", body) == theirs


def test_a_body_that_is_no_text_is_signed_too() -> None:
    body = b"\xff\x00"
    signature = sign(SECRET, str(SENT_AT), body)
    assert is_genuine(SECRET, body, timestamp=str(SENT_AT), signature=signature, now=SENT_AT)


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_request_is_believed_for_five_minutes_either_way(late: float) -> None:
    assert genuine(now=SENT_AT + late)


@pytest.mark.parametrize("late", [-301, 301, 10**9])
def test_an_older_or_later_request_is_not_believed(late: float) -> None:
    assert not genuine(now=SENT_AT + late)


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        " 1531420618",
        "1531420618 ",
        "+1531420618",
        "1531420618.0",
        "1e9",
        "-1",
        "x",
        "٣",
        "9" * 5000,
    ],
)
def test_a_malformed_timestamp_is_no_error_and_not_believed(timestamp: str) -> None:
    assert not genuine(timestamp=timestamp)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v0=",
        SIGNATURE[3:],
        SIGNATURE.upper(),
        "v1" + SIGNATURE[2:],
        SIGNATURE + "0",
        "v0=é" * 8,
        "v0=" + "0" * 64,
    ],
)
def test_another_signature_is_no_error_and_not_believed(signature: str) -> None:
    assert not genuine(signature=signature)


def test_a_changed_body_is_not_believed() -> None:
    assert not is_genuine(
        SECRET, BODY + b"&", timestamp=str(SENT_AT), signature=SIGNATURE, now=SENT_AT
    )
