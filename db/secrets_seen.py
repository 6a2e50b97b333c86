"""How long each secret has been in use, from fingerprints: never the secrets themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.pool import Pool


@dataclass(frozen=True)
class SecretAge:
    """One secret that is in use."""

    name: str
    fingerprint: str
    first_seen_at: datetime
    reminded_at: datetime | None

    def is_due(self, days: int, again: timedelta, now: datetime) -> bool:
        """Whether it is older than that, and nobody was reminded within `again`."""
        if now - self.first_seen_at < timedelta(days=days):
            return False
        return self.reminded_at is None or now - self.reminded_at >= again


@dataclass(frozen=True)
class SecretsSeen:
    """The table `secret_fingerprints`."""

    pool: Pool

    async def saw(self, name: str, fingerprint: str, at: datetime) -> SecretAge:
        """Write down that a secret is in use. Again: since when stays.

        A secret that comes back is as old as it was.
        """
        sql = """
            INSERT INTO secret_fingerprints (name, fingerprint, first_seen_at, last_seen_at)
            VALUES ($1, $2, $3, $3)
            ON CONFLICT (name, fingerprint) DO UPDATE SET
                last_seen_at = greatest(secret_fingerprints.last_seen_at, excluded.last_seen_at)
            RETURNING name, fingerprint, first_seen_at, reminded_at
        """
        row = await self.pool.write(sql, name, fingerprint, at)
        return SecretAge(**dict(row or {}))

    async def reminded(self, age: SecretAge, at: datetime) -> None:
        """Remember that a person was told."""
        sql = """
            UPDATE secret_fingerprints SET reminded_at = $3 WHERE name = $1 AND fingerprint = $2
        """
        await self.pool.write(sql, age.name, age.fingerprint, at)
