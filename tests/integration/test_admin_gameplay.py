import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg.probe import probe
from clients.store import ObjectStore
from db.database import Database, open_database
from db.gameplay import GameplayRow
from tests.commands import ROOT
from tests.conftest import StoreAccess
from tests.integration.door import AdminDoor, admin_door
from tests.integration.media.corpus import USUAL_GAMEPLAY, USUAL_TOP, make

RAW = "--no-normalise"
LONG = replace(
    USUAL_GAMEPLAY,
    displayed=(64, 48),
    rate="10",
    seconds=620,
    sound="sine=440:r=8000",
    video=("-c:v", "libx264", "-preset", "ultrafast", "-g", "20"),
    audio=("-c:a", "aac", "-b:a", "16k"),
)
"""Ten minutes in two megabytes."""


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
    ended = await admin("gameplay", "import", RAW, clips, clips / "missing.mp4")
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
    ended = await admin("gameplay", "import", RAW, clips / "parkour.mp4", clips / "more")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == ["known", "known"]
    assert await db.gameplay.all() == before


async def lose_everything(access: StoreAccess) -> int:
    async with ObjectStore(
        endpoint_url=access.endpoint,
        bucket=access.bucket,
        region="us-east-1",
        access_key_id=access.key_id,
        secret_access_key=access.secret,
    ) as store:
        return await store.delete_prefix("gameplay")


async def test_lost_files_are_uploaded_by_the_next_import(
    admin: AdminDoor, db: Database, clips: Path, object_store: StoreAccess
) -> None:
    assert await lose_everything(object_store) >= 2
    assert (await admin("gameplay", "import", RAW, clips / "parkour.mp4", clips / "more")).code == 0
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
    again = await admin("gameplay", "import", RAW, clips / "more" / "surfers.mov")
    assert again.out.startswith("added")
    assert "retired" not in (await admin("gameplay", "list")).out


async def test_an_unknown_clip_says_where_the_known_ones_are(admin: AdminDoor) -> None:
    ended = await admin("gameplay", "retire", "nothing")
    assert ended.code == 2
    assert "see: admin.py gameplay list" in ended.err


async def test_a_folder_without_files_is_refused(admin: AdminDoor, tmp_path: Path) -> None:
    ended = await admin("gameplay", "import", RAW, tmp_path)
    assert ended.code == 2
    assert "there are no files in it" in ended.err


async def test_an_object_store_that_is_down_is_named_and_leaves_nothing(
    admin: AdminDoor, db: Database, dead_port: int, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    shutil.copy(make(USUAL_GAMEPLAY.lasting(3.5), tmp_path), other)
    where = f"http://127.0.0.1:{dead_port}"
    before = await db.gameplay.all()
    ended = await admin.with_settings(S3_ENDPOINT_URL=where)("gameplay", "import", RAW, other)
    assert ended.code == 3
    assert where in ended.err
    assert await db.gameplay.all() == before
    assert (await db.supply.stats()).uncut == 0


@pytest.fixture(scope="module")
def long(folder: Path) -> Path:
    return make(LONG, folder)


async def parts_of(db: Database, title: str) -> list[GameplayRow]:
    found = [clip for clip in await db.gameplay.all() if clip.title == title]
    return sorted(found, key=lambda clip: clip.part)


async def test_an_import_that_is_killed_goes_on_where_it_stopped(
    admin: AdminDoor, db: Database, long: Path, object_store: StoreAccess
) -> None:
    words = ("gameplay", "import", RAW, "--title", "long", "--licence", "own recording", str(long))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "admin.py", *words),
        cwd=ROOT,
        env=dict(admin.environ),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    while not await parts_of(db, "long"):
        assert process.returncode is None
        await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    before = await parts_of(db, "long")
    assert 1 <= len(before) < 5
    assert (await db.supply.stats()).uncut == 1
    assert "1 imports were interrupted" in (await admin("gameplay", "stats")).out

    ended = await admin(*words)

    assert (ended.code, ended.err) == (0, "")
    clips = await parts_of(db, "long")
    assert [clip.id for clip in clips[: len(before)]] == [clip.id for clip in before]
    assert [clip.part for clip in clips] == list(range(5))
    assert (await db.supply.stats()).uncut == 0
    stored = [object_store.files / clip.object_key for clip in clips]
    facts = [await probe(file, whole=True) for file in stored]
    whole = await probe(long, whole=True)
    assert whole.video is not None
    assert whole.video.cadence is not None
    frames = [one.video.cadence.frames for one in facts if one.video and one.video.cadence]
    assert sum(frames) == whole.video.cadence.frames == 6200
    assert all(abs(clip.seconds - 124) <= 2 for clip in clips)
    assert all(one.audio for one in facts)
    assert (await admin(*words)).out.startswith("known")
    assert not list(Path(admin.environ["WORK_DIR"]).glob("reels-*/composing-*"))


