from collections.abc import AsyncIterator

import pytest

from db.database import Database, open_database
from schemas.account import Role
from tests.conftest import StoreAccess
from tests.integration.door import AdminDoor, admin_door


@pytest.fixture(scope="module")
def admin(
    database_url: str, object_store: StoreAccess, tmp_path_factory: pytest.TempPathFactory
) -> AdminDoor:
    return admin_door(database_url, object_store, tmp_path_factory.mktemp("admin"))


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


async def test_a_person_is_added_changed_and_shown(admin: AdminDoor, db: Database) -> None:
    added = await admin("person", "add", "Ann", "--email", "Ann@Example.com", "--slack", "U0ANN")
    changed = await admin("person", "add", "ann", "--role", "admin", "--discord", "123456")
    shown = await admin("person", "list")
    ann = await db.people.get("ANN")

    assert (added.code, added.out) == (0, "added ann, reviewer\n")
    assert (changed.code, changed.out) == (0, "changed ann, admin\n")
    assert ann is not None
    assert (ann.id, ann.email, ann.role) == ("ann", "ann@example.com", Role.ADMIN)
    assert ann.decides
    assert "U0ANN" in shown.out
    for found in (
        await db.people.by_email("ANN@example.com"),
        await db.people.by_slack("U0ANN"),
        await db.people.by_discord("123456"),
    ):
        assert found == ann


async def test_who_is_disabled_is_known_at_no_door_and_stays_on_record(
    admin: AdminDoor, db: Database
) -> None:
    await admin("person", "add", "bob", "--email", "bob@example.com", "--role", "reviewer")
    ended = await admin("person", "disable", "Bob")
    bob = await db.people.get("bob")

    assert (ended.code, ended.out) == (0, "disabled bob\n")
    assert await db.people.by_email("bob@example.com") is None
    assert bob is not None
    assert not bob.decides
    assert (await admin("person", "disable", "nobody")).code == 2
    await admin("person", "add", "bob")
    assert await db.people.by_email("bob@example.com") is not None


async def test_the_policy_s_name_is_nobody_s(admin: AdminDoor, db: Database) -> None:
    ended = await admin("person", "add", "Auto-Approval")
    assert ended.code == 2
    assert "NAME: 'Auto-Approval' is whose name automatic approvals carry" in ended.err
    assert await db.people.get("auto-approval") is None


async def test_a_viewer_decides_nothing(admin: AdminDoor, db: Database) -> None:
    await admin("person", "add", "eve", "--role", "viewer")
    eve = await db.people.get("eve")
    assert eve is not None
    assert not eve.decides


async def test_an_address_belongs_to_one_person(admin: AdminDoor) -> None:
    await admin("person", "add", "carol", "--email", "carol@example.com")
    ended = await admin("person", "add", "carl", "--email", "CAROL@example.com")
    assert ended.code == 2
    assert "another person has this email" in ended.err


async def test_everything_wrong_with_a_person_is_said_at_once(
    admin: AdminDoor, db: Database
) -> None:
    before = await db.people.all()
    ended = await admin(
        *("person", "add", " ", "--email", "nobody", "--slack", "ann", "--discord", "ann#1")
    )
    assert ended.code == 2
    for option in ("NAME", "--email", "--slack", "--discord"):
        assert f"{option}: " in ended.err
    assert await db.people.all() == before


async def test_when_a_digest_comes_is_set_shown_and_kept(admin: AdminDoor, db: Database) -> None:
    await admin("person", "add", "dora", "--email", "dora@example.com")
    dora = await db.people.get("dora")
    assert dora is not None
    assert (dora.zone, dora.digest_at) == ("UTC", "08:00")
    await admin("person", "add", "dora", "--zone", "Asia/Tokyo", "--digest-at", "06:45")
    await admin("person", "add", "dora", "--role", "admin")
    dora = await db.people.get("dora")
    assert dora is not None
    assert (dora.zone, dora.digest_at) == ("Asia/Tokyo", "06:45")
    assert "06:45 Asia/Tokyo" in (await admin("person", "list")).out
    await admin("person", "add", "dora", "--digest-at", "never")
    dora = await db.people.get("dora")
    assert dora is not None
    assert (dora.zone, dora.digest_at) == ("Asia/Tokyo", None)


async def test_a_time_that_no_look_comes_to_and_a_zone_that_is_none_are_refused(
    admin: AdminDoor, db: Database
) -> None:
    for wrong in ("23:46", "24:00", "8:00", "noon", ""):
        ended = await admin("person", "add", "emil", "--digest-at", wrong)
        assert (ended.code, "--digest-at: " in ended.err) == (2, True), wrong
    ended = await admin("person", "add", "emil", "--zone", "Mars/Olympus")
    assert (ended.code, "--zone: " in ended.err) == (2, True)
    assert await db.people.get("emil") is None
