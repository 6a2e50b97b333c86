"""The review: what is laid before people, how they are told, and whose word counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import activity

from activities.cards import links
from activities.channels import Board, reaching, tell_all
from activities.deciding import decide
from activities.failures import failed
from activities.quiet_hours import after_quiet_hours
from activities.weighing import Objection, objection, open_decision
from clients.review import Choice, Final, ReviewCard, ReviewChannel
from db.database import Database
from schemas.day import ResolveAction
from schemas.decision import Answer, Decision, Refusal, WeighRequest
from schemas.failures import FailureKind
from schemas.notice import CardState, Notice, NoticeKind, Reminder, ReminderRequest
from schemas.reel import Draft, DraftRef, DraftRequest, Letter
from schemas.trust import how_to_stop

_NO_CHANNEL = "signal"
"""The channel in the log of a decision that names none that can be believed."""

_MESSAGES = {
    NoticeKind.NEEDS_ATTENTION: "needs attention",
    NoticeKind.TRUST_ENDED: "people decide again",
}
"""What is said in a plain message, and its title."""


@dataclass(frozen=True)
class ReviewActivities:
    """What happens between a finished Reel and a person's word."""

    db: Database
    channels: Sequence[ReviewChannel]
    decision_key: bytes
    public_base_url: str

    @activity.defn
    async def save_draft(self, request: DraftRequest) -> Draft:
        """Name each caption's revision by its digest, and lay them before the reviewers.

        Captions with the same text are one. Again: the same revisions, and their review as it
        stands. In another run of the day, after a reset: people are asked anew.
        """
        composed = request.composed
        leading, *others = request.variants
        run = activity.info().workflow_run_id or ""
        await self.db.approvals.lay(
            request.reel,
            composed,
            request.variants,
            review_round=run,
            approvals_needed=request.approvals_needed,
            people_only=request.people_only,
        )
        return Draft(
            reel=request.reel,
            revision=leading.revision,
            video_key=composed.video_key,
            poster_key=composed.poster_key,
            seconds=composed.seconds,
            caption=leading.caption,
            others=tuple(others),
        )

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Tell the reviewers through their account's channels. Again: those not yet reached.

        A plain message goes to every channel where none of the account's takes any.
        Raises what a channel raised, after all of them were tried.
        """
        through = reaching(self.channels, notice.account.review.channels)
        if notice.kind in _MESSAGES:
            await tell_all(through or self.channels, title=_title(notice), text=_text(notice))
            return
        board, card = Board(self.db.cards, through), await self._card(notice)
        if notice.kind is NoticeKind.AUTOMATIC:
            words = f"{notice.detail}; to stop that: {how_to_stop(notice.account.id)}"
            final = Final("Approved automatically", words)
            await board.show(card, CardState.APPROVED, final)
        elif card.reminder:
            await board.remind(card)
        else:
            await board.ask(card)

    @activity.defn
    async def choose_reminder(self, request: ReminderRequest) -> Reminder:
        """When to remind, once the account's quiet hours are over. Again: the same."""
        return Reminder(at=after_quiet_hours(request.at, request.quiet_hours, request.zone))

    @activity.defn
    async def weigh_decision(self, request: WeighRequest) -> Answer:
        """Say whether a decision counts; whatever a door or a stranger sent, it never raises.

        The first valid one on any current variant wins, in the database, and what it approves
        is what is published. Every try is logged once. Again with the decision that won:
        accepted again.
        """
        decision = open_decision(request, self.decision_key)
        if isinstance(decision, Objection):
            return await self._refuse(request, None, decision)
        if request.already is not None and request.already.id == decision.id:
            return Answer(accepted=True, decision=request.already)
        weighed = objection(request, decision) or await decide(self.db, request, decision)
        if isinstance(weighed, Objection):
            return await self._refuse(request, decision, weighed)
        await self._log(request, decision, None)
        return weighed

    @activity.defn
    async def expire_review(self, ref: DraftRef) -> None:
        """Close a review that nobody answered, every variant of it.

        Again, or when it was decided: changes nothing.
        """
        await self.db.approvals.expire(ref.reel, ref.revision)

    async def _card(self, notice: Notice) -> ReviewCard:
        draft = notice.draft
        if draft is None:
            raise failed(FailureKind.BAD_REQUEST, "there is no draft to be shown")
        costs = await self.db.usage.by_service(draft.reel)
        return ReviewCard(
            account_day=notice.key.workflow_id,
            account=notice.account.id,
            choices=tuple(
                Choice(
                    letter=letter,
                    revision=variant.revision,
                    caption=variant.caption.text,
                    hook_type=variant.caption.hook_type,
                )
                for letter, variant in zip(Letter, draft.variants, strict=False)
            ),
            seconds=draft.seconds,
            reminder=notice.kind is NoticeKind.REMINDER,
            changed=draft.changed,
            cost_micros=sum(costs.values()),
            **links(notice.key, draft.revision, self.public_base_url),
        )

    async def _refuse(
        self, request: WeighRequest, decision: Decision | None, why: Objection
    ) -> Answer:
        await self._log(request, decision, why.refusal)
        return Answer(accepted=False, decision=decision, refusal=why.refusal, message=why.message)

    async def _log(
        self, request: WeighRequest, decision: Decision | None, refusal: Refusal | None
    ) -> None:
        await self.db.approvals.record_attempt(
            request.key,
            request.revision,
            decision,
            channel=decision.channel if decision else _NO_CHANNEL,
            accepted=refusal is None,
            refusal=refusal,
            at=request.now,
            event_key=_event_key(decision, refusal),
        )


def _event_key(decision: Decision | None, refusal: Refusal | None) -> str:
    """One line for each decision and what became of it, however often the step is repeated."""
    if decision is not None:
        return f"decision/{decision.id}/{refusal.value if refusal else 'accepted'}"
    info = activity.info()
    return f"activity/{info.workflow_run_id}/{info.activity_id}"


def _title(notice: Notice) -> str:
    return f"{notice.key.account}, {notice.key.day}: {_MESSAGES[notice.kind]}"


def _text(notice: Notice) -> str:
    key = notice.key
    if notice.kind is not NoticeKind.NEEDS_ATTENTION:
        return notice.detail
    answers = "|".join(ResolveAction)
    return f"{notice.detail}\n\nstarter.py resolve {key.account} {key.day} {answers}"
