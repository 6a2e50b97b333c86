"""Trust: where an account has earned it, its policy decides in the place of a person."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.review import ReviewActivities
    from activities.trust import TrustActivities
    from schemas.account import Account, AccountDay
    from schemas.decision import Decision
    from schemas.notice import Notice, NoticeKind
    from schemas.reel import Draft
    from schemas.trust import POLICY, TrustRequest, how_to_stop
    from workflows import sla
    from workflows.desk import Desk
    from workflows.journal import Journal
    from workflows.steps import Steps

STEP = "automatic approval"


def words_of(decision: Decision) -> str:
    """The record by which a Reel was approved automatically; empty when a person decided."""
    return decision.note if decision.channel == POLICY else ""


class Trusting:
    """Asks whether one day's account has earned automatic approval, and decides like a door."""

    def __init__(self, key: AccountDay, steps: Steps, journal: Journal, desk: Desk) -> None:
        """Nothing was weighed yet."""
        self._key = key
        self._steps = steps
        self._journal = journal
        self._desk = desk
        self.why_people = ""
        """Why people decide, where they might not have to; empty: they always do."""

    async def decides(self, account: Account, draft: Draft) -> bool:
        """Let the policy decide on a draft that lies on the desk. Whether anybody has, then.

        What was changed since it was first laid is always people's, and so is what can't be
        weighed. A person who was quicker has decided.
        """
        self.why_people = ""
        if not account.review.auto_approval or draft.changed:
            return False
        request = TrustRequest(
            key=self._key, reel=draft.reel, account=account, revision=draft.revision
        )
        weigh = TrustActivities.weigh_trust
        trust = await self._steps.try_once("trust", weigh, request, sla.DATABASE)
        if trust is not None and trust.sealed is not None:
            await self._desk.weigh_unheard((trust.sealed,))
        elif trust is not None:
            self.why_people = trust.words
            if trust.ended:
                await self._tell(account, draft, NoticeKind.TRUST_ENDED, trust.words)
        if self._desk.decision is not None:
            await self._say(account, draft, self._desk.decision)
        return self._desk.decided

    async def _say(self, account: Account, draft: Draft, decision: Decision) -> None:
        """Say to the daily run and to people that it was decided before anybody was asked."""
        words = words_of(decision)
        if not words:
            await self._steps.report("review")
            return
        self._journal.note(STEP, f"{words}; to stop that: {how_to_stop(account.id)}")
        await self._steps.report("approved", f"automatically: {words}")
        await self._tell(account, draft, NoticeKind.AUTOMATIC, words)

    async def _tell(self, account: Account, draft: Draft, kind: NoticeKind, words: str) -> None:
        notice = Notice(kind=kind, key=self._key, account=account, draft=draft, detail=words)
        await self._steps.try_once("tell reviewers", ReviewActivities.notify, notice, sla.NOTIFY)