async def test_the_lost_parts_of_a_long_original_are_cut_again(
    admin: AdminDoor, db: Database, long: Path, object_store: StoreAccess
) -> None:
    clips = await parts_of(db, "long")
    await lose_everything(object_store)
    ended = await admin("gameplay", "import", RAW, long)
    assert (ended.code, ended.err) == (0, "")
    assert await parts_of(db, "long") == clips
    for clip in clips:
        assert (object_store.files / clip.object_key).stat().st_size == clip.bytes


async def test_a_whole_original_is_retired_by_one_of_its_clips(
    admin: AdminDoor, db: Database, long: Path
) -> None:
    clips = await parts_of(db, "long")
    ended = await admin("gameplay", "retire", clips[2].id, "--original")
    assert "5 clips" in ended.out
    assert all(clip.retired_at for clip in await parts_of(db, "long"))
    assert (await admin("gameplay", "import", RAW, long)).out.startswith("added")
    assert not any(clip.retired_at for clip in await parts_of(db, "long"))


async def test_rights_are_kept_and_may_be_stated_later(
    admin: AdminDoor, db: Database, clips: Path
) -> None:
    assert "originals without a licence" in (await admin("gameplay", "stats")).out
    stated = ("--licence", "CC BY 4.0", "--credit", "Ann", "--source", "https://ann.example")
    assert (await admin("gameplay", "import", RAW, *stated, clips / "parkour.mp4")).code == 0
    assert (await admin("gameplay", "import", RAW, clips / "parkour.mp4")).code == 0

    clip = next(clip for clip in await db.gameplay.all() if clip.title == "parkour")
    assert (clip.licence, clip.credit) == ("CC BY 4.0", "Ann")
    source = await db.gameplay.source(clip.sha256)
    assert source is not None
    assert source.source == "https://ann.example"
    assert source.added_by
    line = next(
        line for line in (await admin("gameplay", "list")).out.splitlines() if "Ann" in line
    )
    assert "CC BY 4.0" in line


@pytest.fixture(scope="module")
def small(folder: Path) -> Path:
    clip = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30", seconds=1)
    return make(clip, folder).rename(folder / "small.mp4")


async def test_clips_are_normalised_and_another_anchor_normalises_anew(
    admin: AdminDoor, db: Database, small: Path, object_store: StoreAccess
) -> None:
    for clip in await db.gameplay.all():
        await db.gameplay.retire(clip.id)
    ended = await admin("gameplay", "import", small)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "normalised 1 clips"

    clip = next(clip for clip in await db.gameplay.all() if clip.title == "small")
    assert clip.pool_key is not None
    assert (object_store.files / clip.pool_key).stat().st_size == clip.pool_bytes
    assert clip.pool_seconds == pytest.approx(clip.seconds, abs=0.05)
    assert (await admin("gameplay", "normalise")).out == "every clip in the pool is normalised\n"

    await admin("gameplay", "import", RAW, "--anchor", "left", small)
    raw = await db.gameplay.by_sha256(clip.sha256)
    assert raw is not None
    assert raw.pool_key is None
    await admin("gameplay", "normalise")
    again = await db.gameplay.by_sha256(clip.sha256)
    assert again is not None
    assert again.pool_sha256 not in {None, clip.pool_sha256}


async def test_a_clip_whose_file_is_gone_is_named_and_does_not_stop_the_others(
    admin: AdminDoor, db: Database, small: Path, object_store: StoreAccess
) -> None:
    clip = next(clip for clip in await db.gameplay.all() if clip.title == "small")
    await db.normalising.forget(clip.id)
    await lose_everything(object_store)
    ended = await admin("gameplay", "normalise")
    assert ended.code == 2
    assert f"{clip.id} small: its file is gone from the store; import it again" in ended.err
    assert (await admin("gameplay", "import", small)).code == 0
    assert await db.normalising.waiting() == (0, 0)
