"""How the daily runs went."""

from dataclasses import dataclass

from db.pool import Pool
from schemas.daily_run import RunSummary


@dataclass(frozen=True)
class Runs:
    """The table `daily_runs`."""

    pool: Pool

    async def save(self, summary: RunSummary) -> None:
        """Keep a run's summary. Again with the same run id: the newer one is kept."""
        sql = """
            INSERT INTO daily_runs (run_id, start_time, zone, day, started_at, ended_at, accounts)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (run_id) DO UPDATE SET ended_at = excluded.ended_at,
                accounts = excluded.accounts, saved_at = now()
        """
        await self.pool.write(
            sql,
            summary.run_id,
            summary.run.start_time,
            summary.run.zone,
            summary.day,
            summary.started_at,
            summary.ended_at,
            [account.model_dump(mode="json") for account in summary.accounts],
        )
