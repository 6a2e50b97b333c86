"""Wrong input at the operator's door: a clear error, the right code, nothing half-done."""

from collections.abc import Callable

import pytest

from schemas.day import Stage
from tests.acceptance.conftest import Day
from tests.acceptance.stack import Stack

pytestmark = pytest.mark.timeout(300)

WRONG = (
    (("start", "nobody"), "ACCOUNT: 'nobody' is unknown; see: admin.py account list"),
    (("start", "nobody", "--date", "23.11.2026"), "write it like 2026-11-23"),
    (("approve", "nobody", "2026-11-23"), "ACCOUNT: 'nobody' is unknown"),
    (("approve", "{account}", "2026-13-01"), "is not a date"),
    (("approve", "{account}", "2020-01-01"), "was never started"),
    (("reject", "{account}", "{day}", "--revision", "abc123"), "--revision: abc123 is not"),
    (("resolve", "{account}", "{day}", "retry"), "nothing is parked"),
    (("resolve", "{account}", "{day}", "perhaps"), "invalid choice: 'perhaps'"),
    (("start", "{account}", "--date", "2020-01-01"), "--date: 2020-01-01 is not near"),
    (("schedule", "pause", "no-such"), "SCHEDULE: 'no-such' is unknown"),
)


async def test_wrong_words_end_with_2_and_say_how_to_mend_them(
    stack: Stack, new_day: Callable[[], Day]
) -> None:
    day = new_day()
    await day.at(Stage.REVIEW)
    account, date = day.words
    for words, said in WRONG:
        ended = stack.run("starter.py", *(w.format(account=account, day=date) for w in words))
        assert ended.code == 2, words
        assert said in ended.err, words
        assert "Traceback" not in ended.err
    assert (await day.progress()).stage is Stage.REVIEW

    day.approve()
    day.published()
    closed = stack.run("starter.py", "reject", *day.words)
    assert (closed.code, "already decided by" in closed.err) == (2, True)


def test_every_missing_setting_is_told_at_once(stack: Stack) -> None:
    environ = {name: value for name, value in stack.environ.items() if name != "REELS_HOME"}
    bare = Stack(stack.home, environ | {"TEMPORAL_ADDRESS": "nowhere"})
    ended = bare.run("starter.py", "show")

    assert ended.code == 2
    for name in ("TEMPORAL_ADDRESS", "DATABASE_URL", "DECISION_KEY"):
        assert name in ended.err


@pytest.mark.parametrize(
    ("name", "value", "address"),
    [
        ("TEMPORAL_ADDRESS", "127.0.0.1:1", "127.0.0.1:1"),
        ("DATABASE_URL", "postgresql://reels:canary@127.0.0.1:2/reels", "127.0.0.1:2"),
    ],
)
def test_a_part_that_is_down_ends_with_3_and_its_address(
    stack: Stack, name: str, value: str, address: str
) -> None:
    away = Stack(stack.home, {**stack.environ, name: value})
    ended = away.run("starter.py", "show")

    assert ended.code == 3
    assert address in ended.err
    assert "canary" not in ended.err
