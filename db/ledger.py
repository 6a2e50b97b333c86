"""What an account did on the platform lately: our side of its quotas."""

from dataclasses import dataclass
from datetime import datetime

from db.pool import Pool
from schemas.account import AccountId


@dataclass(frozen=True)
class Ledger:
    """The posts in `generated_reels`, and the table `containers`."""

    pool: Pool

    async def posts(self, account: AccountId, since: datetime, limit: int) -> tuple[datetime, ...]:
        """When the account's posts after `since` went out, newest first, `limit` at most."""
        sql = """
            SELECT published_at AS at FROM generated_reels
            WHERE account_id = $1 AND published_at > $2
            ORDER BY published_at DESC LIMIT $3
        """
        return tuple(row["at"] for row in await self.pool.rows(sql, account, since, limit))

    async def containers(
        self, account: AccountId, since: datetime, limit: int
    ) -> tuple[datetime, ...]:
        """When the account's containers after `since` were made, newest first, `limit` at most."""
        sql = """
            SELECT made_at AS at FROM containers
            WHERE account_id = $1 AND made_at > $2
            ORDER BY made_at DESC LIMIT $3
        """
        return tuple(row["at"] for row in await self.pool.rows(sql, account, since, limit))
