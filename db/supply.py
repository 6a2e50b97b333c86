"""How long the pool lasts for each account, and what is in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db.pool import Pool
from db.slots import Stretch, room
from db.windows import KEPT_APART, SHOWN, Shown, as_shown, stretches
from schemas.supply import PoolStats, Supply

_CAPACITY = """
    SELECT wanted.seconds, coalesce(sum(greatest(floor(floor(clip.usable_seconds)
        / wanted.seconds), 1)) FILTER (WHERE clip.id IS NOT NULL), 0)::bigint AS windows
    FROM (SELECT DISTINCT reel_seconds AS seconds FROM instagram_accounts
            WHERE status = 'active') wanted
        LEFT JOIN gameplay_videos clip ON clip.retired_at IS NULL
    GROUP BY wanted.seconds
"""
_STATS = """
    SELECT
        count(*) FILTER (WHERE raw) AS raw_clips,
        coalesce(sum(seconds) FILTER (WHERE raw), 0) AS raw_seconds,
        count(*) FILTER (WHERE normalised) AS normalised_clips,
        coalesce(sum(seconds) FILTER (WHERE normalised), 0) AS normalised_seconds,
        count(*) FILTER (WHERE retired) AS retired_clips,
        coalesce(sum(seconds) FILTER (WHERE retired), 0) AS retired_seconds
    FROM (SELECT seconds, retired_at IS NOT NULL AS retired,
            retired_at IS NULL AND pool_key IS NULL AS raw,
            retired_at IS NULL AND pool_key IS NOT NULL AS normalised
        FROM gameplay_videos) clip
"""
_ORIGINALS = """
    SELECT count(*) FILTER (WHERE licence = '' AND EXISTS (
            SELECT FROM gameplay_videos clip
            WHERE clip.source_id = source.id AND clip.retired_at IS NULL)) AS unlicensed,
        count(*) FILTER (WHERE cut_at IS NULL) AS uncut
    FROM gameplay_sources source
"""
_TAKEN = """
    SELECT count(*) FILTER (WHERE given_back_at IS NULL) AS windows,
        count(*) FILTER (WHERE given_back_at IS NULL AND repeated) AS repeated,
        count(*) FILTER (WHERE given_back_at IS NOT NULL) AS given_back
    FROM gameplay_windows WHERE taken_at > now() - $1::interval
"""


@dataclass(frozen=True)
class PoolSupply:
    """Questions about the whole pool; they read all of it, and no step of a day asks them."""

    pool: Pool

    async def left(self) -> tuple[Supply, ...]:
        """What each active account still has, the one that is dry first at the front."""
        accounts = await self.pool.rows(
            "SELECT id, reel_seconds FROM instagram_accounts WHERE status = 'active' ORDER BY id"
        )
        windows = {row["seconds"]: row["windows"] for row in await self.pool.rows(_CAPACITY)}
        now = datetime.now(UTC)
        found = []
        for account in accounts:
            rows = await self.pool.rows(SHOWN, account["id"], KEPT_APART)
            shown = [as_shown(row) for row in rows]
            wanted = account["reel_seconds"]
            free = windows[wanted] - _used(shown, wanted)
            found.append(
                Supply(account=account["id"], free=free, days=days_left(free, _ages(shown, now)))
            )
        return tuple(sorted(found, key=lambda one: (one.days is None, one.days, one.account)))

    async def stats(self) -> PoolStats:
        """What is in the pool."""
        facts: dict[str, object] = {}
        for sql, arguments in ((_STATS, ()), (_ORIGINALS, ()), (_TAKEN, (KEPT_APART,))):
            row = await self.pool.row(sql, *arguments)
            facts |= dict(row or {})
        return PoolStats.model_validate(facts)


def days_left(free: int, ages: Sequence[int]) -> int | None:
    """Days until an account that takes a window a day finds none, None when it always will.

    `ages` are the days since each window that it holds was taken: it comes free at 90.
    """
    back: defaultdict[int, int] = defaultdict(int)
    for age in ages:
        back[KEPT_APART.days - age] += 1
    left = free
    for day in range(KEPT_APART.days):
        left += back[day]
        if left < 1:
            return day
        left -= 1
    return None


def _used(shown: Sequence[Shown], wanted: int) -> int:
    """How many windows of the pool's whole room are gone."""
    by_clip: Mapping[str, Sequence[Stretch]] = stretches(shown)
    lengths = {one.clip: one.clip_seconds for one in shown}
    return sum(
        room(seconds, (), wanted) - room(seconds, by_clip[clip], wanted)
        for clip, seconds in lengths.items()
    )


def _ages(shown: Sequence[Shown], now: datetime) -> list[int]:
    return [(now - one.taken_at).days for one in shown]
