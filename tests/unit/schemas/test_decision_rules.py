from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.account import AccountDay
from schemas.decision import Change, Decision, Edits, Verdict, seal, sentences, unseal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "key": AccountDay(account="robots", day=date(2026, 11, 23)),
    "revision": "a" * 64,
    "reviewer": "ann",
    "channel": "web",
    "decided_at": NOW,
}


@pytest.mark.parametrize(
    "given",
    [
        {"verdict": "approve"},
        {"verdict": "reject", "note": "too loud"},
        {"verdict": "edit", "edits": {"caption": "Other words"}},
        {"verdict": "edit", "edits": {"hashtags": []}},
        {"verdict": "edit", "edits": {"cover_seconds": 0}},
        {"verdict": "changes", "change": "gameplay", "note": "too dark"},
        {"verdict": "hold", "hold_until": NOW + timedelta(days=2)},
    ],
)
def test_what_makes_sense_passes_the_seal(given: dict[str, Any]) -> None:
    decision = Decision.model_validate(GIVEN | given)
    assert unseal(seal(decision, b"key"), b"key") == decision


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"verdict": "approve", "edits": {"caption": "x"}}, "edits: goes with verdict edit only"),
        ({"verdict": "reject", "change": "story"}, "change: goes with verdict changes only"),
        ({"verdict": "approve", "hold_until": NOW}, "hold_until: goes with verdict hold only"),
        ({"verdict": "edit"}, "edits: are empty; give a caption"),
        ({"verdict": "edit", "edits": {"caption": "x" * 2201}}, "caption: "),
        ({"verdict": "edit", "edits": {"cover_seconds": -1}}, "cover_seconds: "),
        ({"verdict": "edit", "edits": {"cover_seconds": "nan"}}, "cover_seconds: "),
        ({"verdict": "changes", "note": "x"}, "change: is missing; say what to make anew: caption"),
        ({"verdict": "changes", "change": "caption", "note": " "}, "note: is empty"),
        ({"verdict": "hold"}, "hold_until: is missing"),
        ({"verdict": "hold", "hold_until": NOW}, "hold_until: give a time to come"),
        ({"verdict": "hold", "hold_until": NOW + timedelta(days=61)}, "within 60 days"),
        ({"verdict": "hold", "hold_until": "2026-11-25T00:00:00"}, "hold_until: "),
        ({"verdict": "publish"}, "verdict: "),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Decision.model_validate(GIVEN | given)
    assert said in sentences(caught.value)


def test_a_time_without_a_zone_is_weighed_as_utc() -> None:
    given = {"decided_at": NOW.replace(tzinfo=None), "verdict": Verdict.HOLD}
    held = Decision.model_validate(GIVEN | given | {"hold_until": NOW + timedelta(hours=1)})
    assert held.hold_until == NOW + timedelta(hours=1)


def test_an_older_door_sends_none_of_the_new_fields() -> None:
    old = {"verdict": "approve", "id": "1" * 32, "note": ""}
    decision = Decision.model_validate(GIVEN | old)
    assert (decision.edits, decision.change, decision.hold_until) == (Edits(), None, None)
    assert not decision.edits.any
    assert {one.value for one in Change} == {"caption", "gameplay", "top_video", "story"}
