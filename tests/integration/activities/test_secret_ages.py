from datetime import timedelta
from pathlib import Path

from activities.secret_ages import CHANGE_AFTER_DAYS, SecretActivities, fingerprint
from db.database import Database
from runtime.settings import WorkerSettings, is_secret, load
from schemas.housekeeping import HousekeepingInput
from tests.factories import DECISION_KEY, NOW
from tests.fakes import FakeChannel
from tests.integration.activities.days import run
from tests.integration.door import write_secret
from worker import fingerprints

START = HousekeepingInput()


async def reminded(db: Database, secret: str, day: int, name: str) -> tuple[list[str], str]:
    """Who is named on a day, and what is said."""
    channel = FakeChannel()
    found = {name: fingerprint(DECISION_KEY, secret)}
    now = NOW + timedelta(days=day)
    told = await run(SecretActivities(db, (channel,), found, lambda: now).remind_of_secrets, START)
    return list(told.names), "".join(text for _, text in channel.told)


def test_every_secret_of_the_worker_is_watched() -> None:
    fields = WorkerSettings.model_fields.items()
    secrets = {name.upper() for name, info in fields if is_secret(info)}
    # A key's id is no secret without the key, and the keys that seal tokens are files.
    assert secrets - {"S3_ACCESS_KEY_ID"} | {"TOKEN_KEYS_DIR"} == set(CHANGE_AFTER_DAYS)


def test_what_is_given_is_told_apart_by_what_is_secret_in_it(tmp_path: Path) -> None:
    for name in ("1", "2"):
        write_secret(tmp_path / name, name * 64)
    given = {
        "ANTHROPIC_API_KEY": "sk-1",
        "DATABASE_URL": "postgresql://reels:canary@one.example/reels",
        "DECISION_KEY": DECISION_KEY.hex(),
        "TOKEN_KEYS_DIR": str(tmp_path),
        "FAL_KEY": "fal-1",
        "S3_BUCKET": "reels",
        "S3_ACCESS_KEY_ID": "id",
        "S3_SECRET_ACCESS_KEY": "s3",
        "PUBLIC_BASE_URL": "https://reels.example",
        "TEMPORAL_ADDRESS": "127.0.0.1:7233",
        "WORK_DIR": str(tmp_path),
    }
    first = fingerprints(load(WorkerSettings, given))
    moved = given | {"DATABASE_URL": "postgresql://reels:canary@two.example/reels"}
    other = given | {"DATABASE_URL": "postgresql://reels:other@one.example/reels"}

    needed = {"ANTHROPIC_API_KEY", "FAL_KEY", "S3_SECRET_ACCESS_KEY", "DATABASE_URL"}
    assert set(first) == needed | {"DECISION_KEY", "TOKEN_KEYS_DIR"}
    assert first["TOKEN_KEYS_DIR"] == fingerprint(DECISION_KEY, "22" * 32)
    assert fingerprints(load(WorkerSettings, moved)) == first
    assert fingerprints(load(WorkerSettings, other))["DATABASE_URL"] != first["DATABASE_URL"]


async def test_claudes_key_is_to_be_changed_after_ninety_days(db: Database) -> None:
    name = "ANTHROPIC_API_KEY"
    days = [day for day in range(0, 150, 1) if (await reminded(db, "sk-1", day, name))[0]]
    assert days == [90, 120]


async def test_the_others_are_to_be_changed_after_a_year(db: Database) -> None:
    assert await reminded(db, "fal-1", 0, "FAL_KEY") == ([], "")
    assert await reminded(db, "fal-1", 364, "FAL_KEY") == ([], "")
    names, text = await reminded(db, "fal-1", 365, "FAL_KEY")
    assert names == ["FAL_KEY"]
    assert text == "FAL_KEY: in use for 365 days, to be changed after 365"


async def test_a_new_secret_is_young_and_one_that_comes_back_is_not(db: Database) -> None:
    name = "LUMA_AGENTS_API_KEY"
    for secret, day in (("old", 0), ("new", 300), ("new", 400)):
        assert (await reminded(db, secret, day, name))[0] == []
    assert (await reminded(db, "old", 401, name))[0] == [name]


async def test_no_secret_is_stored_nor_one_that_could_be_guessed_from_it(db: Database) -> None:
    await reminded(db, "canary", 0, "RUNWAYML_API_SECRET")
    rows = await db.pool.rows("SELECT secret_fingerprints::text AS row FROM secret_fingerprints")
    text = "".join(row["row"] for row in rows)
    assert fingerprint(DECISION_KEY, "canary") in text
    assert "canary" not in text
    assert fingerprint(bytes(32), "canary") != fingerprint(DECISION_KEY, "canary")
