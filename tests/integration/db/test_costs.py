from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from db.costs import Cached, CostLine, CostsBy, Pace, Span, month_of
from db.database import Database
from db.usage import UsageRow
from schemas.account import AccountDay
from tests.factories import DAY, NOW
from tests.integration.db.rows import a_day, a_published_reel, a_reel

_steps = count(1)


@dataclass
class Book:
    """A month of its own for each test, so that no test counts another's calls."""

    db: Database
    first: datetime
    key: AccountDay = field(default_factory=lambda: AccountDay(account="nobody", day=DAY))
    reel: str | None = None

    @property
    def month(self) -> Span:
        return month_of(self.first.date())

    async def call(
        self, service: str = "luma", micros: int = 900_000, *, days: float = 0
    ) -> UsageRow:
        """A reserved call, so many days after the month began."""
        row = await self.db.usage.reserve(
            self.reel,
            account=self.key.account,
            day=self.key.day,
            service=service,
            operation="clip",
            model="ray",
            step=f"step-{next(_steps)}",
            estimated_micros=micros,
        )
        sql = "UPDATE api_usage_logs SET reserved_at = $2 WHERE id = $1 RETURNING id"
        await self.db.pool.write(sql, row.id, self.first + timedelta(days=days))
        return row

    async def settled(
        self, micros: int, service: str = "luma", *, days: float = 0, **units: int
    ) -> None:
        row = await self.call(service, days=days)
        await self.db.usage.settle(row.id, micros, units=dict(units))


_months = count()


@pytest.fixture
async def book(db: Database) -> Book:
    number = 3 * next(_months)
    book = Book(db, datetime(2000 + number // 12, 1 + number % 12, 1, tzinfo=UTC))
    book.key, book.reel = await a_reel(db)
    return book


async def test_each_service_shows_what_is_settled_reserved_and_unknown(book: Book) -> None:
    usage = book.db.usage
    await book.settled(640_000)
    await book.settled(0)
    await usage.submitted((await book.call()).id, f"job-{next(_steps)}", 1_200_000)
    await book.call(micros=5)
    await usage.unknown((await book.call()).id)
    await usage.release((await book.call()).id, "429")
    await book.settled(1_234, "claude")

    assert await book.db.costs.by(CostsBy.SERVICE, book.month) == (
        CostLine(what="claude", calls=1, settled_micros=1_234),
        CostLine(
            what="luma",
            calls=5,
            settled_micros=640_000,
            reserved_micros=1_200_005,
            unknown_micros=900_000,
        ),
    )


async def test_a_call_belongs_to_the_day_and_month_of_utc_on_which_it_was_made(
    book: Book,
) -> None:
    instant = 1 / 86_400
    await book.settled(1, days=-instant)
    await book.settled(10, days=0)
    await book.settled(100, days=1 - instant)
    await book.settled(1_000, days=1)
    end = (book.month.until - book.first).days
    await book.settled(10_000, days=end - instant)
    await book.settled(100_000, days=end)

    lines = await book.db.costs.by(CostsBy.DAY, book.month)

    month = f"{book.first:%Y-%m}"
    assert [(line.what, line.settled_micros) for line in lines] == [
        (f"{month}-01", 110),
        (f"{month}-02", 1_000),
        (f"{month}-{end:02}", 10_000),
    ]


async def test_one_account_s_costs_leave_out_all_others(book: Book) -> None:
    mine = book.key.account
    await book.settled(1_000)
    book.key, book.reel = await a_reel(book.db)
    await book.settled(2_000)

    both = await book.db.costs.by(CostsBy.ACCOUNT, book.month)
    own = month_of(book.first.date(), mine)

    assert {line.what: line.settled_micros for line in both} == {
        mine: 1_000,
        book.key.account: 2_000,
    }
    assert [line.what for line in await book.db.costs.by(CostsBy.ACCOUNT, own)] == [mine]
    assert (await book.db.costs.pace(own)).micros == 1_000


async def test_a_video_costs_all_that_its_reel_cost_in_whichever_month(db: Database) -> None:
    key, reel, _ = await a_published_reel(db)
    book = Book(db, datetime(2019, 1, 1, tzinfo=UTC), key, reel)
    await book.settled(640_000)
    await book.settled(1_000, "claude", days=40)
    await db.usage.unknown((await book.call()).id)

    (video,) = await db.costs.by_video(month_of(NOW.date(), key.account))

    assert (video.account_id, video.day, video.published_at) == (key.account, key.day, NOW)
    assert (video.settled_micros, video.unknown_micros) == (641_000, 900_000)
    assert video.counted_micros == 1_541_000
    assert await db.costs.by_video(month_of(date(2019, 1, 1), key.account)) == ()


async def test_the_pace_counts_an_account_s_day_once(book: Book) -> None:
    await book.settled(1_000)
    await book.call(micros=500)
    await book.db.usage.release((await book.call()).id, "429")
    book.key, book.reel = await a_day(book.db), None
    await book.settled(2_000)
    assert await book.db.costs.pace(book.month) == Pace(micros=3_500, account_days=2)


async def test_what_the_prompt_cache_saved_is_summed_from_the_calls(book: Book) -> None:
    await book.settled(10, "claude", input_tokens=100, cache_read_tokens=900, cache_saved_micros=70)
    await book.settled(
        10, "claude", input_tokens=100, cache_written_tokens=900, cache_saved_micros=-20
    )
    await book.settled(10, "claude", input_tokens=1_000)
    await book.settled(640_000, bytes=5)

    assert await book.db.costs.cached(book.month) == Cached(
        saved_micros=50, read_tokens=900, prompt_tokens=3_000
    )


async def test_a_month_without_calls_is_empty(book: Book) -> None:
    costs = book.db.costs
    assert await costs.by(CostsBy.DAY, book.month) == ()
    assert await costs.pace(book.month) == Pace(micros=0, account_days=0)
    assert (await costs.cached(book.month)).prompt_tokens == 0


def test_a_month_ends_where_the_next_begins() -> None:
    for first in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 12, 5)):
        span = month_of(first)
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        assert span.until.date() == following
        assert month_of(following).since == span.until
