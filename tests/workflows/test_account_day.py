"""The day from the outside: what was bought, asked, and published."""

from schemas.day import Outcome, Stage
from tests.workflows.world import World


async def test_an_approved_day_publishes_exactly_one_reel(world: World) -> None:
    day = await world.start(await world.account())
    await day.until(Stage.REVIEW)
    answer = await day.decide()
    result = await day.result()

    assert answer.accepted
    assert result.outcome is Outcome.PUBLISHED
    assert result.permalink == world.publisher.media[0].permalink
    assert len(world.publisher.commits) == 1
    assert len(world.channel.cards) == 1
