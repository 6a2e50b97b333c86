"""The review desk of one day: weighs decisions one by one; the first valid one wins."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.review import ReviewActivities
    from schemas.account import AccountDay, ReviewPolicy, Silence
    from schemas.decision import (
        Answer,
        Decision,
        ReviewOutcome,
        SealedDecision,
        Verdict,
        WeighRequest,
    )
    from schemas.reel import Caption, Draft
    from workflows import sla


class Desk:
    """Where a revision lies until a person decides or the time is up."""

    def __init__(self, key: AccountDay) -> None:
        """Open with nothing on it: decisions are refused until a draft lies here."""
        self._key = key
        self._turn = asyncio.Lock()
        self._draft: Draft | None = None
        self._policy = ReviewPolicy()
        self._deadline: datetime | None = None
        self._decision: Decision | None = None
        self._caption: Caption | None = None
        self._closed = False
        self._held_until: datetime | None = None
        self._news = ""
        self._noted: set[str] = set()
        self._changes = 0

    def lay(self, draft: Draft, policy: ReviewPolicy) -> None:
        """Put a revision on the desk and start its clock."""
        self._draft, self._policy = draft, policy
        self._decision = self._caption = None
        self._deadline = workflow.now() + timedelta(hours=policy.expiry_hours)
        self._closed = False
        self._held_until, self._news = None, ""

    @property
    def decision(self) -> Decision | None:
        """The valid decision, once one was made."""
        return self._decision

    @property
    def decided(self) -> bool:
        """Whether a valid decision was made."""
        return self._decision is not None

    def overdue(self) -> bool:
        """Whether the deadline has passed, by the clock and not by the order of events."""
        return self._deadline is not None and workflow.now() >= self._deadline

    @property
    def _last_call(self) -> datetime | None:
        """After when no decision counts; None when silence does not end the review."""
        return self._deadline if self._policy.silence is Silence.EXPIRE else None

    def hold(self) -> None:
        """Let the revision lie without a deadline."""
        self._deadline = None

    def next_call(self) -> datetime:
        """When people are to be reminded next, by the policy or by the end of a hold."""
        now = workflow.now()
        if self._held_until is not None and self._held_until > now:
            return self._held_until
        return now + timedelta(hours=self._policy.reminder_hours)

    async def wait(self, until: datetime) -> bool:
        """Wait for a decision, until then or until the deadline, or for news. True when decided."""
        if self._deadline is not None:
            until = min(until, self._deadline)
        patience = max(until - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(
                lambda: self.decided or bool(self._news),
                timeout=patience,
                timeout_summary="review: next reminder",
            )
        except TimeoutError:
            async with self._turn:  # a decision that is being weighed counts first
                return self.decided
        return self.decided

    def news(self) -> str:
        """What a person said that did not end the review, once; empty for nothing new."""
        said, self._news = self._news, ""
        return said

    def close(self) -> ReviewOutcome:
        """Take the revision off the desk and say how the review ended."""
        self._closed = True
        return ReviewOutcome(decision=self._decision, caption=self._caption)

    async def _weigh(self, sealed: SealedDecision | None) -> Answer:
        async with self._turn:
            answer = await workflow.execute_activity_method(
                ReviewActivities.weigh_decision,
                WeighRequest(
                    key=self._key,
                    reel=self._draft.reel if self._draft else "",
                    revision=self._draft.revision if self._draft else None,
                    reviewers=self._policy.reviewers,
                    deadline=self._last_call,
                    now=workflow.now(),
                    sealed=sealed,
                    already=self._decision,
                    closed=self._closed,
                    changes_made=self._changes,
                    revisions=self._draft.revisions if self._draft else (),
                ),
                **sla.told(sla.DECISION, "weigh a decision"),
            )
            if answer.accepted and answer.final:
                self._end(answer)
            elif answer.accepted and answer.decision is not None:
                self._note(answer.decision, answer.message)
            return answer

    def _end(self, answer: Answer) -> None:
        """End the review with a decision. Again, when it is sent once more: changes nothing."""
        decision, before = answer.decision, self._decision
        if decision is None or (before is not None and before.id == decision.id):
            return
        self._decision, self._caption = decision, answer.caption
        self._changes += decision.verdict is Verdict.CHANGES

    def _note(self, decision: Decision, message: str) -> None:
        """Go on with a decision that did not end the review. Again: changes nothing."""
        if decision.id in self._noted:
            return
        self._noted.add(decision.id)
        self._news = message
        if decision.hold_until is not None:
            self._held_until = decision.hold_until
            if self._deadline is not None:
                self._deadline = max(self._deadline, decision.hold_until + sla.AFTER_HOLD)

    async def weigh_unheard(self, sent: tuple[object, ...]) -> None:
        """Weigh what a signal brought; its sender hears nothing, the log does."""
        try:
            answer = await self._weigh(_read(sent))
        except ActivityError as error:
            workflow.logger.error("decision.lost", extra={"reason": str(error.cause)})
            return
        if not answer.accepted:
            workflow.logger.warning(
                "decision.refused", extra={"refusal": answer.refusal, "reason": answer.message}
            )

    async def weigh(self, sent: tuple[object, ...]) -> Answer:
        """Weigh what an update brought, whatever it is; only a sealed decision can count.

        Raises ApplicationError when it can't be weighed.
        """
        try:
            return await self._weigh(_read(sent))
        except ActivityError as error:
            raise ApplicationError(
                f"the decision could not be weighed: {error.cause}", type="NotWeighed"
            ) from error


def _read(sent: tuple[object, ...]) -> SealedDecision | None:
    if len(sent) != 1:
        return None
    try:
        return SealedDecision.model_validate(sent[0])
    except ValidationError:
        return None
