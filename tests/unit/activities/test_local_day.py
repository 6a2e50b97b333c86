from datetime import date, datetime

import pytest

from activities.run import local_day


@pytest.mark.parametrize(
    ("nominal", "zone", "day"),
    [
        ("2026-11-21T20:00:00+00:00", "Pacific/Auckland", date(2026, 11, 22)),
        ("2026-09-26T20:00:00+00:00", "Pacific/Auckland", date(2026, 9, 27)),
        ("2026-11-23T14:00:00+00:00", "America/New_York", date(2026, 11, 23)),
        ("2026-03-08T04:30:00+00:00", "America/New_York", date(2026, 3, 7)),
        ("2026-10-24T22:30:00+00:00", "Europe/Berlin", date(2026, 10, 25)),
        ("2026-10-25T23:30:00+00:00", "Europe/Berlin", date(2026, 10, 26)),
        ("2026-11-23T23:59:00", "UTC", date(2026, 11, 23)),
        ("2026-11-23T09:00:00+13:00", "UTC", date(2026, 11, 22)),
    ],
)
def test_the_day_is_the_date_on_the_zone_s_own_calendar(nominal: str, zone: str, day: date) -> None:
    assert local_day(datetime.fromisoformat(nominal), zone) == day
