"""Quiet hours: a reminder that falls into them comes when they end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.quiet_hours import after_quiet_hours
from schemas.account import ReviewPolicy

BERLIN = ZoneInfo("Europe/Berlin")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "quiet", "then"),
    [
        ("2026-11-23T21:59", "22:00-08:00", "2026-11-23T21:59"),
        ("2026-11-23T22:00", "22:00-08:00", "2026-11-24T08:00"),
        ("2026-11-24T03:00", "22:00-08:00", "2026-11-24T08:00"),
        ("2026-11-24T08:00", "22:00-08:00", "2026-11-24T08:00"),
        ("2026-11-24T13:00", "12:00-14:30", "2026-11-24T14:30"),
        ("2026-11-24T11:00", "12:00-14:30", "2026-11-24T11:00"),
        ("2026-03-29T01:30", "22:00-08:00", "2026-03-29T08:00"),
        ("2026-10-25T01:30", "22:00-08:00", "2026-10-25T08:00"),
    ],
)
def test_a_reminder_waits_for_the_end_of_the_quiet_hours(at: str, quiet: str, then: str) -> None:
    assert after_quiet_hours(local(at), quiet, "Europe/Berlin") == local(then)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone follows
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_no_reminder_is_early_nor_a_day_late_and_asking_again_changes_nothing(
    at: datetime, begin: datetime, end: datetime, zone: str
) -> None:
    quiet = f"{begin:%H:%M}-{end:%H:%M}"
    if quiet[:5] == quiet[6:]:
        return
    then = after_quiet_hours(at, quiet, zone)
    assert at <= then <= at + timedelta(hours=25)
    assert after_quiet_hours(then, quiet, zone) == then


def test_quiet_hours_that_end_as_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="like 22:00-08:00"):
        ReviewPolicy(quiet_hours="08:00-08:00")
