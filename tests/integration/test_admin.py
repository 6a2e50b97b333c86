import asyncio
import re
import sys
from collections.abc import AsyncIterator
from secrets import token_hex

import asyncpg
import pytest

from db.migrate import current, head
from tests.commands import ROOT
from tests.conftest import StoreAccess, beside
from tests.integration.door import AdminDoor, admin_door

SLOW = {"asyncpg", "temporalio", "aioboto3", "anthropic", "av", "rich", "sqlalchemy", "pydantic"}


@pytest.fixture(scope="module")
def admin(
    database_url: str, object_store: StoreAccess, tmp_path_factory: pytest.TempPathFactory
) -> AdminDoor:
    return admin_door(database_url, object_store, tmp_path_factory.mktemp("admin"))


@pytest.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    name = f"empty_{token_hex(6)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield beside(postgres_url, name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_help_waits_for_no_driver() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "admin.py", "account", "add", "--help"),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    imported = set(re.findall(r"\| +([\w.]+)$", told.decode(), re.MULTILINE))
    assert process.returncode == 0
    assert "argparse" in imported
    assert not SLOW & imported


async def test_no_command_is_code_2(admin: AdminDoor) -> None:
    assert (await admin()).code == 2
    assert (await admin("account")).code == 2
    assert (await admin("dance")).code == 2


async def test_every_missing_setting_is_named_at_once(admin: AdminDoor) -> None:
    bare = admin.without(*(name for name in admin.environ if name not in {"PATH", "HOME"}))
    ended = await bare("gameplay", "import", "somewhere")
    assert ended.code == 2
    for name in ("DATABASE_URL", "TOKEN_KEYS_DIR", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
        assert f"{name} is missing" in ended.err


@pytest.mark.parametrize("words", [("migrate",), ("account", "list"), ("gameplay", "list")])
async def test_a_database_that_is_down_is_named_without_its_password(
    admin: AdminDoor, dead_port: int, words: tuple[str, ...]
) -> None:
    place = f"127.0.0.1:{dead_port}"
    ended = await admin.with_settings(DATABASE_URL=f"postgresql://u:hush@{place}/reels")(*words)
    assert ended.code == 3
    assert place in ended.err
    assert "hush" not in ended.err
    assert "Traceback" not in ended.err


async def test_a_database_that_was_not_migrated_says_what_to_run(
    admin: AdminDoor, empty_url: str
) -> None:
    ended = await admin.with_settings(DATABASE_URL=empty_url)("account", "list")
    assert ended.code == 2
    assert "admin.py migrate" in ended.err


async def test_migrating_twice_changes_nothing_the_second_time(
    admin: AdminDoor, empty_url: str
) -> None:
    # The migration job of a deployment is given the database's address and nothing else.
    bare = admin.with_settings(DATABASE_URL=empty_url).without("TOKEN_KEYS_DIR", "S3_ENDPOINT_URL")
    bare = bare.without("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "WORK_DIR")
    first = await bare("migrate")
    assert (first.code, first.out) == (0, f"migrated from nothing to {head()}\n")
    again = await bare("migrate")
    assert (again.code, again.out) == (0, f"already at {head()}\n")
    assert await current(empty_url) == head()


async def test_an_empty_installation_says_how_to_go_on(admin: AdminDoor) -> None:
    accounts, clips = await admin("account", "list"), await admin("gameplay", "list")
    assert "admin.py account add" in accounts.out
    assert "admin.py gameplay import" in clips.out
