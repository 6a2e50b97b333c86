import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.database import Database, open_database
from schemas.mail_link import MailLinks, link_key
from tests.conftest import StoreAccess
from tests.factories import DECISION_KEY
from tests.integration.activities.days import a_day, a_revision
from tests.integration.door import AdminDoor, admin_door
from tests.pictures import a_png


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
    for word in ("link", "token", "digest"):
        door = admin.with_settings(DECISION_KEY=DECISION_KEY.hex())
        ended = await door("person", word, "nobody")
        assert (ended.code, ended.out) == (2, "")
        assert "there is nobody 'nobody'" in ended.err


async def test_a_printed_digest_is_what_a_letter_would_say_and_sends_nothing(
    admin: AdminDoor, db: Database, object_store: StoreAccess, tmp_path: Path
) -> None:
    await admin("person", "add", "carl")
    door = admin.with_settings(DECISION_KEY=DECISION_KEY.hex())
    nothing = await door("person", "digest", "Carl")
    assert (nothing.code, nothing.out) == (0, "nothing waits for carl, so no letter would come\n")

    day = await a_day(db, handle="tiny.robots")
    revision = await a_revision(db, day)
    row = await db.approvals.get(day.reel, revision)
    assert row is not None
    poster = object_store.files / row.poster_key
    poster.parent.mkdir(parents=True, exist_ok=True)
    poster.write_bytes(a_png(54, 96))
    page = tmp_path / "digest.html"
    printed = await door("person", "digest", "Carl", "--html", page)
    assert printed.code == 0, printed.err
    assert "1 Reel waits for you" in printed.out
    (token,) = re.findall(r"https://reels.example/mail/(\S+)", printed.out)
    link = MailLinks(link_key(DECISION_KEY)).read(token, datetime.now(UTC))
    assert (link.person, link.key, link.revision) == ("carl", day.key, revision)
    assert 'src="data:image/jpeg;base64,' in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert await db.digests.troubled(day.key.day) == ()
    assert (await db.pool.rows("SELECT * FROM digests")) == []
