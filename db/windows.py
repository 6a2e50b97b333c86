"""The window ledger: which stretch of gameplay each Reel takes.

A pick prefers, in this order: room in a clip that is long enough, room in a shorter one, and,
when the pool is dry for the account, the stretch that it showed longest ago. Among clips it
takes one of those that were used longest ago, at random.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from typing import NamedTuple

import asyncpg

from db.failures import UnknownReel
from db.pool import Connection, Pool
from db.slots import Stretch, draw, room
from schemas.composition import Anchor
from schemas.gameplay import GameplayWindow, PooledClip

KEPT_APART = timedelta(days=90)
"""So long an account shows no second of a clip twice."""

CHOICE = 32
"""The most clips that a pick chooses among, at random."""

CHOICE_SHARE = 4
"""It chooses among a quarter of a small pool: a clip rests while three quarters are used."""

_SOLE = "SELECT pg_advisory_xact_lock(hashtext('gameplay pick'))"
"""One pick at a time: two that look at once would find the same room."""

_IN_THE_POOL = """
    SELECT held.id, held.clip_id, held.start_seconds, held.seconds, held.taken_at,
        clip.usable_seconds
    FROM gameplay_windows held JOIN gameplay_videos clip ON clip.id = held.clip_id
    WHERE clip.retired_at IS NULL
"""
SHOWN = f"""{_IN_THE_POOL}
    AND held.account_id = $1 AND held.given_back_at IS NULL
    AND held.taken_at > now() - $2::interval
"""
"""What an account holds, in clips that are in the pool."""

CANDIDATES = f"""
    SELECT id, usable_seconds, times_used FROM gameplay_videos
    WHERE retired_at IS NULL AND usable_seconds >= $1 AND usable_seconds < $2
        AND id <> ALL ($3::text[])
    ORDER BY last_used_at NULLS FIRST, id LIMIT {CHOICE * CHOICE_SHARE}
"""  # noqa: S608 - two numbers of ours

_WINDOW = """
    SELECT held.id AS window_id, held.start_seconds, held.repeated, clip.*, source.anchor
    FROM gameplay_windows held
        JOIN gameplay_videos clip ON clip.id = held.clip_id
        JOIN gameplay_sources source ON source.id = clip.source_id
    WHERE held.id = $1
