"""A video provider, and what its clips cost."""

from pathlib import Path

from activities.film import FilmActivities
from activities.spending import Spending
from db.database import Database
from schemas.video import ClipJob
from tests.factories import an_order
from tests.fakes import FakeDownloader, FakeProvider, FakeStore
from tests.integration.activities.days import Day, run

PRICE = 900_000


class Studio:
    """The activities with their whole outside world."""

    def __init__(
        self,
        db: Database,
        content: bytes = b"",
        folder: Path | None = None,
        provider: FakeProvider | None = None,
    ) -> None:
        self.provider = provider or FakeProvider()
        self.downloader = FakeDownloader(content)
        self.store = FakeStore()
        self.film = FilmActivities(
            providers={"luma": self.provider},
            downloader=self.downloader,
            store=self.store,
            db=db,
            spending=Spending(db),
            poll_seconds=0.01,
            work_dir=folder,
        )


async def rows(db: Database, day: Day) -> list[tuple[str, str, int | None, str | None]]:
    found = await db.pool.rows(
        "SELECT step, state, cost_micros, outcome FROM api_usage_logs WHERE reel_id = $1 "
        "ORDER BY step",
        day.reel,
    )
    return [(row["step"], row["state"], row["cost_micros"], row["outcome"]) for row in found]


async def a_job(studio: Studio, day: Day) -> ClipJob:
    return await run(studio.film.submit_clip, an_order(day.key, day.reel))
