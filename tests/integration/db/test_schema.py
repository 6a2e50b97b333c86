import re
from enum import StrEnum

import pytest

from db.approval_row import ApprovalStatus
from db.database import Database
from db.digests import DigestState
from db.usage import UsageState
from schemas.account import AccountStatus, Login, Role, Silence
from schemas.day import Outcome, Stage
from schemas.decision import Verdict
from schemas.notice import CardState
from schemas.recut import Repair
from schemas.reel import Letter

TABLES = {
    *("instagram_accounts", "generated_reels", "gameplay_videos", "approval_queue"),
    *("api_usage_logs", "performance_metrics", "error_logs"),
    *("decision_log", "door_events", "daily_runs", "story_versions", "trends"),
    *("gameplay_sources", "gameplay_windows", "music_tracks", "secret_fingerprints"),
    *("connection_uses", "containers", "recuts", "people", "approvals_given"),
    *("review_cards", "digests"),
    *("trust_weighings", "trust_recalls"),
    *("sign_in_links", "sessions", "api_tokens", "door_counts"),
    "alembic_version",
}


async def test_the_source_documents_tables_and_ours_are_there(db: Database) -> None:
    rows = await db.pool.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    assert {row["table_name"] for row in rows} == TABLES


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("instagram_accounts", "status", AccountStatus),
        ("instagram_accounts", "silence", Silence),
        ("instagram_accounts", "login", Login),
        ("generated_reels", "stage", Stage),
        ("generated_reels", "outcome", Outcome),
        ("approval_queue", "status", ApprovalStatus),
        ("approval_queue", "variant", Letter),
        ("generated_reels", "variant", Letter),
        ("decision_log", "verdict", Verdict),
        ("recuts", "repair", Repair),
        ("people", "role", Role),
        ("review_cards", "state", CardState),
        ("digests", "state", DigestState),
        ("api_usage_logs", "state", UsageState),
    ],
)
async def test_the_schema_knows_the_same_words_as_the_models(
    db: Database, table: str, column: str, words: type[StrEnum]
) -> None:
    rows = await db.pool.rows(
        "SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint "
        "WHERE conrelid = $1::text::regclass AND conname = $2",
        table,
        f"{table}_{column}_check",
    )
    assert set(re.findall(r"'([^']+)'::text", rows[0]["rule"])) == {word.value for word in words}


async def test_every_time_has_a_zone_and_all_money_is_whole(db: Database) -> None:
    rows = await db.pool.rows(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    types = {(row["column_name"], row["data_type"]) for row in rows}
    assert {kind for name, kind in types if name.endswith("_micros")} == {"bigint"}
    assert {kind for _, kind in types if kind.startswith("timestamp")} == {
        "timestamp with time zone"
    }
