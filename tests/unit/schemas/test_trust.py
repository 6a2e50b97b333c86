from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.account import AccountDay, ReviewPolicy
from schemas.trust import TrackRecord, is_sampled, percent
from tests.factories import DAY, DECISION_KEY

POLICY = ReviewPolicy()
KEYS = st.binary(min_size=32, max_size=32)
DAYS = st.dates(date(2026, 1, 1), date(2030, 1, 1))


def a_record(posts: int, reviewed: int, unchanged: int) -> TrackRecord:
    return TrackRecord(posts=posts, reviewed=reviewed, unchanged=unchanged)


@pytest.mark.parametrize(
    ("record", "earns", "words"),
    [
        (a_record(0, 0, 0), False, "0 of 50 posts, 0 % unchanged: not yet; it takes 50 more and"),
        (a_record(43, 43, 42), False, "43 of 50 posts, 97.6 % unchanged: not yet; it takes 7 more"),
        (a_record(49, 49, 49), False, "49 of 50 posts, 100 % unchanged: not yet; it takes 1 more"),
        (a_record(50, 50, 50), True, "50 of the last 50 approved unchanged"),
        (a_record(50, 52, 50), True, "50 of the last 52 approved unchanged"),
        (
            a_record(50, 53, 50),
            False,
            "50 of 50 posts, 94.3 % unchanged: not yet; it takes 95 % of them unchanged",
        ),
        (a_record(50, 50, 47), False, "50 of 50 posts, 94 % unchanged"),
        (a_record(50, 50, 48), True, "48 of the last 50"),
    ],
)
def test_a_record_says_what_it_is_worth_and_what_it_lacks(
    record: TrackRecord, *, earns: bool, words: str
) -> None:
    assert record.earns(POLICY) is earns
    assert record.words(POLICY).startswith(words)


def test_exactly_the_share_is_enough_and_a_post_less_is_not() -> None:
    sixty = ReviewPolicy(auto_after_posts=60)
    assert a_record(60, 60, 57).earns(sixty)
    assert not a_record(60, 60, 56).earns(sixty)
    assert not a_record(59, 59, 56).earns(ReviewPolicy(auto_after_posts=59))


@pytest.mark.parametrize(
    ("share", "said"), [(0.95, "95 %"), (0.9499, "94.9 %"), (1, "100 %"), (0, "0 %"), (0.1, "10 %")]
)
def test_a_share_is_never_rounded_up(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    "policy",
    [
        {"auto_after_posts": 49},
        {"auto_unchanged_share": 0.949},
        {"auto_unchanged_share": float("nan")},
        {"auto_sampled_share": 0.049},
        {"auto_sampled_share": 0},
        {"auto_approval": True, "approvals_needed": 2},
    ],
)
def test_no_policy_asks_for_less_than_the_floor(policy: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReviewPolicy.model_validate(policy)


def test_automatic_approval_is_off_unless_somebody_allows_it() -> None:
    assert not ReviewPolicy().auto_approval


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_as_many_days_are_samples_as_the_share_says(share: float) -> None:
    drawn = [
        is_sampled(AccountDay(account=f"robots-{number}", day=DAY), share, DECISION_KEY)
        for number in range(10_000)
    ]
    # Five standard deviations of the draw: it is the same each time.
    assert abs(sum(drawn) / 10_000 - share) < 5 * (share * (1 - share) / 10_000) ** 0.5


@given(day=DAYS, key=KEYS, share=st.floats(0.05, 1), more=st.floats(0, 0.95))
def test_a_draw_is_the_same_each_time_and_a_larger_share_only_adds_days(
    day: date, key: bytes, share: float, more: float
) -> None:
    key_day = AccountDay(account="robots", day=day)
    drawn = is_sampled(key_day, share, key)
    assert is_sampled(key_day, share, key) is drawn
    assert not drawn or is_sampled(key_day, min(share + more, 1), key)
    assert is_sampled(key_day, 1, key)


def test_nobody_without_the_key_knows_the_draw() -> None:
    days = [AccountDay(account="robots", day=DAY + timedelta(days=more)) for more in range(200)]
    draws = {tuple(is_sampled(day, 0.5, bytes([key] * 32)) for day in days) for key in range(3)}
    assert len(draws) == 3
