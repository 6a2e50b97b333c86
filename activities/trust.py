"""Automatic approval: whether an account has earned it, and whether it still counts."""

from dataclasses import dataclass
from hashlib import sha256

from temporalio import activity

from activities.failures import failed
from db.database import Database
from db.trust import Weighing
from schemas.decision import Decision, Verdict, seal
from schemas.failures import FailureKind
from schemas.post import PostRequest
from schemas.trust import (
    AUTOMATIC,
    POLICY,
    TrustAnswer,
    TrustRequest,
    TrustStanding,
    is_sampled,
    percent,
)

STOPPED = "automatic approval was stopped"


@dataclass(frozen=True)
class TrustActivities:
    """Weighs what an account has earned, as the database has it now."""

    db: Database
    decision_key: bytes

    @activity.defn
    async def weigh_trust(self, request: TrustRequest) -> TrustAnswer:
        """Approve a draft in the name of its account's policy, where that is earned.

        People decide when the record is not enough, when the day is a sample, and when automatic
        approval was stopped since the day began. What was found is written down before anything
        comes of it. Again: the same, also when the record has changed meanwhile.
        """
        found = await self.db.trust.standing(request.account.id)
        if found is None or not found.policy.auto_approval:
            return TrustAnswer(words=STOPPED)
        share = found.policy.auto_sampled_share
        sampled = is_sampled(request.key, share, self.decision_key)
        weighed = await self.db.trust.weigh(request.reel, request.revision, found, sampled=sampled)
        words = weighed.record.words(found.policy)
        if not weighed.earned:
            ended = await self.db.trust.earned_before(found.account_id, request.reel)
            return TrustAnswer(words=f"automatic approval: {words}", ended=ended)
        if weighed.sampled:
            return TrustAnswer(words=f"one of the {percent(share)} that people see all the same")
        decision = _approval(request, weighed, words)
        return TrustAnswer(words=words, sealed=seal(decision, self.decision_key))

    @activity.defn
    async def await_withdrawal(self, post: PostRequest) -> None:
        """End when a Reel's automatic approval counts no more. Again: looks again.

        Raises NOT_READY while it counts; the pause between two looks is Temporal's.
        """
        if not await withdrawn(self.db, post):
            raise failed(FailureKind.NOT_READY, "automatic approval counts as it did")


async def withdrawn(db: Database, post: PostRequest) -> str:
    """Why people have to decide on a Reel that was approved automatically.

    Empty while that approval counts, and for a Reel that a person approved.
    """
    if not post.automatic:
        return ""
    if by := await db.trust.recalled_by(post.reel):
        return f"it was approved automatically, and {by} wants people to decide"
    found = await db.trust.standing(post.account.id)
    if found is None or not await db.trust.stands(post.reel, post.revision):
        return _stopped(found)
    return "" if found.earned else f"automatic approval has ended: {found.words}"


def _stopped(found: TrustStanding | None) -> str:
    by = found.stopped_by if found else None
    return f"{STOPPED} by {by}" if by else STOPPED


def _approval(request: TrustRequest, weighed: Weighing, words: str) -> Decision:
    """The policy's decision: the same for every attempt in one run of the day."""
    run = activity.info().workflow_run_id or ""
    facts = f"{AUTOMATIC}\n{run}\n{request.reel}\n{request.revision}"
    return Decision(
        id=sha256(facts.encode()).hexdigest()[:32],
        key=request.key,
        revision=request.revision,
        verdict=Verdict.APPROVE,
        reviewer=AUTOMATIC,
        channel=POLICY,
        note=words,
        decided_at=weighed.weighed_at,
    )
