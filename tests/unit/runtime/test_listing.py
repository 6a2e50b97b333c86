from datetime import UTC, datetime

import pytest

from runtime.listing import print_schedule, what_next
from runtime.schedules import DIGESTS, Planned
from schemas.day import DayLine, Stage
from tests.factories import a_key, an_account


@pytest.mark.parametrize(
    ("waiting_for", "said"),
    [
        ("waits until 18:37 Europe/Berlin: posting time 18:30", "waits until 18:37"),
        (None, "starter.py watch "),
    ],
)
def test_a_day_at_publishing_says_what_it_waits_for(waiting_for: str | None, said: str) -> None:
    line = DayLine(
        key=a_key(an_account()),
        stage=Stage.PUBLISHING,
        since=datetime.now(UTC),
        waiting_for=waiting_for,
    )
    assert what_next(line, ()).startswith(said)


def test_what_comes_every_quarter_of_an_hour_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = datetime.now(UTC)
    print_schedule(Planned(DIGESTS, None, paused=False, note="", next_times=(now,)), [now] * 96)
    assert capsys.readouterr().out == "digests\n  every quarter of an hour\n"
