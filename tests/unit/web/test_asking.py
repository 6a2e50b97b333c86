"""Forms of both services, whatever lies before people: within the limits that each of them has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.views import View

from db.approval_row import ApprovalRow, ApprovalStatus
from schemas.decision import Verdict
from simulators.discord_checks import check_modal
from simulators.slack_views import check_view
from tests.factories import DAY, an_account
from web.asking import MAIN, Kind, Laid, fields
from web.discord.forms import form as discord_form
from web.edits import Amiss, edits_in, hold_in
from web.slack.modals import form as slack_form

NOW = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
LONGEST_ZONE = "America/Argentina/ComodRivadavia"


def laid(zone: str = "UTC", **changes: object) -> Laid:
    account = an_account(id="a" * 63, zone=zone)
    facts: dict[str, object] = {
        "id": "1",
        "reel_id": "2",
        "account_id": account.id,
        "day": DAY,
        "revision": "ab" * 32,
        "video_key": "v",
        "poster_key": "p",
        "video_sha256": "cd" * 32,
        "seconds": 19.96,
        "caption": "Look at this",
        "hashtags": tuple(f"#tag{number}x" for number in range(10)),
        "status": ApprovalStatus.PENDING,
        "created_at": NOW,
    }
    return Laid(ApprovalRow.model_validate(facts | changes), account)


LONG = laid(
    LONGEST_ZONE,
    caption="x" * 2200,
    hashtags=tuple(f"#y{n:049}" for n in range(15)),
    seconds=899.96,
    picked_cover_seconds=123.456,
)


@pytest.mark.parametrize("lies", [laid(), LONG], ids=["short", "long"])
@pytest.mark.parametrize("verdict", MAIN)
def test_a_form_stays_within_the_limits_of_both_services(verdict: Verdict, lies: Laid) -> None:
    view: dict[str, Any] = slack_form(verdict, lies)
    check_view(view)
    official = View(**view)
    official.validate_json()
    for block in official.blocks or ():
        block.validate_json()
    assert len(official.blocks or ()) == len(view["blocks"])
    check_modal(discord_form(verdict, lies)["data"])


@pytest.mark.parametrize("verdict", MAIN)
def test_what_is_wrong_with_no_other_field_stands_below_one_of_the_form(verdict: Verdict) -> None:
    assert MAIN[verdict] in {field.name for field in fields(verdict, laid())}


def test_a_picked_cover_stands_in_its_field_and_is_no_edit_unless_it_is_changed() -> None:
    picked = laid(picked_cover_seconds=3.25)
    (cover,) = [one for one in fields(Verdict.EDIT, picked) if one.kind is Kind.SECONDS]
    assert (cover.value, cover.most) == ("3.25", "19.8")
    written = {"caption": "Other", "hashtags": " ".join(picked.row.hashtags)}
    for same in ("3.25", " 3,25 ", ""):
        assert edits_in(picked, written | {"cover": same}).cover_seconds is None
    assert edits_in(picked, written | {"cover": "0"}).cover_seconds == 0
    assert edits_in(picked, written | {"cover": "19.8"}).cover_seconds == 19.8


@pytest.mark.parametrize(
    "cover", ["19.9", "-1", "1e1", "nan", "inf", "٣", "1_0", "0x1", "1.", "9" * 30]
)
def test_what_is_no_second_of_the_video_is_refused(cover: str) -> None:
    with pytest.raises(Amiss) as raised:
        edits_in(laid(), {"caption": "Other", "hashtags": "", "cover": cover})
    assert raised.value.fields == {"cover": "the video has 20.0 s: write a number from 0 to 19.8"}


@pytest.mark.parametrize(
    ("zone", "day", "until"),
    [
        ("Europe/Berlin", "2026-11-30", "2026-11-30T08:00:00+00:00"),
        ("America/New_York", "2026-11-30", "2026-11-30T14:00:00+00:00"),
        ("Pacific/Kiritimati", "2026-12-01", "2026-11-30T19:00:00+00:00"),
        ("Europe/Berlin", "2027-01-28", "2027-01-28T08:00:00+00:00"),
    ],
)
def test_a_hold_ends_at_nine_where_the_account_is(zone: str, day: str, until: str) -> None:
    assert hold_in(laid(zone), {"until": f" {day} "}, NOW) == datetime.fromisoformat(until)


@pytest.mark.parametrize("day", ["2026-11-29", "2027-01-29", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_over_or_too_far_off_is_refused(day: str) -> None:
    with pytest.raises(Amiss) as raised:
        hold_in(laid("Europe/Berlin"), {"until": day}, NOW)
    said = raised.value.fields["until"]
    assert said.startswith(f"{day}, 09:00 in Europe/Berlin is not within the next 60 days")
    assert said.endswith("like 2026-11-30")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_at_the_end_of_the_calendar_is_no_fault_of_ours(zone: str) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        with pytest.raises(Amiss):
            hold_in(laid(zone), {"until": day}, NOW + timedelta(days=1))


def test_a_reel_of_another_length_has_another_last_cover() -> None:
    assert replace(laid(), row=laid(seconds=10.0).row).last_cover == 9.9
