import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.review import Final
from clients.review.discord_cards import card_message, closed_message, escaped, is_of
from tests.factories import a_card, a_choice

CARD = a_card()


def shown(text: str) -> str:
    """What is left when Discord has taken the backslashes off."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("*bold* _slanted_ ~~gone~~", r"\*bold\* \_slanted\_ \~\~gone\~\~"),
        ("||hidden|| `code`", r"\|\|hidden\|\| \`code\`"),
        ("<@1> @everyone <#2>", r"\<\@1\> \@everyone \<#2\>"),
        ("[here](https://x.example)", r"\[here\](https\://x.example)"),
        ("https://x.example :smile:", r"https\://x.example \:smile\:"),
        (
            "# a title\n- a line\n1. a number\n-# small",
            "\\# a title\n\\- a line\n1\\. a number\n\\-# small",
        ),
        ("> quoted", r"\> quoted"),
        ("3.5 and #boat - yes", "3\\.5 and #boat - yes"),
    ],
)
def test_nothing_of_a_text_takes_effect(text: str, sent: str) -> None:
    assert escaped(text) == sent
    assert shown(sent) == text


@given(st.text(alphabet=st.characters(exclude_characters="\\"), max_size=300))
def test_what_is_escaped_is_shown_as_it_was(text: str) -> None:
    assert shown(escaped(text)) == text


def test_the_words_of_people_take_no_effect_on_a_card() -> None:
    again = replace(CARD, changed="too dark, see https://x.example *now*")
    assert r"https\://x.example \*now\*" in str(card_message(again)["content"])
    ended = closed_message(CARD, Final("Rejected by a_b", "*why*", "https://instagram.example/p/1"))
    assert r"Rejected by a\_b" in json.dumps(ended).replace("\\\\", "\\")
    assert ended["content"] == r"\*why\* https://instagram.example/p/1"


def test_a_caption_alone_is_shown_whole_whatever_has_to_be_escaped() -> None:
    caption = "_" * 2040
    (embed,) = card_message(a_card(a_choice(caption=caption)))["embeds"]  # type: ignore[misc]
    assert shown(embed["description"]) == caption  # type: ignore[has-type]


def test_a_card_is_known_by_its_account_and_day_and_by_nothing_else() -> None:
    ended = closed_message(CARD, Final("Published"))
    assert is_of(card_message(CARD), CARD)
    assert is_of(ended, CARD)
    others: tuple[object, ...] = (
        card_message(replace(CARD, account="@demo2")),
        card_message(replace(CARD, account_day="account-day/demo/2026-11-21")),
        {"content": "2026-11-22"},
        {"embeds": [{}]},
        {"embeds": "x"},
        None,
    )
    assert not any(is_of(other, CARD) for other in others)
