import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clients.store import ObjectStore
from db.database import Database, open_database
from tests.conftest import StoreAccess
from tests.integration.door import AdminDoor, admin_door
from tests.integration.media.corpus import USUAL_GAMEPLAY, USUAL_TOP, make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin")


@pytest.fixture(scope="module")
def admin(database_url: str, object_store: StoreAccess, folder: Path) -> AdminDoor:
    return admin_door(database_url, object_store, folder)


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="module")
def clips(folder: Path) -> Path:
    """A folder as people have them: good clips, a clip that ends early, and what isn't one."""
    made, clips = folder / "made", folder / "clips"
    made.mkdir()
    (clips / "more").mkdir(parents=True)
    shutil.copy(make(USUAL_GAMEPLAY, made), clips / "parkour.mp4")
    shutil.copy(make(USUAL_TOP, made), clips / "more" / "surfers.mov")
    whole = (clips / "parkour.mp4").read_bytes()
    (clips / "truncated.mp4").write_bytes(whole[: len(whole) // 2])
    (clips / "empty.mp4").touch()
    (clips / "words.mp4").write_text("not a video")
    (clips / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n")
    (clips / ".DS_Store").write_text("left alone")
    return clips


async def test_good_files_are_imported_and_each_bad_one_is_named(
    admin: AdminDoor, db: Database, clips: Path, object_store: StoreAccess
) -> None:
    ended = await admin("gameplay", "import", clips, clips / "missing.mp4")
    assert ended.code == 2
    assert "5 of 7 files refused" in ended.err
    for name in ("truncated.mp4", "empty.mp4", "words.mp4", "playlist.mp4", "missing.mp4"):
        assert sum(f"/{name}: " in line for line in ended.err.splitlines()) == 1, name
    assert "passwd" not in ended.err
    pool = {clip.title: clip for clip in await db.gameplay.all()}
    assert set(pool) == {"parkour", "surfers"}
    for title, ending in {"parkour": "mp4", "surfers": "mov"}.items():
        clip = pool[title]
        assert clip.object_key == f"gameplay/{clip.sha256}.{ending}"
        assert (object_store.files / clip.object_key).stat().st_size == clip.bytes
    assert (pool["parkour"].width, pool["parkour"].height) == (1920, 1080)
    assert pool["parkour"].fps == pytest.approx(60, abs=0.1)
    assert pool["parkour"].has_audio
    assert not pool["surfers"].has_audio


async def test_importing_again_changes_nothing(admin: AdminDoor, db: Database, clips: Path) -> None:
    before = await db.gameplay.all()
    ended = await admin("gameplay", "import", clips / "parkour.mp4", clips / "more")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == ["known", "known"]
    assert await db.gameplay.all() == before


async def test_lost_files_are_uploaded_by_the_next_import(
    admin: AdminDoor, db: Database, clips: Path, object_store: StoreAccess
) -> None:
    async with ObjectStore(
        endpoint_url=object_store.endpoint,
        bucket=object_store.bucket,
        region="us-east-1",
        access_key_id=object_store.key_id,
        secret_access_key=object_store.secret,
    ) as store:
        assert await store.delete_prefix("gameplay") >= 2
    assert (await admin("gameplay", "import", clips / "parkour.mp4", clips / "more")).code == 0
    for clip in await db.gameplay.all():
        assert (object_store.files / clip.object_key).stat().st_size == clip.bytes


async def test_a_clip_is_retired_and_comes_back(
    admin: AdminDoor, db: Database, clips: Path
) -> None:
    (clip,) = [clip for clip in await db.gameplay.all() if clip.title == "surfers"]
    assert (await admin("gameplay", "retire", clip.id)).code == 0
    listed = await admin("gameplay", "list")
    (line,) = [line for line in listed.out.splitlines() if clip.id in line]
    assert "retired" in line
    again = await admin("gameplay", "import", clips / "more" / "surfers.mov")
    assert again.out.startswith("added")
    assert "retired" not in (await admin("gameplay", "list")).out


async def test_an_unknown_clip_says_where_the_known_ones_are(admin: AdminDoor) -> None:
    ended = await admin("gameplay", "retire", "nothing")
    assert ended.code == 2
    assert "see: admin.py gameplay list" in ended.err


async def test_a_folder_without_files_is_refused(admin: AdminDoor, tmp_path: Path) -> None:
    ended = await admin("gameplay", "import", tmp_path)
    assert ended.code == 2
    assert "there are no files in it" in ended.err


async def test_an_object_store_that_is_down_is_named_and_leaves_nothing(
    admin: AdminDoor, db: Database, dead_port: int, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    shutil.copy(make(USUAL_GAMEPLAY.lasting(3.5), tmp_path), other)
    where = f"http://127.0.0.1:{dead_port}"
    before = await db.gameplay.all()
    ended = await admin.with_settings(S3_ENDPOINT_URL=where)("gameplay", "import", other)
    assert ended.code == 3
    assert where in ended.err
    assert await db.gameplay.all() == before