"""


class Shown(NamedTuple):
    """A window that an account holds."""

    window: str
    clip: str
    clip_seconds: float
    stretch: Stretch
    taken_at: datetime


class Chosen(NamedTuple):
    """A window to be taken."""

    clip: str
    stretch: Stretch
    repeated: bool = False


def as_shown(row: asyncpg.Record) -> Shown:
    """A row of `SHOWN`."""
    stretch = Stretch(row["start_seconds"], row["seconds"])
    return Shown(row["id"], row["clip_id"], row["usable_seconds"], stretch, row["taken_at"])


@dataclass(frozen=True)
class Windows:
    """The table `gameplay_windows`."""

    pool: Pool

    async def pick(
        self, reel: str, seconds: float, *, instead_of: str | None = None
    ) -> GameplayWindow | None:
        """Take a window as long as a Reel; None when no clip is in the pool.

        A window overlaps none that the account was given in the last 90 days; when there is
        no such room left, it is the stretch that the account showed longest ago, `repeated`.
        The window `instead_of` is given back, and one of another clip is taken where there is
        one. Again for the same Reel: the window that it holds. Raises UnknownReel.
        """
        async with self.pool.transaction() as connection:
            await connection.execute(_SOLE)
            account = await _account_of(connection, reel)
            held = await _held(connection, reel)
            if held is not None and held != instead_of:
                return _as_window(await connection.fetchrow(_WINDOW, held))
            # Read before it is given back: what made no good Reel is not taken at once again.
            shown = await _shown(connection, account, or_window=instead_of)
            if held is not None:
                await _give_back(connection, held)
            chosen = await _choose(connection, shown, seconds, instead_of)
            if chosen is None:
                return None
            window = await _take(connection, chosen, account, reel)
            return _as_window(await connection.fetchrow(_WINDOW, window))

    async def of_reel(self, reel: str) -> GameplayWindow | None:
        """The window that a Reel holds, None when it holds none."""
        sql = "SELECT id FROM gameplay_windows WHERE reel_id = $1 AND given_back_at IS NULL"
        held = await self.pool.row(sql, reel)
        return _as_window(await self.pool.row(_WINDOW, held["id"])) if held else None


async def _account_of(connection: Connection, reel: str) -> str:
    account: str | None = await connection.fetchval(
        "SELECT account_id FROM generated_reels WHERE id = $1 FOR UPDATE", reel
    )
    if account is None:
        raise UnknownReel(f"there is no Reel {reel!r}")
    return account


async def _held(connection: Connection, reel: str) -> str | None:
    held: str | None = await connection.fetchval(
        "SELECT id FROM gameplay_windows WHERE reel_id = $1 AND given_back_at IS NULL", reel
    )
    return held


async def _shown(
    connection: Connection, account: str, *, or_window: str | None
) -> tuple[Shown, ...]:
    """What the account holds in clips that are in the pool."""
    rows = await connection.fetch(SHOWN, account, KEPT_APART)
    if or_window is not None and all(row["id"] != or_window for row in rows):
        rows += await connection.fetch(f"{_IN_THE_POOL} AND held.id = $1", or_window)
    return tuple(as_shown(row) for row in rows)


async def _give_back(connection: Connection, window: str) -> None:
    await connection.execute(
        "UPDATE gameplay_windows SET given_back_at = clock_timestamp() WHERE id = $1", window
    )


async def _choose(
    connection: Connection, shown: Sequence[Shown], wanted: float, instead_of: str | None
) -> Chosen | None:
    by_clip = stretches(shown)
    avoided = next((one.clip for one in shown if one.window == instead_of), None)
    full = {one.clip for one in shown if not room(one.clip_seconds, by_clip[one.clip], wanted)}
    least = float(ceil(wanted))
    for closed in (full | {avoided}, full) if avoided else (full,):
        for shortest, longest in ((least, float("inf")), (0.0, least)):
            names = sorted(name for name in closed if name)
            rows = await connection.fetch(CANDIDATES, shortest, longest, names)
            if rows:
                clip = _one_of_the_freshest(rows)
                return _place(clip["id"], clip["usable_seconds"], by_clip, wanted)
    return _longest_ago(shown, wanted, avoided)


def stretches(shown: Iterable[Shown]) -> Mapping[str, Sequence[Stretch]]:
    """What was shown of each clip."""
    found: defaultdict[str, list[Stretch]] = defaultdict(list)
    for one in shown:
        found[one.clip].append(one.stretch)
    return found


def _one_of_the_freshest(rows: Sequence[asyncpg.Record]) -> asyncpg.Record:
    """At random, among those that were used longest ago and, of these, least often."""
    freshest = rows[: -(-len(rows) // CHOICE_SHARE)]
    least = min(row["times_used"] for row in freshest)
    return secrets.choice([row for row in freshest if row["times_used"] == least])


def _place(
    clip: str, clip_seconds: float, shown: Mapping[str, Sequence[Stretch]], wanted: float
) -> Chosen | None:
    start = draw(clip_seconds, shown.get(clip, ()), wanted)
    if start is None:
        return None
    return Chosen(clip, Stretch(start, min(wanted, clip_seconds - start)))


def _longest_ago(shown: Sequence[Shown], wanted: float, avoided: str | None) -> Chosen | None:
    """The stretch whose newest showing is the oldest; of the avoided clip only as the last."""

    def newest(one: Shown) -> datetime:
        return max(
            other.taken_at
            for other in shown
            if other.clip == one.clip and other.stretch.overlaps(one.stretch)
        )

    if not shown:
        return None
    oldest = min(shown, key=lambda one: (one.clip == avoided, newest(one), one.window))
    start = max(min(oldest.stretch.start, floor(oldest.clip_seconds - wanted)), 0.0)
    length = min(wanted, oldest.clip_seconds - start)
    return Chosen(oldest.clip, Stretch(start, length), repeated=True)


async def _take(connection: Connection, chosen: Chosen, account: str, reel: str) -> str:
    await connection.execute(
        """
        UPDATE gameplay_videos SET times_used = times_used + 1, last_used_at = clock_timestamp()
        WHERE id = $1
        """,
        chosen.clip,
    )
    window: str = await connection.fetchval(
        """
        INSERT INTO gameplay_windows (clip_id, account_id, reel_id, start_seconds, seconds,
            repeated, taken_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) RETURNING id
        """,
        chosen.clip,
        account,
        reel,
        chosen.stretch.start,
        chosen.stretch.seconds,
        chosen.repeated,
    )
    return window


def _as_window(row: asyncpg.Record | None) -> GameplayWindow | None:
    if row is None:
        return None
    return GameplayWindow(
        id=row["window_id"],
        clip=row["id"],
        object_key=row["object_key"],
        start_seconds=row["start_seconds"],
        clip_seconds=row["seconds"],
        title=row["title"],
        pool=_pooled(row) if row["pool_key"] else None,
        repeated=row["repeated"],
        anchor=Anchor(row["anchor"]),
    )


def _pooled(row: asyncpg.Record) -> PooledClip:
    return PooledClip(
        object_key=row["pool_key"],
        sha256=row["pool_sha256"],
        bytes=row["pool_bytes"],
        seconds=row["pool_seconds"],
    )
