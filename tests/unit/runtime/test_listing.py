from datetime import UTC, datetime

import pytest

from runtime.listing import what_next
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
