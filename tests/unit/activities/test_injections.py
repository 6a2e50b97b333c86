"""What reads Claude's answers, and what carries them on, with any text in them."""

# ruff: noqa: RUF001 - look-alike letters are among what is tried

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.caption_rules import hashtags_in, unfit_for
from activities.captions import read_captions
from activities.plain_text import length, unfit
from activities.segments import plan
from activities.storytelling import read_story
from activities.trends import read_trends, table_key
from activities.words import words
from clients.claude import Reply
from clients.claude_prices import Tokens
from schemas.composition import HOOK_LIMIT
from schemas.reel import CAPTION_LIMIT, HASHTAG, CompositionRequest
from schemas.video import FilmRequest
from tests.factories import a_key, a_story, an_account, two_captions
from tests.fakes import LUMA_LIKE
from tests.injections import INJECTIONS
from tests.unit.activities.test_words import NUMBERS

texts = st.sampled_from(INJECTIONS) | st.text(max_size=300)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
LIMIT = 1000


def test_the_corpus_is_as_large_as_was_asked_for() -> None:
    assert len(set(INJECTIONS)) >= 50


@given(texts, texts)
def test_data_stays_within_its_tags(first: str, second: str) -> None:
    told = words("story", NUMBERS | {"theme": first, "trends": [second]}, {"sent_back": [first]})
    plain = words("story", NUMBERS | {"theme": "", "trends": [""]}, {"sent_back": [""]})
    for one, other in ((told.prompt, plain.prompt), (told.rest, plain.rest)):
        assert one.count("<data>") == one.count("</data>") == 1
        assert one.split("<data>")[0] == other.split("<data>")[0]
        assert one.split("</data>")[1] == other.split("</data>")[1]
    data = json.loads(told.prompt.split("<data>")[1].split("</data>")[0])
    assert (data["theme"], data["trends"]) == (first, [second])
    assert told.system == plain.system


@given(st.dictionaries(st.sampled_from(sorted(a_story().model_dump())), anything))
def test_a_story_with_anything_in_it_keeps_its_limits_or_is_refused(
    change: dict[str, object],
) -> None:
    try:
        story = read_story(a_story().model_dump() | change, LIMIT, an_account())
    except ApplicationError as refused:
        if refused.type != "invalid_output":
            raise
        return
    assert (story.version, story.similarity, story.too_close_to) == (1, 0.0, None)
    assert not any(unfit(text) for text in (story.prompt, story.visual_style, *story.shots))
    assert len(story.hook_text) <= HOOK_LIMIT
    assert unfit_for(an_account(), story.hook_text) is None
    assert "\n" not in story.hook_text
    room = LIMIT - length(story.visual_style) - len(" Style: ")
    assert all(0 < length(shot) <= room for shot in story.shots)


@given(st.dictionaries(st.sampled_from(sorted(two_captions()["first"])), anything))  # type: ignore[call-overload]
def test_captions_with_anything_in_them_keep_their_limits_or_are_refused(
    change: dict[str, object],
) -> None:
    account, answer = an_account(), two_captions()
    first = answer["first"]
    assert isinstance(first, dict)
    try:
        captions = read_captions(answer | {"first": first | change}, account)
    except ApplicationError as refused:
        if refused.type != "invalid_output":
            raise
        return
    for caption in captions.variants:
        assert length(caption.text) <= CAPTION_LIMIT
        assert unfit_for(account, caption.text) is None
        assert 10 <= len(caption.hashtags) <= 15
        assert len(hashtags_in(caption.text)) <= 30


@given(
    st.text()
    | st.builds(lambda found: f"Here: {json.dumps(found)}", anything)
    | st.builds(
        lambda topics, tags: json.dumps({"topics": topics, "hashtags": tags}),
        st.lists(texts, max_size=20),
        st.lists(texts | st.just("#fine"), max_size=20),
    )
)
def test_what_a_search_found_is_short_topics_and_hashtags_only(text: str) -> None:
    found = read_trends(Reply(text, "end_turn", Tokens(1, 1), None, "m"), date(2026, 11, 23))
    assert len(found.topics) <= 10
    assert len(found.hashtags) <= 10
    assert all(0 < len(topic) <= 120 and not unfit(topic) for topic in found.topics)
    assert all(HASHTAG.fullmatch(tag) for tag in found.hashtags)


@given(texts)
def test_a_theme_fits_into_the_table_s_index(text: str) -> None:
    assert len(table_key(text).encode("utf-8", "surrogatepass")) <= 200 * 4


@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: ascii(text[:24]))
def test_words_change_nothing_of_an_order_but_its_prompt(text: str) -> None:
    key = a_key()
    story = a_story(prompt=text[:2000], shots=(text, text), visual_style=text[:500])
    request = FilmRequest(key=key, reel="reel", provider="luma", story=story, seconds=20)
    plain = request.model_copy(update={"story": a_story()})

    poisoned, usual = plan(request, LUMA_LIKE).orders, plan(plain, LUMA_LIKE).orders

    assert [order.model_dump(exclude={"prompt"}) for order in poisoned] == [
        order.model_dump(exclude={"prompt"}) for order in usual
    ]
    assert all(len(order.prompt) <= LUMA_LIKE.prompt_limit for order in poisoned)


def test_no_words_but_the_hook_reach_the_composer() -> None:
    fields = CompositionRequest.model_fields.items()
    assert [name for name, field in fields if field.annotation is str] == ["reel", "hook_text"]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("see https://good.example/x", True),
        ("see shop.good.example or www.good.example.", True),
        ("thanks @Friend. and @friend!", True),
        ("mail me@home", True),
        ("see https://good.example.evil.com", False),
        ("see https://good.example@evil.com/", False),
        ("see https://good.example:8443/", False),
        ("see ftp://good.example/", False),
        ("see https://good.example\\@evil.com", False),
        ("see evil.com", False),
        ("see ｈｔｔｐｓ://evil.example", False),
        ("thanks @stranger", False),
        ("thanks ＠stranger", False),
        ("@friend " * 21, False),
        ("@friend " * 20, True),
    ],
)
def test_only_what_the_account_allows_may_be_linked_and_mentioned(text: str, allowed: bool) -> None:  # noqa: FBT001
    account = an_account(allowed_links=("good.example",), allowed_mentions=("friend",))
    assert (unfit_for(account, text) is None) is allowed
