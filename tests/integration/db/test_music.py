import asyncio

import pytest

from db.database import Database
from db.failures import UnknownReel
from schemas.gameplay import MusicFacts, Rights
from tests.integration.db.rows import a_reel, some_gameplay


@pytest.fixture(autouse=True)
async def no_music(db: Database) -> None:
    for track in await db.music.all():
        await db.music.retire(track.id)


async def a_track(db: Database, name: str, **rights: str) -> str:
    sha256 = some_gameplay(name).sha256
    facts = MusicFacts(seconds=120, codec="aac", bytes=1_000_000, sha256=sha256)
    track = await db.music.add(
        facts, f"music/{name}.m4a", Rights.model_validate({"licence": "CC0"} | rights)
    )
    return track.id


async def test_there_is_no_bed_without_a_track(db: Database) -> None:
    assert await db.music.pick((await a_reel(db))[1]) is None


async def test_tracks_take_turns_and_a_reel_keeps_its_own(db: Database) -> None:
    tracks = [await a_track(db, f"turn-{number}") for number in range(3)]
    reels = [(await a_reel(db))[1] for _ in range(6)]
    taken = [bed.track for reel in reels if (bed := await db.music.pick(reel))]

    assert sorted(taken[:3]) == sorted(tracks)
    assert taken[3:] == taken[:3]
    beds = await asyncio.gather(*(db.music.pick(reels[0]) for _ in range(10)))
    assert {bed.track for bed in beds if bed} == {taken[0]}
    row = await db.music.of_reel(reels[0])
    assert row is not None
    assert row.id == taken[0]


async def test_a_retired_track_is_not_picked_and_comes_back_by_import(db: Database) -> None:
    track = await a_track(db, "back", credit="Tune by Ann")
    reel = (await a_reel(db))[1]
    first = await db.music.pick(reel)
    assert await db.music.retire(track)

    assert await db.music.pick((await a_reel(db))[1]) is None
    assert await db.music.pick(reel) == first
    assert await a_track(db, "back", licence="CC BY 4.0") == track
    again = await db.music.pick((await a_reel(db))[1])
    assert again is not None
    assert again.credit == "Tune by Ann"
    assert not await db.music.retire("nothing")


async def test_a_bed_for_no_reel_is_refused(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.music.pick("nothing")
