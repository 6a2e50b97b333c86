from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.cipher import TokenCipher
from db.database import Database, open_database
from schemas.account import Account
from tests.conftest import StoreAccess
from tests.factories import an_account
from tests.integration.door import AdminDoor, admin_door, typed, write_secret

CIPHER = TokenCipher({"1": bytes.fromhex("ab" * 32)}, "1")
PUBLISH = "instagram_business_content_publish"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def admin(
    database_url: str, object_store: StoreAccess, tmp_path: Path, simulators_url: str
) -> AdminDoor:
    door = admin_door(database_url, object_store, tmp_path)
    return door.with_settings(INSTAGRAM_BASE_URL=f"{simulators_url}/instagram")


@pytest.fixture
async def account(db: Database) -> Account:
    account = an_account(platform_user_id=f"1784140{an_account().id[8:]:0>10}")
    await db.accounts.add(account, CIPHER.seal(account.id, "IGAAold"))
    return account


def token_of(account: Account) -> str:
    """The simulator takes any token, for the user that its text names."""
    return f"IGAAcanary-{account.platform_user_id}"


async def stored(db: Database, account: Account) -> str:
    sealed = await db.accounts.sealed_token(account.id)
    assert sealed is not None
    return CIPHER.open(account.id, sealed)


async def test_a_good_token_is_checked_and_stored_with_what_is_known_of_it(
    admin: AdminDoor, db: Database, account: Account, tmp_path: Path
) -> None:
    file = write_secret(tmp_path / "token", token_of(account))
    ended = await admin("token", "set", account.id, "--file", file)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"{account.id} has a new token: checked, at most 59 days\n"
    assert await stored(db, account) == token_of(account)
    row = await db.pool.row("SELECT * FROM instagram_accounts WHERE id = $1", account.id)
    assert row is not None
    assert PUBLISH in row["token_scopes"]
    assert row["token_issued_at"] is None
    assert row["token_checked_at"] > datetime.now(UTC) - timedelta(minutes=5)


async def test_another_accounts_token_is_refused_and_the_old_one_stays(
    admin: AdminDoor, db: Database, account: Account, tmp_path: Path
) -> None:
    file = write_secret(tmp_path / "token", "IGAAcanary-17849999999999999")
    ended = await admin("token", "set", account.id, "--file", file)

    assert ended.code == 2
    assert f"(17849999999999999), and the account is {account.platform_user_id}" in ended.err
    assert "canary" not in ended.out + ended.err
    assert await stored(db, account) == "IGAAold"


async def test_in_an_outage_a_token_is_stored_only_when_that_is_asked_for(
    admin: AdminDoor, db: Database, account: Account, tmp_path: Path, dead_port: int
) -> None:
    away = admin.with_settings(INSTAGRAM_BASE_URL=f"http://127.0.0.1:{dead_port}")
    words = ("token", "set", account.id, "--file", write_secret(tmp_path / "t", token_of(account)))
    refused = await away(*words)
    assert refused.code == 3
    assert "--unchecked" in refused.err
    assert await stored(db, account) == "IGAAold"

    taken = await away(*words, "--unchecked")

    assert taken.code == 0
    assert "NOT CHECKED" in taken.out
    assert await stored(db, account) == token_of(account)
    assert "canary" not in refused.err + taken.out + taken.err


async def test_a_paused_account_says_what_comes_next(
    admin: AdminDoor, db: Database, account: Account, tmp_path: Path
) -> None:
    await db.accounts.pause(account.id, "the token was withdrawn")
    file = write_secret(tmp_path / "token", token_of(account))
    ended = await admin("token", "set", account.id, "--file", file)
    assert f"next: admin.py account resume {account.id}" in ended.out


async def test_a_new_account_is_added_only_with_a_token_that_is_its_own(
    admin: AdminDoor, db: Database, tmp_path: Path
) -> None:
    user = "17841400000077777"
    words = ("account", "add", "brandnew", "--handle", "x", "--platform-user-id", user)
    options = ("--theme", "robots", "--token-file")
    wrong = write_secret(tmp_path / "wrong", "IGAAcanary-17849999999999999")
    refused = await admin(*words, *options, wrong)
    assert refused.code == 2
    assert "--token-file: instagram: the token is of" in refused.err
    assert await db.accounts.get("brandnew") is None

    right = write_secret(tmp_path / "right", f"IGAAcanary-{user}")
    added = await admin(*words, *options, right)
    assert added.code == 0
    assert "its token: checked" in added.out


async def test_in_a_terminal_the_token_is_asked_for_and_not_echoed(
    admin: AdminDoor, db: Database, account: Account
) -> None:
    code, shown = await typed(admin, "token", "set", account.id, token=token_of(account))
    assert code == 0
    assert "canary" not in shown
    assert await stored(db, account) == token_of(account)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("token", "set", "nobody"), "there is no account 'nobody'; see: admin.py account list"),
        (("token", "set", "robots", "IGAAcanary"), "unrecognized arguments"),
        (("token", "set", "robots", "--token", "IGAAcanary"), "unrecognized arguments"),
    ],
)
async def test_what_can_not_be_is_refused(
    admin: AdminDoor, words: tuple[str, ...], said: str
) -> None:
    ended = await admin(*words)
    assert ended.code == 2
    assert said in ended.err


async def test_half_of_an_apps_pair_is_refused(admin: AdminDoor) -> None:
    half = admin.with_settings(FACEBOOK_APP_ID="4711", INSTAGRAM_APP_SECRET="canary")
    ended = await half("token", "set", "robots")
    assert ended.code == 2
    assert "FACEBOOK_APP_SECRET is missing: FACEBOOK_APP_ID is set" in ended.err
    assert "INSTAGRAM_APP_SECRET is set without INSTAGRAM_APP_ID" in ended.err
    assert "canary" not in ended.err


async def test_a_prompt_that_is_left_without_a_token_changes_nothing(
    admin: AdminDoor, db: Database, account: Account
) -> None:
    code, shown = await typed(admin, "token", "set", account.id, token="\x04")
    assert code == 2
    assert "none was typed" in shown
    assert "Traceback" not in shown
    assert await stored(db, account) == "IGAAold"
