"""Two hundred days with faults, and two books about the money that must tell the same."""

import asyncio
import random
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest

from activities.breaker import Breakers
from activities.film import FilmActivities
from activities.orders import OrderActivities
from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import Claude
from clients.download import Downloader
from clients.video import VideoProvider
from clients.video.luma import Luma
from clients.video.pika import Pika
from clients.video.runway import Runway
from clients.video.terms import read_terms
from db.database import Database
from schemas.account import Account
from tests.factories import DAY, an_account
from tests.fakes import FakeStore
from tests.integration.activities.mixed import Company
from tests.integration.simulators.outside import Outside
from tests.looking_once import look_once

DAYS = 50
SEED = 20261123
ORDERS = [
    ("luma", "runway", "pika"),
    ("runway", "pika", "luma"),
    ("pika", "luma", "runway"),
    ("luma", "pika"),
]
"""The providers of each account."""

Line = dict[str, Any]
Key = tuple[str, str]
"""A service and its own name for a call."""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """Simulators that hand out one clip, so that no time goes into making others."""
    clip = tmp_path / "clip.mp4"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"),
            *("-i", "testsrc2=size=320x320:rate=24:duration=2", "-pix_fmt", "yuv420p", str(clip)),
        ],
        check=True,
    )
    outside = Outside(tmp_path, "--top-clip", str(clip))
    outside.start()
    yield outside
    assert outside.end() == 0


@pytest.fixture
async def company(
    db: Database, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Company]:
    look_once(monkeypatch, tmp_path)
    url, terms = outside.url, read_terms()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))
        claude = Claude("sk-ant-test", f"{url}/anthropic", "claude-sonnet-5-5")
        critic = Claude("sk-ant-test", f"{url}/anthropic", "claude-haiku-5-5")
        luma = Luma("luma-api-test", f"{url}/luma/v1", "ray-3.2", "720p", terms.luma)
        runway = Runway("runway-test", f"{url}/runway", "gen4.5", terms.runway)
        listed_at_once = terms.pika.model_copy(update={"list_lag_seconds": 0})
        pika = Pika("fal-test", f"{url}/fal", f"{url}/fal/v1", "720p", listed_at_once)
        downloader = Downloader(url)
        for client in (claude, critic, luma, runway, pika, downloader):
            stack.push_async_callback(client.aclose)
        films: dict[str, VideoProvider] = {"luma": luma, "runway": runway, "pika": pika}
        limits = {name: film.capabilities.prompt_limit for name, film in films.items()}
        spending = Spending(db)
        yield Company(
            db=db,
            http=http,
            writing=WritingActivities(claude, db, spending, critic, limits),
            film=FilmActivities(
                films,
                downloader,
                FakeStore(),
                db,
                spending,
                poll_seconds=0.01,
                work_dir=tmp_path,
                breakers=Breakers(lambda _provider, _is_open: None, failures=10_000),
            ),
            orders=OrderActivities(films, db, poll_seconds=0.05),
            dice=random.Random(SEED),  # noqa: S311 - the same dice for every run
        )


async def the_days_of(company: Company, account: Account) -> Counter[str]:
    await company.db.accounts.add(account, None)
    return Counter(
        [await company.live(account, DAY + timedelta(days=number)) for number in range(DAYS)]
    )


@pytest.mark.timeout(400)  # 50 s on two idle cores
async def test_the_ledger_of_costs_equals_the_bill(company: Company, outside: Outside) -> None:
    accounts = [
        an_account(video_providers=providers, reel_seconds=20 if number == 0 else 10)
        for number, providers in enumerate(ORDERS)
    ]

    ends = sum(await asyncio.gather(*(the_days_of(company, one) for one in accounts)), Counter())

    assert ends.total() == 200
    assert ends["filmed"] >= 100, ends
    rows = [dict(row) for row in await company.db.pool.rows("SELECT * FROM api_usage_logs")]
    book = {key: row for row in rows if (key := key_of_row(row))}
    lines = {key_of_line(line): line for line in outside.bill()["lines"]}
    settled = {key for key, row in book.items() if row["state"] == "settled"}
    assert {key: book[key]["cost_micros"] for key in settled} == {
        key: lines[key]["micros"] for key in settled
    }
    others = {key: lines[key] for key in lines.keys() - settled}
    assert set(named(rows, book, others, outside)) == {"reserved", "unknown"}
    assert {key[0] for key in settled} == {"claude", "luma", "runway", "pika"}


def named(
    rows: list[Line], book: dict[Key, Line], others: dict[Key, Line], outside: Outside
) -> Counter[str]:
    """What is billed and not settled: each line is a reserved or unknown row, counted in full."""
    found: Counter[str] = Counter()
    lost: dict[str, list[int]] = {}
    for key, line in others.items():
        if key in book:
            assert book[key]["state"] == "submitted"
            assert book[key]["estimated_micros"] >= line["micros"]
            found["reserved"] += 1
        else:
            lost.setdefault(key[0], []).append(line["micros"])
    for service, amounts in lost.items():
        unanswered = [
            row["estimated_micros"]
            for row in rows
            if row["service"] == service
            and row["job_id"] is None
            and row["state"] in {"reserved", "unknown"}
        ]
        pairs = zip(sorted(unanswered, reverse=True), sorted(amounts, reverse=True), strict=False)
        assert len(unanswered) >= len(amounts), service
        assert all(counted >= billed for counted, billed in pairs), service
        found["unknown"] += len(amounts)
    faults = {entry["seq"]: entry["fault"] for entry in outside.ledger()}
    assert all(faults[line["seq"]] for key, line in others.items() if key not in book)
    return found


def key_of_row(row: Line) -> Key | None:
    """The name under which the service knows the call."""
    name: str | None = row["request_id"] if row["service"] == "claude" else row["job_id"]
    return (row["service"], name.rpartition("/")[2]) if name else None


def key_of_line(line: Line) -> Key:
    service = {"anthropic": "claude", "fal": "pika"}.get(line["service"], str(line["service"]))
    return service, str(line["ids"]["request" if service == "claude" else "job"])
