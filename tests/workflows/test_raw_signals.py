"""Whoever reaches Temporal but no door: refused, recorded, and the day goes on waiting."""

import pytest

from schemas.day import Outcome, Stage
from schemas.decision import Answer, Refusal, SealedDecision, seal
from tests.factories import DECISION_KEY
from tests.waiting import until
from tests.workflows.world import LiveDay, World

WRONG_KEY = bytes(32)


async def recorded(day: LiveDay, count: int) -> list[Refusal | None]:
    async def enough() -> bool:
        return len(await day.refusals()) >= count

    await until(enough, f"{count} tries are not in the log")
    return await day.refusals()


async def publishes_once(day: LiveDay) -> None:
    assert (await day.progress()).stage is Stage.REVIEW
    assert day.world.publisher.prepared == []
    assert (await day.decide()).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(day.world.publisher.commits) == 1


async def test_raw_signals_of_every_shape_are_refused_and_recorded(world: World) -> None:
    day = await world.in_review()
    bare = (await day.decision()).model_dump(mode="json")
    shapes: list[list[object]] = [
        [],
        ["approve"],
        [{"approved": True}],
        [bare],
        [bare, bare],
        [None],
        [7],
        [True],
        [[bare]],
        [{"body": "approve", "seal": ""}],
        [{"body": "\x00", "seal": "ü"}],
    ]
    for shape in shapes:
        await day.handle.signal("approval", args=shape)
    found = await recorded(day, len(shapes))

    assert set(found) == {Refusal.MALFORMED, Refusal.BAD_SEAL}
    await publishes_once(day)


async def test_a_seal_of_another_key_is_refused(world: World) -> None:
    day = await world.in_review()
    await day.handle.signal("approval", seal(await day.decision(), WRONG_KEY))

    assert await recorded(day, 1) == [Refusal.BAD_SEAL]
    await publishes_once(day)


async def test_a_seal_moved_to_other_words_is_refused(world: World) -> None:
    day = await world.in_review()
    sealed = seal(await day.decision(reviewer="carol"), DECISION_KEY)
    forged = SealedDecision(body=sealed.body.replace("carol", "mallory"), seal=sealed.seal)
    await day.handle.signal("approval", forged)

    assert await recorded(day, 1) == [Refusal.BAD_SEAL]
    await publishes_once(day)


async def test_a_sealed_signal_publishes(world: World) -> None:
    day = await world.in_review()
    await day.handle.signal("approval", seal(await day.decision(), DECISION_KEY))

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert await day.refusals() == [None]


async def test_a_signal_as_large_as_signals_get_harms_nothing(world: World) -> None:
    day = await world.in_review()
    await day.handle.signal("approval", {"body": "x" * 2_096_900, "seal": "y"})

    assert await recorded(day, 1) == [Refusal.MALFORMED]
    await publishes_once(day)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param([], id="nothing"),
        pytest.param(["approve"], id="string"),
        pytest.param([{"approved": True}], id="object"),
        pytest.param([7], id="number"),
        pytest.param([{"body": "a", "seal": "b"}, "approve"], id="two"),
        pytest.param([{"body": "approve", "seal": ["b"]}], id="odd-seal"),
    ],
)
async def test_a_malformed_update_is_refused_and_harms_nothing(
    world: World, shape: list[object]
) -> None:
    day = await world.in_review()
    answer = await day.handle.execute_update("decide", args=shape, result_type=Answer)

    assert isinstance(answer, Answer)
    assert answer.refusal is Refusal.MALFORMED
    await publishes_once(day)
