from datetime import UTC, datetime, timedelta

from clients.publishing import PublishedMedia
from clients.publishing.matching import Sought

AT = datetime(2026, 11, 23, 9, 0, 30, 500_000, tzinfo=UTC)
SOUGHT = Sought("the words", AT)


def a_post(media_id: str, caption: str = "the words", later: float = 0) -> PublishedMedia:
    at = AT.replace(microsecond=0) + timedelta(seconds=later)
    return PublishedMedia(media_id, caption, None, at)


def test_the_post_is_the_one_with_exactly_the_caption() -> None:
    media = [a_post("1", "other words"), a_post("2", "the words\n"), a_post("3", "the words too")]

    assert [post.media_id for post in SOUGHT.among(media)] == ["2"]


def test_two_posts_with_the_caption_are_both_told() -> None:
    assert len(SOUGHT.among([a_post("1"), a_post("2")])) == 2


def test_a_post_of_an_earlier_day_is_not_taken_for_this_one() -> None:
    assert SOUGHT.among([a_post("1", later=-3600)]) == ()
