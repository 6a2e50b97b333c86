"""The next posting time, as laws."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.posting_times import SPREAD, next_posting_time, spread_of, told

DAY = timedelta(hours=24)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",  # whose clocks change by half an hour
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
)
CHANGE = timedelta(hours=1)
"""The most that clocks of these zones are put back."""

a_time = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
times = st.lists(a_time, min_size=1, max_size=4)
zones = st.sampled_from(ZONES)
accounts = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@given(times, zones, accounts, moments)
def test_it_is_never_over_and_within_a_day_and_the_spread(
    walls: list[str], zone: str, account: str, now: datetime
) -> None:
    found = next_posting_time(walls, zone, account, now)
    assert found is not None
    assert now <= found.at <= now + DAY + CHANGE + SPREAD


@given(times, zones, accounts, moments)
def test_by_the_wall_clock_it_is_what_was_asked_for_unless_there_is_no_such_time(
    walls: list[str], zone: str, account: str, now: datetime
) -> None:
    found = next_posting_time(walls, zone, account, now)
    assert found is not None
    shown = (found.at - spread_of(account)).astimezone(ZoneInfo(zone))
    if f"{shown:%H:%M}" != found.wall:
        hours, minutes = map(int, found.wall.split(":"))
        asked = shown.replace(hour=hours, minute=minutes, fold=0)
        there = asked.astimezone(UTC).astimezone(ZoneInfo(zone))
        assert (there.hour, there.minute) != (hours, minutes), "there is such a time"
        assert timedelta(0) < shown.replace(tzinfo=None) - asked.replace(tzinfo=None) <= CHANGE
    assert shown.fold == 0, "of a time that comes twice the first counts"


@given(times, zones, accounts, moments)
def test_no_other_time_of_the_account_comes_before_it(
    walls: list[str], zone: str, account: str, now: datetime
) -> None:
    found = next_posting_time(walls, zone, account, now)
    each = [next_posting_time([wall], zone, account, now) for wall in walls]
    assert found is not None
    assert found.at == min(one.at for one in each if one)


@given(times, zones, accounts, moments)
def test_what_is_chosen_is_chosen_again_until_it_is_over(
    walls: list[str], zone: str, account: str, now: datetime
) -> None:
    found = next_posting_time(walls, zone, account, now)
    assert found is not None
    assert next_posting_time(walls, zone, account, found.at) == found
    later = next_posting_time(walls, zone, account, found.at + timedelta(microseconds=1))
    assert later is not None
    assert later.at > found.at


@given(accounts)
def test_an_account_s_spread_is_always_the_same_and_within_its_bounds(account: str) -> None:
    assert timedelta(0) <= spread_of(account) < SPREAD
    assert spread_of(account) == spread_of(account)


def test_accounts_with_the_same_time_go_out_apart() -> None:
    spreads = [spread_of(f"account-{number}") for number in range(200)]
    in_each_minute = [
        sum(int(one / timedelta(minutes=1)) == m for one in spreads) for m in range(15)
    ]
    assert min(in_each_minute) >= 5
    assert spread_of("my-account") == timedelta(seconds=413)


def test_without_times_there_is_none() -> None:
    assert next_posting_time((), "UTC", "a", datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("wall", "day", "utc"),
    [
        pytest.param("02:30", date(2026, 3, 29), "01:30", id="left-out: 03:30 summer time"),
        pytest.param("02:30", date(2026, 10, 25), "00:30", id="twice: the first"),
        pytest.param("18:30", date(2026, 7, 1), "16:30", id="summer"),
        pytest.param("18:30", date(2026, 12, 1), "17:30", id="winter"),
    ],
)
def test_berlin_s_clocks(wall: str, day: date, utc: str) -> None:
    before = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin"))
    found = next_posting_time([wall], "Europe/Berlin", "a", before.astimezone(UTC))
    assert found is not None
    assert f"{found.at - spread_of('a'):%Y-%m-%d %H:%M}" == f"{day} {utc}"


def test_a_moment_is_told_with_its_date_unless_that_is_today() -> None:
    now = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert told(now + timedelta(minutes=37), "Europe/Berlin", now) == "23:37 Europe/Berlin"
    assert told(now + timedelta(hours=2), "Europe/Berlin", now) == "2026-11-24 01:00 Europe/Berlin"
