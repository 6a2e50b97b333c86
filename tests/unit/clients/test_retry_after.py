from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from clients.transport import LONGEST_WAIT, retry_after_seconds

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.integers(0, int(LONGEST_WAIT)))
def test_seconds_are_taken_as_they_are_also_above_a_minute(seconds: int) -> None:
    assert retry_after_seconds(str(seconds), NOW) == seconds


@given(st.integers(min_value=int(LONGEST_WAIT)))
def test_nobody_waits_longer_than_a_day(seconds: int) -> None:
    assert retry_after_seconds(str(seconds), NOW) == LONGEST_WAIT


@given(moments)
def test_a_date_is_the_time_until_then_and_never_negative(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    expected = min(max((whole - NOW).total_seconds(), 0.0), LONGEST_WAIT)
    assert retry_after_seconds(format_datetime(whole, usegmt=True), NOW) == expected


@given(moments)
def test_the_old_form_of_c_counts_as_utc(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    expected = min(max((whole - NOW).total_seconds(), 0.0), LONGEST_WAIT)
    assert retry_after_seconds(whole.strftime("%a %b %d %H:%M:%S %Y"), NOW) == expected


@given(st.none() | st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_no_wish_or_a_sane_one(value: str | None) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


def test_a_date_of_another_zone_is_understood() -> None:
    soon = (NOW + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S")
    assert retry_after_seconds(f"{soon} +0000", NOW) == 300
    assert retry_after_seconds("Sun, 22 Nov 2026 11:05:00 +0200", NOW) == 300


def test_no_header_is_no_wish() -> None:
    assert retry_after_seconds(None, NOW) is None
    assert retry_after_seconds("", NOW) is None
    assert retry_after_seconds("-5", NOW) is None
    assert retry_after_seconds("9" * 10_000, NOW) == LONGEST_WAIT
