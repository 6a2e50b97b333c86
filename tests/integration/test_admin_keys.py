import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from db.cipher import TokenCipher
from db.database import Database, open_database
from db.rotation import Rotation
from tests.commands import begin
from tests.conftest import StoreAccess
from tests.factories import an_account
from tests.integration.door import AdminDoor, admin_door, write_secret
from tests.waiting import until

OLD, NEW = bytes.fromhex("ab" * 32), bytes.fromhex("cd" * 32)
BEFORE = TokenCipher({"1": OLD}, "1")
AFTER = TokenCipher({"2": NEW}, "2")


@pytest.fixture
def admin(database_url: str, object_store: StoreAccess, tmp_path: Path) -> AdminDoor:
    door = admin_door(database_url, object_store, tmp_path)
    write_secret(tmp_path / "token-keys" / "2", NEW.hex())
    return door


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database
        await database.pool.write("TRUNCATE instagram_accounts CASCADE")


async def accounts(db: Database, count: int) -> list[str]:
    made = [an_account(id=f"robot-{number}") for number in range(count)]
    for account in made:
        await db.accounts.add(account, BEFORE.seal(account.id, f"IGAAcanary{account.id}"))
    return [account.id for account in made]


async def test_keys_are_rotated_in_batches_and_the_old_one_is_free_to_go(
    admin: AdminDoor, db: Database
) -> None:
    await accounts(db, 5)
    before = await admin("keys", "rotate", "--check")
    ended = await admin("keys", "rotate", "--batch", "2")
    Path(admin.environ["TOKEN_KEYS_DIR"], "1").unlink()
    checked = await admin("keys", "rotate", "--check")

    assert before.code == 1
    assert before.out.splitlines()[0] == "0 of 5 tokens open with key '2'"
    assert "ig_token of 'robot-3' is still under key '1'" in before.out
    assert ended.code == 0
    assert ended.out.splitlines() == [
        *("2 of 5", "4 of 5", "5 of 5"),
        "sealed 5 tokens with key '2'",
    ]
    assert (checked.code, checked.out) == (0, "5 of 5 tokens open with key '2'\n")
    assert "canary" not in before.out + ended.out + checked.out


async def test_a_token_whose_key_is_gone_is_named_with_the_key(
    admin: AdminDoor, db: Database
) -> None:
    await accounts(db, 2)
    Path(admin.environ["TOKEN_KEYS_DIR"], "1").unlink()
    for words in (("--check",), ()):
        ended = await admin("keys", "rotate", *words)
        assert ended.code == 1
        assert "the token of 'robot-1' was sealed with the key '1'" in ended.out
    assert len(await Rotation(db.tokens, BEFORE).check()) == 0


async def test_a_rotation_that_is_killed_half_way_is_gone_on_with(
    admin: AdminDoor, db: Database, database_url: str
) -> None:
    await accounts(db, 6)

    async def sealed_anew() -> int:
        return 6 - len(await db.tokens.not_sealed_as(AFTER.mark, None, None))

    async def three() -> bool:
        return await sealed_anew() == 3

    somebody = await asyncpg.connect(database_url)
    async with somebody.transaction():
        # The fourth row is theirs, so that the run stands still in the middle.
        await somebody.execute("SELECT 1 FROM instagram_accounts WHERE id = 'robot-3' FOR UPDATE")
        running = await asyncio.to_thread(
            begin, "admin.py", "keys", "rotate", "--batch", "1", environ=admin.environ
        )
        await until(three, "three tokens are not sealed anew")
        running.process.kill()
        killed = await asyncio.to_thread(running.ended)
    await somebody.close()
    assert killed.code == -9
    assert await sealed_anew() == 3

    again = await admin("keys", "rotate", "--batch", "1")

    assert again.out.splitlines()[-2:] == ["3 of 3", "sealed 3 tokens with key '2'"]
    tokens = {one.account: AFTER.open(one.account, one.sealed) for one in await db.tokens.all()}
    assert tokens == {f"robot-{number}": f"IGAAcanaryrobot-{number}" for number in range(6)}


@pytest.mark.parametrize("batch", ["0", "many", "-1"])
async def test_a_batch_that_is_no_number_is_refused(admin: AdminDoor, batch: str) -> None:
    ended = await admin("keys", "rotate", f"--batch={batch}")
    assert ended.code == 2
    assert "is not a number from 1 to 10000" in ended.err
