import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from clients.review import Final
from clients.review.slack_blocks import escaped
from clients.review.slack_cards import closed_message, plain_message, review_message
from tests.factories import a_card, a_choice

CARD = a_card()
TWO = a_card(a_choice("A"), a_choice("B"))


def blocks_of(message: dict[str, object]) -> list[dict[str, object]]:
    """The blocks, after Slack's own package has found them within its limits."""
    found: list[dict[str, object]] = json.loads(json.dumps(message["blocks"]))
    parsed = Block.parse_all(found)
    assert len(parsed) == len(found)
    for block in parsed:
        block.validate_json()
    return found


def test_a_card_shows_poster_caption_length_account_and_day() -> None:
    header, image, caption, context, _ = blocks_of(review_message(CARD))
    assert header["text"] == {
        "type": "plain_text",
        "text": "For review: @demo, 2026-11-22",
        "emoji": False,
    }
    assert image["image_url"] == CARD.poster_url
    assert caption["text"] == {
        "type": "plain_text",
        "text": CARD.choices[0].caption,
        "emoji": False,
    }
    assert "20.0 seconds" in json.dumps(context)


def test_a_card_that_is_shown_again_says_what_was_changed_since() -> None:
    again = replace(CARD, changed="too-long: 10.00 s were cut off its end")
    _, _, changed, *_ = blocks_of(review_message(again))
    assert "10.00 s were cut off its end" in json.dumps(changed)
    assert len(blocks_of(review_message(CARD))) == len(blocks_of(review_message(again))) - 1


def test_its_buttons_name_the_day_and_the_revision_and_one_leads_to_the_video() -> None:
    elements = blocks_of(review_message(CARD))[-1]["elements"]
    assert isinstance(elements, list)
    approve, reject, watch = elements
    for button, action, style in ((approve, "approve", "primary"), (reject, "reject", "danger")):
        assert (button["action_id"], button["style"]) == (action, style)
        assert json.loads(button["value"]) == {
            "account_day": CARD.account_day,
            "revision": CARD.choices[0].revision,
        }
    assert watch["url"] == CARD.video_url


def test_two_captions_are_shown_each_with_its_letter_and_its_hook() -> None:
    blocks = blocks_of(review_message(TWO))
    shown = [block["type"] for block in blocks]
    first, second = TWO.choices
    assert shown[2:6] == ["context", "section", "context", "section"]
    assert "Caption A (leads), hook: pov" in json.dumps(blocks[2])
    assert blocks[3]["text"] == {"type": "plain_text", "text": first.caption, "emoji": False}
    assert "Caption B, hook: question" in json.dumps(blocks[4])
    assert blocks[5]["text"] == {"type": "plain_text", "text": second.caption, "emoji": False}


def test_of_two_captions_each_has_a_button_that_carries_its_revision() -> None:
    elements = blocks_of(review_message(TWO))[-1]["elements"]
    assert isinstance(elements, list)
    labels = {button["action_id"]: button["text"]["text"] for button in elements}
    assert labels == {
        "approve": "Approve A",
        "approve:B": "Approve B",
        "reject": "Reject",
        "watch": "Watch",
    }
    values = [json.loads(button["value"]) for button in elements if "value" in button]
    first, second = (choice.revision for choice in TWO.choices)
    assert [value["revision"] for value in values] == [first, second, first]
    assert [value["variant"] for value in values] == ["A", "B", "A"]


def test_another_workflow_id_stands_as_it_is() -> None:
    assert "some/thing" in str(review_message(replace(CARD, account_day="some/thing"))["text"])


def test_a_reminder_says_that_it_is_one() -> None:
    assert "Still waiting" in str(review_message(replace(CARD, reminder=True))["text"])


@given(st.lists(st.text(max_size=3100), min_size=1, max_size=2), st.text(min_size=1, max_size=200))
def test_captions_are_shown_exactly_and_in_slacks_limits(captions: list[str], account: str) -> None:
    choices = [a_choice(letter, caption=text) for letter, text in zip("AB", captions, strict=False)]
    message = review_message(replace(a_card(*choices), account=account))
    texts = [
        block["text"]["text"]  # type: ignore[index]
        for block in blocks_of(message)
        if block["type"] == "section"
    ]
    assert "".join(texts) == "".join(caption or "(no caption)" for caption in captions)


@given(st.text(max_size=40_000), st.text(min_size=1, max_size=400))
def test_a_plain_message_of_any_length_stays_in_slacks_limits(text: str, title: str) -> None:
    message = plain_message(title, text)
    assert len(blocks_of(message)) <= 50
    assert len(str(message["text"]).encode()) <= 4000


@given(st.text())
def test_no_command_mention_or_link_survives_escaping(text: str) -> None:
    assert not set("<>") & set(escaped(text))
    assert escaped(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_links_of_a_draft_are_not_fetched_by_slack() -> None:
    message = review_message(CARD)
    assert message["unfurl_links"] is False
    assert message["unfurl_media"] is False


@given(st.text(max_size=2000), st.text(max_size=2000))
def test_what_an_update_says_stays_in_its_bytes(title: str, words: str) -> None:
    message = closed_message(CARD, Final(title, words, "https://instagram.example/p/1"))
    assert len(str(message["text"]).encode("utf-8", "surrogatepass")) <= 4000


def test_a_long_message_is_cut_to_what_one_takes() -> None:
    message = plain_message("the day's summary", "line of it\n" * 4000)
    texts = [str(block["text"]["text"]) for block in blocks_of(message)]  # type: ignore[index]
    assert sum(map(len, texts[1:])) == 12_000
