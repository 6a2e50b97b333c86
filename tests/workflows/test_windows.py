"""A Reel that can't be composed, or breaks a rule, is composed once more over other gameplay."""

import pytest

from clients.errors import ClientError, Refused
from clients.ffmpeg import BadMedia
from schemas.day import ResolveAction, Stage
from schemas.failures import FailureKind
from schemas.gameplay import GameplayFacts
from tests.workflows.world import LiveDay, World


def frozen() -> BadMedia:
    return BadMedia("gameplay-frozen", "the gameplay stands still")


async def windows(day: LiveDay) -> list[tuple[str, float, bool]]:
    """Clip, start, and whether it is held, in the order in which they were taken."""
    rows = await day.world.db.pool.rows(
        """
        SELECT clip_id, start_seconds, given_back_at IS NULL AS held FROM gameplay_windows
        WHERE reel_id = $1 ORDER BY taken_at
        """,
        (await day.row()).id,
    )
    return [tuple(row) for row in rows]


async def a_second_clip(world: World) -> None:
    facts = GameplayFacts(
        seconds=60,
        width=1920,
        height=1080,
        fps=60,
        has_audio=True,
        codec="h264",
        bytes=6,
        sha256="d" * 64,
    )
    world.store.objects["gameplay/second.mp4"] = b"second"
    await world.db.gameplay.add(facts, "gameplay/second.mp4", "second")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(frozen(), id="breaks-a-rule"),
        pytest.param(Refused("store", FailureKind.NOT_FOUND, "the clip is gone"), id="gone"),
    ],
)
async def test_another_window_is_taken_and_the_first_given_back(
    world: World, trouble: BadMedia | ClientError
) -> None:
    await a_second_clip(world)
    world.ffmpeg.troubles.append(trouble)
    day = await world.start(await world.account())
    await day.until(Stage.REVIEW)

    first, second = await windows(day)
    assert [first[2], second[2]] == [False, True]
    assert first[0] != second[0]
    assert [cut.start for cut in world.ffmpeg.cuts] == [first[1], second[1]]
    assert len(world.provider.orders) == 1
    errors = await world.db.errors.of_day(day.key)
    assert [(error.step, error.kind) for error in errors] == [
        ("compose", "bad_media" if isinstance(trouble, BadMedia) else "not_found")
    ]


async def test_a_second_failure_parks_with_the_rules_name_and_keeps_the_second_window(
    world: World,
) -> None:
    await a_second_clip(world)
    world.ffmpeg.troubles.extend([frozen(), frozen()])
    day = await world.start(await world.account())
    now = await day.until_parked("compose")
    assert "gameplay-frozen" in (now.waiting_for or "")
    before = await windows(day)

    await day.resolve(ResolveAction.RETRY)
    await day.until(Stage.REVIEW)

    assert await windows(day) == before
    assert [held for _, _, held in before] == [False, True]
    assert len(world.ffmpeg.cuts) == 3


async def test_an_account_with_music_gets_a_bed(world: World) -> None:
    account = await world.account(sound={"gameplay": 0, "music": -12})
    day = await world.start(account)
    now = await day.until_parked("gameplay")
    assert "admin.py music import" in (now.waiting_for or "")
