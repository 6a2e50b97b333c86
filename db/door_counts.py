"""How often somebody did something lately: limits that hold for all web processes together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from db.pool import Pool

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many times in each stretch of so long."""

    times: int
    stretch: timedelta


@dataclass(frozen=True)
class DoorCounts:
    """The table `door_counts`."""

    pool: Pool

    async def allows(self, what: str, limit: Limit, now: datetime) -> bool:
        """Count once more; False from the time on that is one too many.

        Whoever comes at once is counted one by one. What is older than a day is dropped.
        """
        stretch = int(limit.stretch.total_seconds())
        since = datetime.fromtimestamp(now.timestamp() // stretch * stretch, UTC)
        sql = """
            WITH dropped AS (DELETE FROM door_counts WHERE (subject, since) IN (
                SELECT subject, since FROM door_counts WHERE since < $3
                LIMIT 100 FOR UPDATE SKIP LOCKED))
            INSERT INTO door_counts AS counted (subject, since) VALUES ($1, $2)
            ON CONFLICT (subject, since) DO UPDATE SET times = counted.times + 1
            RETURNING times
        """
        subject = sha256(what.encode("utf-8", "replace")).digest()
        row = await self.pool.write(sql, subject, since, now - KEPT)
        return row is not None and row["times"] <= limit.times
