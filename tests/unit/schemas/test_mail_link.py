"""A link's seal: whatever is not exactly what was made opens nothing."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.account import AccountDay
from schemas.mail_link import (
    LINK_LIFE,
    LONGEST,
    BadLink,
    LinkOver,
    MailLink,
    MailLinks,
    expiry,
    link_key,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LINKS = MailLinks(link_key(bytes(range(32))))
KEY = AccountDay(account="robots", day=date(2026, 11, 23))
LINK = MailLink(person="ann", key=KEY, revision="ab" * 32, expires_at=expiry(NOW, None))
TOKEN = LINKS.token(LINK)

PEOPLE = st.text(min_size=1, max_size=100)
ACCOUNTS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@given(
    person=PEOPLE, account=ACCOUNTS, day=st.dates(), revision=st.binary(min_size=32, max_size=32)
)
def test_what_was_written_is_read(person: str, account: str, day: date, revision: bytes) -> None:
    key = AccountDay(account=account, day=day)
    link = MailLink(person=person, key=key, revision=revision.hex(), expires_at=LINK.expires_at)
    token = LINKS.token(link)
    assert LINKS.read(token, NOW) == link
    assert len(token) <= LONGEST


@given(at=st.integers(0, len(TOKEN) - 1), other=st.characters())
def test_one_character_other_opens_nothing(at: int, other: str) -> None:
    forged = TOKEN[:at] + other + TOKEN[at + 1 :]
    if forged != TOKEN:
        with pytest.raises(BadLink):
            LINKS.read(forged, NOW)


@given(st.integers(1, len(TOKEN) - 1))
def test_a_part_of_it_opens_nothing(length: int) -> None:
    for part in (TOKEN[:length], TOKEN[length + 1 :], TOKEN[:length] + TOKEN):
        with pytest.raises(BadLink):
            LINKS.read(part, NOW)


@given(st.text())
def test_garbage_opens_nothing(garbage: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(garbage, NOW)


def test_other_words_under_the_old_seal_open_nothing() -> None:
    body, _, seal = TOKEN.partition(".")
    words = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    for at, other in enumerate(("bob", "cats", "2026-11-24", "cd" * 32, words[4] + 3600)):
        forged = json.dumps([*words[:at], other, *words[at + 1 :]], separators=(",", ":"))
        text = base64.urlsafe_b64encode(forged.encode()).rstrip(b"=").decode()
        with pytest.raises(BadLink):
            LINKS.read(f"{text}.{seal}", NOW)


@pytest.mark.parametrize(
    "body",
    ["", "e30", "W10", "WzEsMiwzLDQsNV0", "bnVsbA", "_w", "Ww", "WyJhIiwiYiIsImMiLCJkIiwxXQ"],
)
def test_a_seal_of_ours_on_what_is_no_link_opens_nothing(body: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(f"{body}.{LINKS._seal(body)}", NOW)


def test_another_key_seals_no_link() -> None:
    for key in (bytes(range(32)), link_key(bytes(32))):
        with pytest.raises(BadLink):
            LINKS.read(MailLinks(key).token(LINK), NOW)


def test_a_link_is_over_after_72_hours() -> None:
    last = NOW + LINK_LIFE - timedelta(seconds=1)
    assert LINKS.read(TOKEN, last) == LINK
    for late in (timedelta(0), timedelta(seconds=1), timedelta(days=900)):
        with pytest.raises(LinkOver):
            LINKS.read(TOKEN, NOW + LINK_LIFE + late)


def test_a_link_lasts_no_longer_than_its_review() -> None:
    soon = NOW + timedelta(hours=5, microseconds=7)
    assert expiry(NOW, soon) == NOW + timedelta(hours=5)
    assert expiry(NOW, NOW + timedelta(days=9)) == NOW + LINK_LIFE
