"""Whatever is killed, wherever: the day ends with exactly one post and no second purchase."""

from collections.abc import Callable

import pytest

from schemas.day import Stage
from tests.acceptance.conftest import Day
from tests.acceptance.stack import Stack, purchases, wait_until

pytestmark = pytest.mark.timeout(600)

Start = Callable[..., Day]

PRODUCTION = (
    ("story", "worker-reels", ("anthropic", "messages")),
    ("clip 1: film", "worker-reels", ("luma", "get_generation")),
    ("clip 1: download", "worker-reels", ("luma", "download")),
    ("compose", "worker-media", None),
)
PUBLISHING = (
    ("upload: container", "worker-reels", ("instagram", "create_container")),
    ("upload: processing", "worker-reels", ("instagram", "get_container")),
)
"""The step, the worker that runs it, and the call that is held up so that the step is hit."""

HELD_SECONDS = 8


async def kill_in(stack: Stack, day: Day, step: str, part: str) -> None:
    await day.running(step)
    stack.kill(part)


async def test_a_worker_killed_in_each_step_loses_nothing(stack: Stack, new_day: Start) -> None:
    stack.arm("anthropic", "messages", "delay", seconds=HELD_SECONDS)
    before = len(purchases(stack))
    # Long enough that its composition is still under way when it is seen.
    day = new_day(seconds=9)
    for step, part, call in PRODUCTION:
        if call and step != "story":
            stack.arm(*call, "delay", seconds=HELD_SECONDS)
        await kill_in(stack, day, step, part)
    await day.at(Stage.REVIEW)
    stack.kill("worker-reels")
    for _, _, call in PUBLISHING:
        stack.arm(*call, "delay", seconds=HELD_SECONDS)
    day.approve()
    for step, part, _ in PUBLISHING:
        await kill_in(stack, day, step, part)

    day.published()
    assert len(purchases(stack)) == before + 1


@pytest.mark.parametrize("kind", ["hang", "execute-then-hang"])
async def test_a_worker_killed_while_it_publishes_posts_once(
    stack: Stack, new_day: Start, kind: str
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    stack.arm("instagram", "media_publish", kind, seconds=30)
    day.approve()
    await kill_in(stack, day, "publish", "worker-reels")

    day.published()


async def test_an_order_cut_off_by_a_kill_is_bought_again_only_when_a_person_says_so(
    stack: Stack, new_day: Start
) -> None:
    before = len(purchases(stack))
    stack.arm("luma", "create_generation", "execute-then-hang", seconds=30)
    day = new_day()
    # A step runs a moment before its call leaves: killed then, nothing was cut off.
    wait_until(lambda: len(purchases(stack)) > before, "nothing is ordered")
    stack.kill("worker-reels")
    now = await day.at(Stage.NEEDS_ATTENTION)
    assert "look at its console" in (now.waiting_for or "")
    assert len(purchases(stack)) == before + 1

    stack.ok("starter.py", "resolve", *day.words, "retry")
    await day.at(Stage.REVIEW)
    day.approve()
    day.published()
    assert len(purchases(stack)) == before + 2


@pytest.mark.parametrize("part", ["temporal", "postgres", "object-store", "web", "simulators"])
async def test_a_server_killed_at_review_loses_nothing(
    stack: Stack, new_day: Start, part: str
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    stack.kill(part)
    wait_for_the_stack(stack)
    day.approve()

    day.published()


def wait_for_the_stack(stack: Stack) -> None:
    """Wait until the doors can be used again, and the simulators be asked."""
    wait_until(lambda: stack.run("starter.py", "show").code == 0, "the stack stays down")
    wait_until(stack.outside_answers, "the simulators stay down")
