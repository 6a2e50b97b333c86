"""The account-day: one account, one day, one Reel, from the story to the post."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.cards import CardActivities
    from activities.day import DayActivities
    from activities.review import ReviewActivities
    from schemas.account import Account, Silence
    from schemas.day import (
        AccountDayInput,
        AccountDayResult,
        CloseDay,
        DayProgress,
        OpenDay,
        Outcome,
        Stage,
    )
    from schemas.decision import Answer, Decision, ReviewOutcome, Verdict
    from schemas.notice import CardsClosing, Notice, NoticeKind, ReminderRequest
    from schemas.post import PostRequest
    from schemas.reel import (
        Captions,
        Draft,
        DraftRef,
        DraftRequest,
    )
    from schemas.story import Story
    from workflows import sla
    from workflows.departure import Departure, TrustWithdrawn
    from workflows.desk import Desk
    from workflows.journal import Journal
    from workflows.making import Making
    from workflows.parking import Abandoned, OverBudget, Parking, Skipped
    from workflows.posting import Posting
    from workflows.recutting import Recutting, ReviewAgain
    from workflows.revising import Made, Revising
    from workflows.steps import Steps, both, to_its_end
    from workflows.trusting import Trusting, words_of
    from workflows.writing import Writing


WAITING_FOR = "a reviewer's answer: approve or reject it on its page, in a chat or with starter.py"
_SAID_BY_THE_REVIEW = frozenset({Outcome.REJECTED, Outcome.EXPIRED})


@dataclass(frozen=True)
class Ending:
    """How the day ended, before it is written down."""

    outcome: Outcome
    reason: str | None = None


@workflow.defn(name="AccountDay")
class AccountDay:
    """Makes one Reel, asks a person, and publishes it at most once."""

    @workflow.init
    def __init__(self, start: AccountDayInput) -> None:
        """Set up the desk first: a decision may arrive before the first step."""
        self._key = start.key
        self._journal = Journal(start.key)
        self._parking = Parking(self._journal)
        self._steps = Steps(start.key, self._journal, self._parking)
        self._desk = Desk(start.key)
        self._writing = Writing(start.key, self._steps)
        self._making = Making(start.key, self._steps)
        self._revising = Revising(start.key, self._steps, self._writing, self._making)
        self._departure = Departure(self._steps, self._journal)
        self._recutting = Recutting(self._steps, self._journal)
        self._trusting = Trusting(start.key, self._steps, self._journal, self._desk)
        self._reel = ""

    @workflow.run
    async def run(self, start: AccountDayInput) -> AccountDayResult:
        """Live the day, and close it whatever came before."""
        try:
            ending = await self._live(start)
        except Abandoned as abandoned:
            ending = Ending(Outcome.ABANDONED, str(abandoned))
        except (Skipped, OverBudget) as skipped:
            ending = Ending(Outcome.SKIPPED, str(skipped))
        except (asyncio.CancelledError, FailureError) as error:
            if not is_cancelled_exception(error):
                raise
            result = await self._close_the_day(Ending(Outcome.CANCELLED, "the day was cancelled"))
            if result.outcome is not Outcome.PUBLISHED:
                raise
            return result
        return await to_its_end(self._close_the_day(ending))

    async def _live(self, start: AccountDayInput) -> Ending:
        account = await self._open_the_day(start)
        if isinstance(account, Ending):
            return account
        story = await self._write_the_story(account)
        video, captions = await both(
            self._making.video(account, self._reel, story),
            self._write_the_captions(account, story),
        )
        return await self._let_people_decide(account, Made(story, video, captions))

    async def _open_the_day(self, start: AccountDayInput) -> Account | Ending:
        self._journal.enter(Stage.OPENING)
        claim = OpenDay(
            key=self._key,
            claim=workflow.info().first_execution_run_id,
            requested_by=start.requested_by,
        )
        opened = await self._steps.do("open the day", DayActivities.open_day, claim, sla.DATABASE)
        if opened.account is None:
            return Ending(Outcome.SKIPPED, opened.skipped)
        self._reel = opened.reel
        self._steps.about(opened.account, opened.reel)
        return opened.account

    async def _write_the_story(self, account: Account) -> Story:
        await self._steps.enter(Stage.WRITING)
        return await self._writing.story(account, self._reel)

    async def _write_the_captions(self, account: Account, story: Story) -> Captions:
        return await self._writing.captions(account, self._reel, story)

    async def _let_people_decide(self, account: Account, made: Made) -> Ending:
        """Publish what was approved; what is other than people saw, they see once more."""
        while True:
            draft = await self._save_the_draft(account, made)
            review = await self._review(account, draft)
            if review.decision is None:
                return Ending(Outcome.EXPIRED, "no reviewer answered in time")
            match review.decision.verdict:
                case Verdict.APPROVE:
                    try:
                        return await self._publish(account, review.decision)
                    except ReviewAgain as again:
                        made = made.recut(again.recut)
                    except TrustWithdrawn as withdrawn:
                        made = made.seen_again(str(withdrawn))
                case Verdict.EDIT | Verdict.CHANGES:
                    made = await self._revising.revise(account, made, draft, review)
                case Verdict.REJECT | Verdict.HOLD:
                    return Ending(Outcome.REJECTED, review.decision.note or None)

    async def _save_the_draft(self, account: Account, made: Made) -> Draft:
        leading, *others = made.captions.variants
        request = DraftRequest(
            key=self._key,
            reel=self._reel,
            composed=made.video.composed,
            caption=leading,
            others=tuple(others),
            approvals_needed=account.review.approvals_needed,
            people_only=bool(made.changed),
        )
        save = ReviewActivities.save_draft
        draft = await self._steps.do("draft", save, request, sla.DATABASE)
        return draft.model_copy(update={"changed": made.changed})

    async def _review(self, account: Account, draft: Draft) -> ReviewOutcome:
        """Ask, remind, and wait: a decision ends it, or silence as the account's policy says.

        Nobody is asked where the account has earned it that its policy decides.
        """
        self._desk.lay(draft, account.review)
        self._journal.set_revision(draft.revision)
        if await self._trusting.decides(account, draft):
            return self._desk.close()
        await self._steps.enter(Stage.REVIEW, waiting_for=_waiting_for(self._trusting.why_people))
        await self._steps.report("review")
        await self._tell(account, draft, NoticeKind.REVIEW)
        with self._journal.step("review"):
            while not await self._desk.wait(await self._next_call(account)):
                if news := self._desk.news():
                    await self._tell_news(account, draft, news)
                    continue
                if self._desk.overdue() and account.review.silence is Silence.EXPIRE:
                    break
                if self._desk.overdue():
                    self._desk.hold()
                await self._tell(account, draft, NoticeKind.REMINDER)
        review = self._desk.close()
        if review.decision is None:
            ref = DraftRef(key=self._key, reel=self._reel, revision=draft.revision)
            await self._steps.do("expire", ReviewActivities.expire_review, ref, sla.DATABASE)
        await self._close_the_cards(decision=review.decision)
        return review

    async def _close_the_cards(self, **how: object) -> None:
        """Say on every card of the day how it ended; the day can do without."""
        if not workflow.patched("cards-are-closed"):
            return
        facts = {"key": self._key, "reel": self._reel, **how}
        closing = CardsClosing.model_validate(facts)
        await self._steps.try_once("close cards", CardActivities.close_cards, closing, sla.NOTIFY)

    async def _tell(self, account: Account, draft: Draft, kind: NoticeKind) -> None:
        """Tell the reviewers; a channel that is down leaves the day waiting, never decided."""
        notice = Notice(kind=kind, key=self._key, account=account, draft=draft)
        await self._steps.try_once("tell reviewers", ReviewActivities.notify, notice, sla.NOTIFY)

    async def _next_call(self, account: Account) -> datetime:
        """When people are to be reminded next; quiet hours are read off the account's clock."""
        at, quiet = self._desk.next_call(), account.review.quiet_hours
        if quiet is None:
            return at
        request = ReminderRequest(at=at, quiet_hours=quiet, zone=account.zone)
        choose = ReviewActivities.choose_reminder
        return (await self._steps.do("reminder", choose, request, sla.DATABASE)).at

    async def _tell_news(self, account: Account, draft: Draft, news: str) -> None:
        """Say what a person said that did not end the review, to people and on the card."""
        await self._steps.enter(Stage.REVIEW, waiting_for=_waiting_for(news))
        words = f"{draft.changed}; {news}" if draft.changed else news
        await self._tell(account, draft.model_copy(update={"changed": words}), NoticeKind.REVIEW)

    async def _publish(self, account: Account, decision: Decision) -> Ending:
        self._journal.set_revision(decision.revision)
        await self._steps.enter(Stage.PUBLISHING)
        words = words_of(decision)
        request = PostRequest(
            key=self._key,
            reel=self._reel,
            account=account,
            revision=decision.revision,
            automatic=words,
        )
        posting = Posting(self._steps, self._departure, self._recutting)
        await posting.publish(request)
        return Ending(Outcome.PUBLISHED, f"approved automatically: {words}" if words else None)

    async def _close_the_day(self, ending: Ending) -> AccountDayResult:
        """Write the day down and free what it held; then answer whoever still asks."""
        self._desk.close()
        result = AccountDayResult(outcome=ending.outcome, reason=ending.reason)
        if self._reel or ending.outcome is Outcome.CANCELLED:
            closing = CloseDay(
                key=self._key,
                reel=self._reel,
                claim=workflow.info().first_execution_run_id,
                outcome=ending.outcome,
                reason=ending.reason,
            )
            result = await self._steps.do(
                "close the day", DayActivities.close_day, closing, sla.CLOSE
            )
            if result.revision and result.outcome not in _SAID_BY_THE_REVIEW:
                await self._close_the_cards(
                    outcome=result.outcome, reason=result.reason, permalink=result.permalink
                )
        self._journal.close(result)
        await self._steps.report(result.outcome.value, result.reason)
        await self._steps.quiet()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return result

    @workflow.signal(description="A sealed decision from a door; anything else is refused.")
    async def approval(self, *decision: object) -> None:
        """Weigh a decision that came as a signal."""
        await self._desk.weigh_unheard(decision)

    @workflow.update(description="A sealed decision, answered at once.")
    async def decide(self, *decision: object) -> Answer:
        """Weigh a decision for somebody who waits for the answer."""
        return await self._desk.weigh(decision)

    @workflow.update(description='A parked step\'s answer: "retry", "skip" or "abort".')
    def resolve(self, *resolution: object) -> str:
        """Let a parked step go on."""
        return self._parking.resolve(resolution)

    @resolve.validator
    def _check_resolution(self, *resolution: object) -> None:
        self._parking.check(resolution)

    @workflow.update(description="Publish now: an approved Reel waits for no posting time.")
    def publish(self, *said: object) -> str:
        """End the wait for the posting time, and no other one."""
        return self._departure.hurry(said)

    @publish.validator
    def _check_publish(self, *said: object) -> None:
        self._departure.check(said)

    @workflow.query(description="Where the day stands.")
    def progress(self) -> DayProgress:
        """The stage, the steps, and what is waited for."""
        return self._journal.progress


def _waiting_for(news: str) -> str:
    return f"{WAITING_FOR}; {news}" if news else WAITING_FOR
