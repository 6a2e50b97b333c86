"""When people may be reminded: not in the hours that an account keeps quiet."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def after_quiet_hours(at: datetime, quiet: str, zone: str) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in, in UTC.

    `quiet` is HH:MM-HH:MM by the clocks of the zone. A moment that a clock shows twice is the
    first one, and one that it never shows is as much later as the clock was put forward.
    """
    begin, end = (time.fromisoformat(part) for part in quiet.split("-"))
    local = at.astimezone(ZoneInfo(zone))
    for days in (-1, 0):
        first = local.date() + days * DAY
        last = first if begin < end else first + DAY
        begins, ends = (
            datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
            for day, clock in ((first, begin), (last, end))
        )
        if begins <= at < ends:
            return ends
    return at
