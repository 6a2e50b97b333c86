"""The card of a day: what people see before they decide, and what it says afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from temporalio import activity

from activities.channels import Board
from clients.review import Choice, Final, ReviewCard, ReviewChannel
from db.approval_row import ApprovalRow, ApprovalStatus
from db.database import Database
from schemas.account import AccountDay
from schemas.day import Outcome
from schemas.decision import Decision, Verdict
from schemas.notice import CardsClosing, CardState
from schemas.reel import published_text

_VERDICTS = {
    Verdict.APPROVE: (CardState.APPROVED, "Approved"),
    Verdict.REJECT: (CardState.REJECTED, "Rejected"),
    Verdict.EDIT: (CardState.EDITED, "Edited"),
    Verdict.CHANGES: (CardState.CHANGES, "Changes asked"),
}
"""How a decision ends a card; a hold ends none."""


@dataclass(frozen=True)
class CardActivities:
    """Keeps the cards of a day true once its review is over."""

    db: Database
    channels: Sequence[ReviewChannel]
    public_base_url: str

    @activity.defn
    async def close_cards(self, request: CardsClosing) -> None:
        """Bring the day's card in every channel into its final state.

        A day that was never laid before people has none. Again: changes nothing. Raises what a
        channel raised, after all of them were tried.
        """
        laid = await self.db.approvals.newest(request.reel)
        if not laid:
            return
        approved = [row for row in laid if row.status is ApprovalStatus.APPROVED]
        state, final = ending(request, approved[0] if approved else None)
        card = _card(request.key, approved or laid, self.public_base_url)
        await Board(self.db.cards, self.channels).close(card, state, final)


def ending(request: CardsClosing, approved: ApprovalRow | None) -> tuple[CardState, Final]:
    """What the cards of a day are to say."""
    if request.outcome is Outcome.PUBLISHED:
        words = _by(approved) if approved else ""
        return CardState.PUBLISHED, Final("Published", words, request.permalink or "")
    if request.outcome is not None:
        words = f"nothing was published ({request.reason or 'no reason was given'})"
        return CardState.CLOSED, Final(request.outcome.value.capitalize(), words)
    if request.decision is None:
        words = "nobody answered in time, and nothing is published"
        return CardState.EXPIRED, Final("Expired", words)
    return _decided(request.decision)


class Links(TypedDict):
    """Where a card's poster and video are, and the day's page."""

    poster_url: str
    video_url: str
    page_url: str


def links(key: AccountDay, revision: str, base_url: str) -> Links:
    """The addresses of one revision."""
    base = base_url.rstrip("/")
    return Links(
        poster_url=f"{base}/reels/{revision}/poster.png",
        video_url=f"{base}/reels/{revision}/video.mp4",
        page_url=f"{base}/reel/{key.account}/{key.day}",
    )


def _decided(decision: Decision) -> tuple[CardState, Final]:
    state, title = _VERDICTS[decision.verdict]
    words = decision.note
    if decision.verdict is Verdict.EDIT:
        words = "a new revision takes this one's place"
    elif decision.change is not None:
        words = f"{decision.change.replace('_', ' ')}, {decision.note}"
    return state, Final(f"{title} by {decision.reviewer}", words)


def _by(approved: ApprovalRow) -> str:
    if approved.automatic:
        return f"approved automatically, {approved.notes}"
    return f"approved by {approved.reviewed_by}"


def _card(key: AccountDay, laid: Sequence[ApprovalRow], base_url: str) -> ReviewCard:
    return ReviewCard(
        account_day=key.workflow_id,
        account=key.account,
        choices=tuple(
            Choice(
                letter=row.variant,
                revision=row.revision,
                caption=published_text(row.caption, row.hashtags),
                hook_type=row.hook_type or "",
            )
            for row in laid
        ),
        seconds=laid[0].seconds,
        **links(key, laid[0].revision, base_url),
    )
