import json
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from db.cipher import Purpose, TokenCipher, TokenUnreadable

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
CIPHER = TokenCipher({"1": KEY}, "1")

accounts = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
tokens = st.text(st.characters(exclude_categories=["Cs"]))
keys = st.binary(min_size=32, max_size=32)
key_ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(account=accounts, token=tokens, key=keys, key_id=key_ids)
def test_a_token_opens_as_it_was_sealed(account: str, token: str, key: bytes, key_id: str) -> None:
    cipher = TokenCipher({key_id: key}, key_id)
    sealed = cipher.seal(account, token)
    assert cipher.open(account, sealed) == token
    assert cipher.key_of(account, sealed) == key_id


@given(account=accounts, other=accounts, token=tokens)
def test_a_token_does_not_open_in_another_accounts_row(
    account: str, other: str, token: str
) -> None:
    sealed = CIPHER.seal(account, token)
    if account != other:
        with pytest.raises(TokenUnreadable, match=other):
            CIPHER.open(other, sealed)


@given(account=accounts, token=tokens, purpose=st.sampled_from(Purpose))
def test_a_token_does_not_open_in_another_column(
    account: str, token: str, purpose: Purpose
) -> None:
    sealed = CIPHER.seal(account, token, purpose)
    assert CIPHER.open(account, sealed, purpose) == token
    for other in set(Purpose) - {purpose}:
        with pytest.raises(TokenUnreadable, match=account):
            CIPHER.open(account, sealed, other)


def test_what_was_sealed_before_there_were_purposes_is_a_publishing_token() -> None:
    nonce = bytes(12)
    sealed = AESGCM(KEY).encrypt(nonce, b"IGAA-old", b"reels:ig_token:v1:robots")
    assert CIPHER.open("robots", b"\x01\x011" + nonce + sealed) == "IGAA-old"


@given(token=tokens)
def test_all_that_a_key_sealed_begins_with_its_mark(token: str) -> None:
    ring = TokenCipher({"1": KEY, "10": OTHER_KEY}, "10")
    assert ring.seal("robots", token).startswith(ring.mark)
    assert not CIPHER.seal("robots", token).startswith(ring.mark)
    assert not ring.seal("robots", token).startswith(CIPHER.mark)


@given(token=st.text("abcdef", min_size=1), data=st.data())
def test_a_changed_byte_is_found_out(token: str, data: st.DataObject) -> None:
    sealed = bytearray(CIPHER.seal("robots", token))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(TokenUnreadable):
        CIPHER.open("robots", bytes(sealed))


@given(junk=st.binary())
def test_junk_is_refused_by_name(junk: bytes) -> None:
    with pytest.raises(TokenUnreadable, match="robots"):
        CIPHER.open("robots", junk)


@pytest.mark.parametrize(
    "junk", [b"", b"\x01", b"\x02\x011", b"\x01\x02\xff\xfe", b"\x01\x011short"]
)
def test_what_only_begins_like_a_seal_is_refused(junk: bytes) -> None:
    with pytest.raises(TokenUnreadable, match="robots"):
        CIPHER.open("robots", junk)


def test_the_token_stands_nowhere_in_its_seal_or_in_an_error() -> None:
    sealed = CIPHER.seal("robots", "IGAA-secret")
    assert b"IGAA" not in sealed
    with pytest.raises(TokenUnreadable) as caught:
        CIPHER.open("others", sealed)
    assert "IGAA" not in str(caught.value)
    assert "00010203" not in repr(CIPHER)
    assert "\\x01\\x02" not in repr(CIPHER)


def test_two_seals_of_one_token_differ() -> None:
    assert CIPHER.seal("robots", "token") != CIPHER.seal("robots", "token")


def test_old_tokens_open_after_a_new_key_took_over() -> None:
    old = TokenCipher({"2025": KEY}, "2025").seal("robots", "old token")
    ring = TokenCipher({"2025": KEY, "2026": OTHER_KEY}, "2026")
    assert ring.open("robots", old) == "old token"
    assert ring.key_of("robots", old) == "2025"
    assert ring.key_of("robots", ring.seal("robots", "new token")) == "2026"


def test_a_token_of_a_lost_key_names_the_key() -> None:
    old = TokenCipher({"2025": KEY}, "2025").seal("robots", "old token")
    with pytest.raises(TokenUnreadable, match="2025"):
        TokenCipher({"2026": OTHER_KEY}, "2026").open("robots", old)


def source_format(token: str, key: bytes) -> bytes:
    """As the source document's encryptToken writes it: a 16-byte iv, hex, no context."""
    iv = os.urandom(16)
    sealed = AESGCM(key).encrypt(iv, token.encode(), None)
    parts = {"encrypted": sealed[:-16], "iv": iv, "authTag": sealed[-16:]}
    return json.dumps({name: part.hex() for name, part in parts.items()}).encode()


@given(token=tokens)
def test_the_source_documents_format_opens_with_any_key_of_the_ring(token: str) -> None:
    ring = TokenCipher({"1": OTHER_KEY, "2": KEY}, "1")
    sealed = source_format(token, KEY)
    assert ring.open("robots", sealed) == token
    assert ring.key_of("robots", sealed) is None


@pytest.mark.parametrize(
    "sealed",
    [
        source_format("token", OTHER_KEY),
        b"{}",
        b"{",
        b'{"encrypted": 1, "iv": 2, "authTag": 3}',
        b'{"encrypted": "zz", "iv": "00", "authTag": "00"}',
        b'{"encrypted": "", "iv": "", "authTag": ""}',
    ],
)
def test_the_source_documents_format_is_refused_when_damaged(sealed: bytes) -> None:
    with pytest.raises(TokenUnreadable, match="robots"):
        CIPHER.open("robots", sealed)


@pytest.mark.parametrize(
    ("keys", "primary"),
    [({}, "1"), ({"1": KEY}, "2"), ({"1": KEY[:16]}, "1"), ({"k" * 256: KEY}, "k" * 256)],
)
def test_a_ring_that_cannot_seal_is_refused(keys: dict[str, bytes], primary: str) -> None:
    with pytest.raises(ValueError, match="key"):
        TokenCipher(keys, primary)
