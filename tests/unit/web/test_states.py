"""Where a Reel stands, in the moments between a person's word and the day's next step."""

from datetime import UTC, datetime, timedelta

import pytest

from db.approval_row import ApprovalRow, ApprovalStatus
from db.reel_row import ReelRow
from schemas.day import Stage
from tests.factories import DAY, NOW, an_account
from web.pages.states import state_of

ACCOUNT = an_account()
IN_REVIEW = ReelRow(
    id="reel",
    account_id=ACCOUNT.id,
    day=DAY,
    claim="run",
    requested_by="test",
    stage=Stage.REVIEW,
    stage_at=NOW,
    waiting_for="a reviewer's answer",
    created_at=NOW,
)


def a_row(status: ApprovalStatus) -> ApprovalRow:
    return ApprovalRow(
        id="row",
        reel_id="reel",
        account_id=ACCOUNT.id,
        day=DAY,
        revision="ab" * 32,
        video_key="v",
        poster_key="p",
        video_sha256="cd" * 32,
        seconds=20,
        caption="Look",
        hashtags=(),
        status=status,
        reviewed_by="ann",
        channel="email",
        notes="too blue",
        reviewed_at=NOW + timedelta(hours=1),
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("status", "title", "who"),
    [
        (ApprovalStatus.APPROVED, "Approved.", "ann approved caption A on 23 November at 10:00"),
        (ApprovalStatus.REJECTED, "Rejected.", "ann rejected it on 23 November at 10:00"),
    ],
)
def test_a_decision_is_told_before_the_day_has_closed(
    status: ApprovalStatus, title: str, who: str
) -> None:
    state = state_of(IN_REVIEW, ACCOUNT, [a_row(status)])
    assert state.title == title
    assert state.text.startswith(who)
    assert "a reviewer's answer" not in state.text


def test_whoever_holds_a_reel_leaves_what_was_approved_of_it() -> None:
    held = a_row(ApprovalStatus.PENDING).model_copy(
        update={"approvals_needed": 2, "hold_until": datetime.now(UTC) + timedelta(days=2)}
    )
    state = state_of(IN_REVIEW, ACCOUNT, [held], ["ann"])
    assert state.title == "Held."
    assert "Approved by ann; another person has to approve it, too." in state.text
