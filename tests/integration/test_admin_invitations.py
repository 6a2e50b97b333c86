from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from db.database import Database, open_database
from tests.conftest import StoreAccess
from tests.integration.door import AdminDoor, admin_door


@pytest.fixture(scope="module")
def admin(
    database_url: str, object_store: StoreAccess, tmp_path_factory: pytest.TempPathFactory
) -> AdminDoor:
    door = admin_door(database_url, object_store, tmp_path_factory.mktemp("admin"))
    return door.with_settings(PUBLIC_BASE_URL="https://reels.example")


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


async def test_a_printed_link_signs_its_person_in(admin: AdminDoor, db: Database) -> None:
    await admin("person", "add", "ann")
    printed = await admin("person", "link", "Ann")
    url, _, key = printed.out.splitlines()[0].partition("?key=")
    assert url == "https://reels.example/sign-in/link"
    now = datetime.now(UTC)
    session = await db.sign_ins.begin(key, now)
    assert session is not None
    assert await db.sign_ins.person_of(session, now, active=False) == "ann"


async def test_a_token_is_printed_and_revoked(admin: AdminDoor, db: Database) -> None:
    await admin("person", "add", "bob")
    token = (await admin("person", "token", "bob", "--label", "nightly")).out.strip()
    assert await db.sign_ins.person_of_token(token) == "bob"
    assert (await admin("person", "token", "bob", "--revoke")).out == "revoked 1 of bob\n"
    assert await db.sign_ins.person_of_token(token) is None


async def test_nobody_unknown_is_let_in(admin: AdminDoor) -> None:
    for word in ("link", "token"):
        ended = await admin("person", word, "nobody")
        assert (ended.code, ended.out) == (2, "")
        assert "there is nobody 'nobody'" in ended.err
