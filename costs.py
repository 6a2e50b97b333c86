"""What `admin.py costs` prints: where a month's money went, and where it is going."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from db.costs import Amounts, Cached, CostLine, CostsBy, Span, VideoCost, month_of
from db.database import Database
from runtime.exits import InputError
from runtime.tables import print_table
from schemas.account import AccountStatus
from schemas.money import dollars

LOOKS_BACK = timedelta(days=14)
"""The days before today whose average the forecast goes on with."""

MONEY = ("settled", "reserved", "unknown")


async def show(db: Database, wish: Namespace, today: date) -> None:
    """Print the tables and sums that were asked for. Raises InputError for an unknown account."""
    if wish.account is not None and await db.accounts.get(wish.account) is None:
        raise InputError(
            f"--account: there is no account {wish.account!r}; see: admin.py account list"
        )
    span = month_of(wish.month or today, wish.account)
    for by in [CostsBy(wish.by)] if wish.by in set(CostsBy) else CostsBy:
        if wish.by != "video":
            _print_lines(by.value, await db.costs.by(by, span))
    videos = await db.costs.by_video(span)
    if wish.by == "video":
        _print_videos(videos)
    month = f"{span.since:%Y-%m}"
    total = _sum(await db.costs.by(CostsBy.SERVICE, span))
    print(f"{month}: {_amounts(total)}")
    print(_per_video(videos, total))
    print(f"prompt cache: {_cached(await db.costs.cached(span))}")
    if span.since.date() <= today < span.until.date():
        print(f"forecast for {month}: {await _forecast(db, span, total, today)}")


def _print_lines(heading: str, lines: Sequence[CostLine]) -> None:
    rows = [(line.what, str(line.calls), *_columns(line)) for line in lines]
    print_table((heading, "calls", *MONEY), rows, empty="nothing was spent")
    print()


def _print_videos(videos: Sequence[VideoCost]) -> None:
    rows = [
        (video.account_id, video.day.isoformat(), *_columns(video), video.permalink or "")
        for video in videos
    ]
    headings = ("account", "day", *MONEY, "where")
    print_table(headings, rows, empty="no video was published")
    print()


def _columns(amounts: Amounts) -> tuple[str, str, str]:
    return (
        dollars(amounts.settled_micros),
        dollars(amounts.reserved_micros),
        dollars(amounts.unknown_micros),
    )


def _amounts(amounts: Amounts) -> str:
    settled, reserved, unknown = _columns(amounts)
    return f"{settled} settled, {reserved} reserved for what is under way, {unknown} unknown"


def _sum(lines: Iterable[Amounts]) -> Amounts:
    found = list(lines)
    return Amounts(
        settled_micros=sum(line.settled_micros for line in found),
        reserved_micros=sum(line.reserved_micros for line in found),
        unknown_micros=sum(line.unknown_micros for line in found),
    )


def _per_video(videos: Sequence[VideoCost], total: Amounts) -> str:
    if not videos:
        return "per video: none was published"
    count, own = len(videos), _sum(videos).counted_micros
    return (
        f"per video: {dollars(own // count)} on average of {count} published, "
        f"{dollars(videos[-1].counted_micros)} the last; "
        f"{dollars(total.counted_micros // count)} with all that the month spent"
    )


def _cached(cached: Cached) -> str:
    if not cached.prompt_tokens:
        return "no prompt was read"
    share = 100 * cached.read_tokens / cached.prompt_tokens
    verb = "saved" if cached.saved_micros >= 0 else "cost more by"
    return (
        f"{verb} {dollars(abs(cached.saved_micros))}; "
        f"{share:.0f} % of {cached.prompt_tokens} prompt tokens were read from it"
    )


async def _forecast(db: Database, span: Span, total: Amounts, today: date) -> str:
    """What counts so far, and the average of lately for each account and day after today."""
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    pace = await db.costs.pace(Span(midnight - LOOKS_BACK, midnight, span.account))
    if not pace.account_days:
        return "none, since nothing was spent in the 14 days before today"
    active = [
        account
        for account in await db.accounts.all()
        if account.status is AccountStatus.ACTIVE and span.account in {None, account.id}
    ]
    left = (span.until.date() - today).days - 1
    average = pace.micros // pace.account_days
    comes = len(active) * left * average
    return (
        f"{dollars(total.counted_micros + comes)} = {dollars(total.counted_micros)} so far + "
        f"{len(active) * left} account-days to come x {dollars(average)}, "
        f"the average of {pace.account_days} in the last 14 days"
    )
