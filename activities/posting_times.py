"""The next of an account's posting times: right by its wall clock, and apart from others'."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from schemas.account import AccountId, StartTime

SPREAD = timedelta(minutes=15)
"""Accounts with the same posting time go out within so long after it."""

DAYS = range(-1, 3)
"""The local dates that may have the next time, counted from today: a time late yesterday may
still be ahead by its spread, and one zone has skipped a whole date."""


@dataclass(frozen=True)
class PostingTime:
    """A time that an account has, and when its Reel goes out for it."""

    wall: StartTime
    at: datetime


def spread_of(account: AccountId) -> timedelta:
    """How long after its posting times an account's Reels go out: whole seconds, always the same.

    The first eight bytes of the SHA-256 of its id, modulo the seconds of SPREAD.
    """
    number = int.from_bytes(sha256(account.encode()).digest()[:8], "big")
    return timedelta(seconds=number % int(SPREAD.total_seconds()))


def next_posting_time(
    times: Iterable[StartTime], zone: str, account: AccountId, now: datetime
) -> PostingTime | None:
    """The first of the account's times that is not over; None when it has none.

    A wall time that the clocks leave out counts as late as they were put on; of one that comes
    twice the first counts.
    """
    ahead = (one for one in _around(times, zone, account, now) if one.at >= now)
    return min(ahead, key=lambda one: one.at, default=None)


def _around(
    times: Iterable[StartTime], zone: str, account: AccountId, now: datetime
) -> Iterator[PostingTime]:
    local, later = ZoneInfo(zone), spread_of(account)
    today = now.astimezone(local).date()
    for wall in times:
        for days in DAYS:
            yield PostingTime(wall, _instant(today + timedelta(days=days), wall, local) + later)


def _instant(day: date, wall: StartTime, zone: ZoneInfo) -> datetime:
    # Fold 0 has the offset from before a change of clocks (PEP 495), which is the stated rule.
    return datetime.combine(day, time.fromisoformat(wall), zone).astimezone(UTC)


def told(at: datetime, zone: str, now: datetime) -> str:
    """A moment for a person, like `18:37 Europe/Berlin`; with its date when that is not today."""
    local = at.astimezone(ZoneInfo(zone))
    today = now.astimezone(ZoneInfo(zone)).date()
    day = "" if local.date() == today else f"{local:%Y-%m-%d} "
    return f"{day}{local:%H:%M} {zone}"
