import asyncio

import pytest

from db.database import Database
from db.failures import UnknownReel
from schemas.gameplay import Rights, SourceFacts
from tests.integration.db.rows import a_reel, some_gameplay


@pytest.fixture(autouse=True)
async def empty_pool(db: Database) -> None:
    for clip in await db.gameplay.all():
        await db.gameplay.retire(clip.id)


async def test_an_empty_pool_gives_no_window(db: Database) -> None:
    _, reel = await a_reel(db)
    assert await db.windows.pick(reel, 20) is None


async def test_a_reel_keeps_its_window(db: Database) -> None:
    _, reel = await a_reel(db)
    await db.gameplay.add(some_gameplay("keeps", 300), "gameplay/keeps.mp4", "keeps")
    first = await db.windows.pick(reel, 20)
    assert first is not None
    await db.gameplay.retire(first.clip)
    assert await db.windows.pick(reel, 20) == first


async def test_twenty_picks_for_one_reel_are_one_window(db: Database) -> None:
    _, reel = await a_reel(db)
    for name in ("one", "two", "three"):
        await db.gameplay.add(some_gameplay(name, 300), f"gameplay/{name}.mp4", name)
    windows = await asyncio.gather(*(db.windows.pick(reel, 20) for _ in range(20)))
    assert len(set(windows)) == 1
    assert sum(clip.times_used for clip in await db.gameplay.all() if not clip.retired_at) == 1


async def test_reels_that_pick_at_once_take_each_another_clip(db: Database) -> None:
    clips = [
        await db.gameplay.add(some_gameplay(f"at-once-{n}"), f"gameplay/at-once-{n}.mp4", "")
        for n in range(8)
    ]
    reels = [(await a_reel(db))[1] for _ in clips]
    windows = await asyncio.gather(*(db.windows.pick(reel, 20) for reel in reels))
    assert {window.clip for window in windows if window} == {clip.id for clip in clips}


async def test_the_clip_that_was_used_longest_ago_is_next(db: Database) -> None:
    clips = [
        await db.gameplay.add(some_gameplay(f"turn-{n}"), f"gameplay/turn-{n}.mp4", "")
        for n in range(3)
    ]
    turns = []
    for _ in range(6):
        window = await db.windows.pick((await a_reel(db))[1], 20)
        assert window is not None
        turns.append(window.clip)
    assert set(turns[:3]) == {clip.id for clip in clips}
    assert turns[3:] == turns[:3]


async def test_a_window_lies_within_its_clip(db: Database) -> None:
    await db.gameplay.add(some_gameplay("within", 25), "gameplay/within.mp4", "within")
    starts = set()
    for _ in range(20):
        window = await db.windows.pick((await a_reel(db))[1], 20)
        assert window is not None
        assert 0 <= window.start_seconds <= 5
        starts.add(window.start_seconds)
    assert len(starts) > 1


async def test_a_clip_shorter_than_the_reel_is_taken_from_its_start(db: Database) -> None:
    await db.gameplay.add(some_gameplay("short", 4), "gameplay/short.mp4", "short")
    window = await db.windows.pick((await a_reel(db))[1], 20)
    assert window is not None
    assert (window.start_seconds, window.clip_seconds) == (0, 4)


async def test_the_same_bytes_are_one_clip(db: Database) -> None:
    first = await db.gameplay.add(some_gameplay("twice"), "gameplay/twice.mp4", "first name")
    again = await db.gameplay.add(some_gameplay("twice"), "gameplay/else.mov", "second name")
    assert again == first
    assert await db.gameplay.by_sha256(first.sha256) == first


async def test_no_part_has_a_number_above_the_count_of_its_originals_parts(db: Database) -> None:
    facts = some_gameplay("first"), some_gameplay("second"), some_gameplay("their end")
    one, other = [
        await db.gameplay.add_source(SourceFacts(facts=whole, rights=Rights(title="of two")))
        for whole in facts[:2]
    ]
    await db.gameplay.add_clip(one, 2, facts[2], "gameplay/end.mp4")
    await db.gameplay.add_clip(other, 0, facts[1], "gameplay/begin.mp4")
    await db.gameplay.add_clip(other, 1, facts[2], "gameplay/end.mp4")
    listed = [(clip.part, clip.parts) for clip in await db.gameplay.all() if clip.title == "of two"]
    assert sorted(listed) == [(0, 1), (2, 3)]


async def test_a_retired_clip_is_not_picked_and_comes_back_by_import(db: Database) -> None:
    clip = await db.gameplay.add(some_gameplay("back"), "gameplay/back.mp4", "back")
    assert await db.gameplay.retire(clip.id)
    assert await db.gameplay.retire(clip.id)
    assert await db.windows.pick((await a_reel(db))[1], 20) is None
    await db.gameplay.add(some_gameplay("back"), "gameplay/back.mp4", "back")
    window = await db.windows.pick((await a_reel(db))[1], 20)
    assert window is not None
    assert window.clip == clip.id
    assert not await db.gameplay.retire("nothing")


async def test_a_pick_for_no_reel_is_refused(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.windows.pick("nothing", 20)
