from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.token import TokenFacts
from tests.factories import NOW

SIXTY = TokenFacts(issued_at=NOW, expires_at=NOW + timedelta(days=60))
UNKNOWN = TokenFacts(expires_at=NOW + timedelta(days=60))
SHORT = TokenFacts(issued_at=NOW, expires_at=NOW + timedelta(hours=30))
ENDLESS = TokenFacts(issued_at=NOW)

ages = st.timedeltas(timedelta(0), timedelta(days=70))


@pytest.mark.parametrize(
    ("facts", "hours", "due"),
    [
        (SIXTY, 30 * 24 - 1, False),
        (SIXTY, 30 * 24, True),
        (SIXTY, 59 * 24, True),
        (UNKNOWN, 23, False),
        (UNKNOWN, 24, True),
        (SHORT, 15, False),
        (SHORT, 24, True),
        (ENDLESS, 10_000, False),
    ],
)
def test_a_token_is_due_at_half_of_its_life_and_never_in_its_first_day(
    facts: TokenFacts, hours: int, *, due: bool
) -> None:
    assert facts.is_due(NOW, NOW + timedelta(hours=hours)) is due


@given(life=st.timedeltas(timedelta(hours=1), timedelta(days=90)), age=ages)
def test_a_token_of_any_life_is_due_by_these_two_rules_alone(
    life: timedelta, age: timedelta
) -> None:
    facts = TokenFacts(issued_at=NOW, expires_at=NOW + life)
    due = facts.is_due(NOW, NOW + age)
    assert due == (age >= max(timedelta(hours=24), life / 2))


@pytest.mark.parametrize(
    ("hours_left", "warning"),
    [
        (14 * 24 + 1, None),
        (14 * 24, 14),
        (7 * 24 + 1, 14),
        (7 * 24, 7),
        (2 * 24 + 1, 7),
        (2 * 24, 2),
        (-5, 2),
    ],
)
def test_the_smallest_warning_that_is_reached_counts(hours_left: int, warning: int | None) -> None:
    facts = TokenFacts(expires_at=NOW + timedelta(hours=hours_left))
    assert facts.warning(NOW) == warning
    assert ENDLESS.warning(NOW) is None


def test_what_is_left_is_said_in_days() -> None:
    later = NOW + timedelta(days=10)
    assert SIXTY.left(later) == "50 days"
    assert UNKNOWN.left(later) == "at most 50 days"
    assert SHORT.left(later) == "ended"
    assert ENDLESS.left(later) == "no end"
