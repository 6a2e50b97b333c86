"""Captions become revisions by their digest: the same text is the same revision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.reel import Caption, Draft, DraftRequest, revision_digest
from tests.factories import a_caption, a_composed_reel, a_draft, a_key, another_caption

COMPOSED = a_composed_reel()

captions = st.builds(
    a_caption,
    caption=st.sampled_from(["one", "two", "two ", "Two"]) | st.text(min_size=1, max_size=50),
    hook_type=st.sampled_from(["pov", "question"]),
    cta=st.sampled_from([None, "Follow"]),
    hashtags=st.permutations([f"#tag{number}x" for number in range(10)]).map(tuple),
)


def a_request(*all_captions: Caption) -> DraftRequest:
    leading, *others = all_captions
    return DraftRequest(
        key=a_key(), reel="reel", composed=COMPOSED, caption=leading, others=tuple(others)
    )


@given(captions, captions)
def test_captions_collapse_exactly_when_the_published_text_is_the_same(
    first: Caption, second: Caption
) -> None:
    variants = a_request(first, second).variants

    same = (first.caption, first.hashtags) == (second.caption, second.hashtags)
    assert [one.caption for one in variants] == ([first] if same else [first, second])
    assert len({one.revision for one in variants}) == len(variants)


@given(captions)
def test_a_revision_is_the_digest_of_video_caption_and_hashtags(caption: Caption) -> None:
    (variant,) = a_request(caption).variants

    assert variant.revision == revision_digest(
        COMPOSED.video_sha256, caption.caption, caption.hashtags
    )


def test_a_draft_names_its_revisions_the_leading_one_first() -> None:
    first, second = a_request(a_caption(), another_caption()).variants
    draft = a_draft(first.revision).model_copy(update={"others": (second,)})

    assert draft.revisions == (first.revision, second.revision)
    assert draft.variants == (first, second)


def test_a_draft_of_an_older_history_has_one_variant() -> None:
    old = a_draft().model_dump(mode="json", exclude={"others"})

    assert Draft.model_validate(old).revisions == ("a" * 64,)


def test_there_are_two_captions_at_most() -> None:
    with pytest.raises(ValidationError, match="others"):
        a_request(a_caption(), another_caption(), a_caption(caption="a third"))
