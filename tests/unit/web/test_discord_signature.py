"""Discord's signatures, as another implementation of Ed25519 makes and reads them: libsodium's."""

import pytest
from nacl.signing import SigningKey

from web.discord.signature import is_genuine

KEY = SigningKey(bytes(range(32)))
BODY = '{"type":1,"text":"ü"}'.encode()
SENT_AT = 1531420618
SIGNATURE = KEY.sign(str(SENT_AT).encode() + BODY).signature.hex()


def genuine(
    *, timestamp: str = str(SENT_AT), signature: str = SIGNATURE, now: float = SENT_AT
) -> bool:
    key = bytes(KEY.verify_key)
    return is_genuine(key, BODY, timestamp=timestamp, signature=signature, now=now)


def test_what_another_implementation_signs_is_genuine() -> None:
    assert genuine()


def test_a_body_that_is_no_text_is_signed_too() -> None:
    body = b"\xff\x00"
    signature = KEY.sign(b"1" + body).signature.hex()
    assert is_genuine(bytes(KEY.verify_key), body, timestamp="1", signature=signature, now=1)


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_request_is_believed_for_five_minutes_either_way(late: float) -> None:
    assert genuine(now=SENT_AT + late)


@pytest.mark.parametrize("late", [-301, 301, 10**9])
def test_an_older_or_later_request_is_not_believed(late: float) -> None:
    assert not genuine(now=SENT_AT + late)


@pytest.mark.parametrize(
    "timestamp", ["", f" {SENT_AT}", f"{SENT_AT}.0", f"+{SENT_AT}", "-1", "x", "٣", "9" * 5000]
)
def test_a_malformed_timestamp_is_no_error_and_not_believed(timestamp: str) -> None:
    assert not genuine(timestamp=timestamp)


@pytest.mark.parametrize(
    "signature",
    ["", SIGNATURE[:-1], SIGNATURE + "0", SIGNATURE.upper(), "é" * 128, "0" * 128, "f" * 128],
)
def test_another_signature_is_no_error_and_not_believed(signature: str) -> None:
    assert not genuine(signature=signature)


def test_another_apps_signature_and_a_changed_body_are_not_believed() -> None:
    other = SigningKey(bytes(32)).sign(str(SENT_AT).encode() + BODY).signature.hex()
    assert not genuine(signature=other)
    facts = {"timestamp": str(SENT_AT), "signature": SIGNATURE, "now": float(SENT_AT)}
    assert not is_genuine(bytes(KEY.verify_key), BODY + b" ", **facts)  # type: ignore[arg-type]
