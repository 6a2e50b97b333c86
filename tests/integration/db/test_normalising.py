"""Each clip is normalised once, whoever is killed at it."""

import asyncio

import pytest

from db.database import Database
from db.normalising import RawClip
from schemas.composition import Anchor
from schemas.gameplay import PooledClip, Rights, SourceFacts
from tests.integration.db.rows import some_gameplay


@pytest.fixture(autouse=True)
async def empty_pool(db: Database) -> None:
    await db.pool.write("UPDATE gameplay_videos SET retired_at = now()")


async def a_clip(db: Database, name: str) -> str:
    return (await db.gameplay.add(some_gameplay(name, 60), f"gameplay/{name}.mp4", name)).id


def pooled(name: str) -> PooledClip:
    return PooledClip(
        object_key=f"gameplay/pool/{name}", sha256=some_gameplay(name).sha256, bytes=5, seconds=60
    )


async def claimed(db: Database) -> RawClip:
    clip = await db.normalising.claim()
    assert clip is not None
    return clip


async def test_many_at_once_take_each_another_clip_until_none_is_left(db: Database) -> None:
    clips = {await a_clip(db, f"many-{number}") for number in range(6)}
    taken = await asyncio.gather(*(db.normalising.claim() for _ in range(9)))
    assert sorted(clip.id for clip in taken if clip) == sorted(clips)


async def test_a_clip_that_was_let_go_or_whose_lease_ran_out_is_taken_again(db: Database) -> None:
    await a_clip(db, "lease")
    first = await claimed(db)
    assert await db.normalising.claim() is None
    await db.normalising.let_go(first.id)
    assert (await claimed(db)).id == first.id
    await db.pool.write("UPDATE gameplay_videos SET normalising_until = now() - interval '1 s'")
    assert (await claimed(db)).id == first.id
    await db.pool.write("UPDATE gameplay_videos SET normalising_until = now() + interval '1 s'")
    await db.normalising.keep(first.id)
    await asyncio.sleep(1.1)
    assert await db.normalising.claim() is None


async def test_a_normalised_clip_is_not_taken_again(db: Database) -> None:
    await a_clip(db, "done")
    clip = await claimed(db)
    assert await db.normalising.waiting() == (1, 60)
    await db.normalising.save(clip, pooled("done"))
    await db.normalising.save(clip, pooled("done"))
    assert await db.normalising.claim() is None
    assert await db.normalising.waiting() == (0, 0)
    await db.normalising.forget(clip.id)
    assert (await claimed(db)).id == clip.id


async def test_a_copy_that_was_cropped_otherwise_meanwhile_is_not_kept(db: Database) -> None:
    facts = some_gameplay("anchor", 60)
    await a_clip(db, "anchor")
    clip = await claimed(db)
    await db.gameplay.add_source(
        SourceFacts(facts=facts, rights=Rights(licence="CC0"), anchor=Anchor.LEFT)
    )
    await db.normalising.save(clip, pooled("anchor"))
    await db.normalising.let_go(clip.id)
    again = await claimed(db)
    assert (again.id, again.anchor, again.title) == (clip.id, Anchor.LEFT, "anchor")


async def test_clips_that_broke_a_rule_are_left_out(db: Database) -> None:
    broken, good = await a_clip(db, "broken"), await a_clip(db, "good")
    clip = await db.normalising.claim(beside=[broken])
    assert clip is not None
    assert clip.id == good
