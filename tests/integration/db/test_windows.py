"""Picks are held to the ledger: every window that was ever taken, and what the rules say of it."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from itertools import count, pairwise

import asyncpg
import pytest

from db.database import Database
from db.failures import UnknownReel
from schemas.account import Account, AccountDay
from schemas.gameplay import GameplayWindow
from tests.factories import DAY, an_account
from tests.integration.db.rows import some_gameplay

_numbers = count()


@pytest.fixture(autouse=True)
async def empty_pool(db: Database) -> None:
    await db.pool.write("UPDATE gameplay_videos SET retired_at = now()")


async def a_pool(db: Database, *lengths: float) -> list[str]:
    """Ids of new clips of these lengths."""
    clips = []
    for seconds in lengths:
        name = f"ledger-{next(_numbers)}"
        clip = await db.gameplay.add(some_gameplay(name, seconds), f"gameplay/{name}.mp4", name)
        clips.append(clip.id)
    return clips


async def someone(db: Database, **changes: object) -> Account:
    account = an_account(**changes)
    await db.accounts.add(account, b"sealed")
    return account


async def a_reel_of(db: Database, account: Account, day: date = DAY) -> str:
    reel = await db.reels.claim(AccountDay(account=account.id, day=day), "run", "test")
    assert reel is not None
    return reel.id


async def days_of(
    db: Database, account: Account, days: int, seconds: float = 20
) -> list[GameplayWindow]:
    """What the account takes on so many days, one after the other."""
    reels = await db.pool.rows(
        """
        INSERT INTO generated_reels (account_id, day, claim, requested_by)
        SELECT $1, $2::date + n, 'run', 'test' FROM generate_series(0, $3::int - 1) n RETURNING id
        """,
        account.id,
        DAY,
        days,
    )
    taken = [await db.windows.pick(reel["id"], seconds) for reel in reels]
    return [window for window in taken if window]


def stretches(windows: list[GameplayWindow]) -> set[tuple[str, float]]:
    return {(window.clip, window.start_seconds) for window in windows}


async def overlaps(db: Database, *, days: int = 90) -> list[asyncpg.Record]:
    """Pairs of held windows that show an account the same second within so many days."""
    return await db.pool.rows(
        """
        SELECT one.id, other.id FROM gameplay_windows one JOIN gameplay_windows other
            ON other.account_id = one.account_id AND other.clip_id = one.clip_id
            AND other.id > one.id AND abs(extract(epoch FROM other.taken_at - one.taken_at))
                < $1 * 86400.0
            AND other.start_seconds < one.start_seconds + one.seconds
            AND one.start_seconds < other.start_seconds + other.seconds
        WHERE one.given_back_at IS NULL AND other.given_back_at IS NULL
            AND NOT one.repeated AND NOT other.repeated
        """,
        float(days),
    )


async def age(db: Database, days: int) -> None:
    """Let time go by for every window."""
    await db.pool.write(
        "UPDATE gameplay_windows SET taken_at = taken_at - make_interval(days => $1)", days
    )


async def test_a_thousand_picks_of_twenty_accounts_break_no_rule_and_spread_evenly(
    db: Database,
) -> None:
    clips = 1500
    await db.pool.write(
        """
        WITH source AS (
            INSERT INTO gameplay_sources (sha256, seconds, width, height, fps, has_audio, codec,
                bytes)
            VALUES (repeat('f', 64), 180000, 1920, 1080, 60, true, 'h264', 1) RETURNING id)
        INSERT INTO gameplay_videos (source_id, part, sha256, object_key, title, seconds, width,
            height, fps, has_audio, codec, bytes)
        SELECT source.id, part, encode(sha256(part::text::bytea), 'hex'), 'fifty/' || part, '',
            117 + part % 7, 1920, 1080, 60, true, 'h264', 1
        FROM source, generate_series(1, $1::int) part
        """,
        clips,
    )
    accounts = [await someone(db, reel_seconds=15 + 5 * (number % 4)) for number in range(20)]
    taken: list[GameplayWindow] = []
    for some in range(0, 20, 4):
        lines = (days_of(db, one, 50, one.reel_seconds) for one in accounts[some : some + 4])
        taken += [window for line in await asyncio.gather(*lines) for window in line]

    assert len(taken) == 1000
    assert await overlaps(db) == []
    assert not any(window.repeated for window in taken)
    assert max(Counter(window.clip for window in taken).values()) == 1
    assert len({window.start_seconds for window in taken}) > 50


async def test_a_small_pool_is_used_up_evenly_before_anything_is_seen_twice(db: Database) -> None:
    await a_pool(db, *[120.4] * 10)
    account = await someone(db)

    taken = await days_of(db, account, 60)

    assert not any(window.repeated for window in taken)
    assert await overlaps(db) == []
    assert set(Counter(window.clip for window in taken).values()) == {6}
    assert all(one.clip != other.clip for one, other in pairwise(taken))


async def test_a_dry_pool_repeats_what_was_shown_longest_ago(db: Database) -> None:
    await a_pool(db, 60, 60)
    account = await someone(db)

    taken = await days_of(db, account, 14)

    assert [window.repeated for window in taken] == [False] * 6 + [True] * 8
    shown = [(window.clip, window.start_seconds) for window in taken]
    assert shown[6:12] == shown[:6]
    assert shown[12:] == shown[:2]


async def test_a_stretch_is_free_again_after_ninety_days(db: Database) -> None:
    await a_pool(db, 40)
    account = await someone(db)
    first = await days_of(db, account, 2)

    await age(db, 91)
    again = await a_reel_of(db, account, DAY + timedelta(days=91))
    window = await db.windows.pick(again, 20)

    assert window is not None
    assert not window.repeated
    assert (window.clip, window.start_seconds) in stretches(first)


async def test_other_accounts_may_show_the_same_stretch(db: Database) -> None:
    (clip,) = await a_pool(db, 20)
    for _ in range(2):
        (window,) = await days_of(db, await someone(db), 1)
        assert (window.clip, window.repeated) == (clip, False)


async def test_reels_of_one_account_that_pick_at_once_never_overlap(db: Database) -> None:
    await a_pool(db, 120, 60)
    account = await someone(db)
    reels = [await a_reel_of(db, account, DAY + timedelta(days=number)) for number in range(9)]

    windows = await asyncio.gather(*(db.windows.pick(reel, 20) for reel in reels))

    assert len({(one.clip, one.start_seconds) for one in windows if one}) == 9
    assert not any(one.repeated for one in windows if one)
    assert await overlaps(db) == []


async def test_a_window_that_made_no_good_reel_is_given_back_for_one_of_another_clip(
    db: Database,
) -> None:
    await a_pool(db, 120, 120, 120)
    account = await someone(db)
    reel = await a_reel_of(db, account)
    first = await db.windows.pick(reel, 20)
    assert first is not None

    others = await asyncio.gather(
        *(db.windows.pick(reel, 20, instead_of=first.id) for _ in range(5))
    )

    assert len(set(others)) == 1
    assert others[0] is not None
    assert others[0].clip != first.clip
    assert await db.windows.pick(reel, 20) == others[0] == await db.windows.of_reel(reel)
    rows = await db.pool.rows(
        "SELECT given_back_at FROM gameplay_windows WHERE reel_id = $1 ORDER BY taken_at", reel
    )
    assert [row["given_back_at"] is None for row in rows] == [False, True]


async def test_the_only_clip_gives_another_stretch_and_at_last_the_same(db: Database) -> None:
    await a_pool(db, 45)
    account = await someone(db)
    reel = await a_reel_of(db, account)

    first = await db.windows.pick(reel, 20)
    assert first is not None
    second = await db.windows.pick(reel, 20, instead_of=first.id)
    assert second is not None
    assert abs(first.start_seconds - second.start_seconds) >= 20
    assert not second.repeated

    other = await a_reel_of(db, account, DAY + timedelta(days=1))
    await db.windows.pick(other, 20)
    third = await db.windows.pick(reel, 20, instead_of=second.id)
    assert third is not None
    assert third.repeated


async def test_clips_that_are_long_enough_come_first(db: Database) -> None:
    short, long = await a_pool(db, 12, 40)
    account = await someone(db)

    taken = await days_of(db, account, 4)

    assert [window.clip for window in taken[:3]] == [long, long, short]
    assert [window.repeated for window in taken] == [False, False, False, True]


async def test_a_normalised_clip_is_named_in_both_forms(db: Database) -> None:
    (clip,) = await a_pool(db, 30)
    await db.pool.write(
        """
        UPDATE gameplay_videos SET pool_key = 'p', pool_sha256 = repeat('a', 64), pool_bytes = 5,
            pool_seconds = 24.9, normalised_at = now()
        WHERE id = $1
        """,
        clip,
    )
    (window,) = await days_of(db, await someone(db), 1)

    assert window.object_key.startswith("gameplay/ledger-")
    assert window.pool is not None
    assert (window.pool.object_key, window.pool.bytes, window.pool.seconds) == ("p", 5, 24.9)
    assert window.start_seconds + 20 <= 24.9


async def test_a_pick_for_no_reel_is_refused(db: Database) -> None:
    with pytest.raises(UnknownReel):
        await db.windows.pick("nothing", 20)
