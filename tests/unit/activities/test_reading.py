from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.caption_rules import is_in_language, unfit_for
from activities.captions import in_order, mend_hashtags, read_caption, read_captions
from activities.storytelling import read_story
from tests.factories import a_caption, a_key, a_story, an_account, two_captions

LIMIT = 6000
TAGS = [f"#tag{number}x" for number in range(10)]


def test_a_whole_story_is_taken_as_it_is() -> None:
    story = a_story()

    assert read_story(story.model_dump(), LIMIT, an_account()) == story


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"duration_hint": 2}, "duration_hint"),
        ({"shots": []}, "shots"),
        ({"shots": ["one", "  "]}, "shot 2"),
        ({"hook_text": "x" * 61}, "hook_text"),
        ({"hook_text": 7}, "hook_text"),
        ({"hook_text": "more at evil.test"}, "hook_text holds a link"),
        ({"hook_text": "ask @somebody"}, "hook_text holds an @mention"),
        ({"hook_text": "so good #fyp"}, "hook_text holds a hashtag"),
        ({"hook_text": "abc\u202edef"}, "hook_text holds a character that turns"),
        ({"hook_text": "abc\u0007def"}, "hook_text holds a control"),
        ({"hook_text": "Подожди до конца"}, "hook_text is not written in 'en'"),
    ],
)
def test_an_unusable_story_is_refused_by_the_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(ApplicationError, match=field) as refusal:
        read_story(a_story().model_dump() | change, LIMIT, an_account())
    assert (refusal.value.type, refusal.value.non_retryable) == ("invalid_output", False)


def test_a_story_without_a_field_is_refused_by_the_field() -> None:
    answer = a_story().model_dump()
    del answer["visual_style"]

    with pytest.raises(ApplicationError, match="visual_style"):
        read_story(answer, LIMIT, an_account())


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("Wait for it 👀", "Wait for it 👀"),
        (" Wait\n for it ", "Wait for it"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_hook_text_is_one_line_or_none(said: str | None, taken: str) -> None:
    answer = a_story().model_dump() | {"hook_text": said}
    assert read_story(answer, LIMIT, an_account()).hook_text == taken


def test_a_hook_text_that_nobody_will_see_refuses_no_story() -> None:
    answer = a_story().model_dump() | {"hook_text": "more at evil.test"}
    assert read_story(answer, LIMIT, an_account(hook_text=False)).hook_text == ""


def test_a_hook_text_holds_no_mention_even_of_a_friend() -> None:
    account = an_account(allowed_mentions=("friend",), allowed_links=("good.test",))
    for text in ("ask @friend", "see good.test"):
        with pytest.raises(ApplicationError, match="hook_text"):
            read_story(a_story().model_dump() | {"hook_text": text}, LIMIT, account)


def test_a_whole_caption_is_taken_as_it_is() -> None:
    caption = a_caption()

    assert read_caption(caption.model_dump(mode="json"), an_account()) == caption


def test_hashtags_are_mended_where_the_meaning_is_clear() -> None:
    assert mend_hashtags(["pov", "#POV", " ##ai ", *TAGS, *(f"#n{n}" for n in range(9))]) == (
        "#pov",
        "#ai",
        *TAGS,
        "#n0",
        "#n1",
        "#n2",
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hashtags": TAGS[:9]}, "hashtags"),
        ({"hashtags": "#one"}, "hashtags"),
        ({"hashtags": [*TAGS[:9], "#12345"]}, "hashtag"),
        ({"hashtags": [*TAGS[:9], "#two words"]}, "hashtag"),
        ({"caption": "x" * 2195}, "longer than 2200"),
        ({"caption": "see https://evil.test"}, "a link"),
        ({"caption": "WWW.evil.test"}, "a link"),
        ({"caption": "thanks @somebody"}, "@mention"),
        ({"caption": "abc\u202edef"}, "direction"),
        ({"caption": "abc\x07def"}, "control"),
        ({"caption": ""}, "caption"),
    ],
)
def test_an_unfit_caption_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ApplicationError, match=why) as refusal:
        read_caption(a_caption().model_dump(mode="json") | change, an_account())
    assert refusal.value.type == "invalid_output"


@pytest.mark.parametrize("text", ["two\nlines", "me@home is no mention", "family 👩‍👩‍👧", "שלום"])
def test_ordinary_text_is_fit(text: str) -> None:
    assert unfit_for(an_account(), text) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hook_type": "question"}, "hook_type: both"),
        ({"hook_type": "shock"}, "hook_type"),
        ({"cta": "more at https://evil.test"}, "cta holds a link"),
        ({"emoji": "rm -rf"}, "emoji"),
        ({"caption": " ".join(f"#x{n}" for n in range(25))}, "more than 30 hashtags"),
        ({"caption": "Кто это здесь варит кофе?"}, "not written in 'en'"),
    ],
)
def test_two_captions_that_don_t_fit_are_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ApplicationError, match=why) as refusal:
        read_captions(two_captions(**change), an_account())
    assert refusal.value.type == "invalid_output"


def test_two_captions_are_two_hooks_in_the_order_they_were_written() -> None:
    captions = read_captions(two_captions(), an_account())
    assert [caption.hook_type for caption in captions.variants] == ["pov", "question"]


def test_the_leading_hook_takes_turns_where_the_account_wants_it() -> None:
    captions = read_captions(two_captions(), an_account())
    account = an_account(caption_lead="alternate")
    key = a_key(account)
    tomorrow = key.model_copy(update={"day": key.day + timedelta(days=1)})
    leads = [in_order(captions, account, day).variants[0].hook_type for day in (key, tomorrow)]
    assert sorted(leads) == ["pov", "question"]
    assert in_order(captions, an_account(), key) == in_order(captions, an_account(), tomorrow)


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("Wer kocht hier Kaffee?", "de-AT", True),
        ("Кто варит кофе? #coffee", "ru", True),
        ("コーヒーはいかが", "ja", True),
        ("Who makes coffee?", "ja", False),
        ("anything", "tlh", True),
        ("☕☕", "ru", True),
    ],
)
def test_a_language_is_told_by_its_script(text: str, language: str, fits: bool) -> None:  # noqa: FBT001
    assert is_in_language(text, language) is fits
