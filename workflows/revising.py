"""Revisions that people ask for: what they edited, with everything else as it was."""

from dataclasses import dataclass, replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.composition import CompositionActivities
    from schemas.account import AccountDay
    from schemas.decision import Decision, ReviewOutcome
    from schemas.editing import edit_words, replaced
    from schemas.reel import Captions, ComposedReel, CoverRequest, Draft
    from workflows import sla
    from workflows.steps import Steps


@dataclass(frozen=True)
class Made:
    """What a day has made so far: all that a revision consists of."""

    composed: ComposedReel
    captions: Captions
    changed: str = ""
    """Why people see it again, and what is other than before; empty the first time."""


class Revising:
    """Makes the next revision of one day out of what a person said of the last one."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nobody has said anything yet."""
        self._key = key
        self._steps = steps

    async def edit(self, made: Made, draft: Draft, review: ReviewOutcome) -> Made:
        """The caption as a person wrote it, and a poster of the picture that they picked."""
        decision = review.decision
        if decision is None or review.caption is None:
            return made
        before = next(one.caption for one in draft.variants if one.revision == decision.revision)
        words = {"caption": review.caption.caption, "hashtags": review.caption.hashtags}
        after = before.model_copy(update=words)
        return replace(
            made,
            captions=replaced(made.captions, before, after),
            composed=await self._cover(made.composed, decision),
            changed=f"{edit_words(decision.edits)} edited by {decision.reviewer}",
        )

    async def _cover(self, composed: ComposedReel, decision: Decision) -> ComposedReel:
        seconds = decision.edits.cover_seconds
        if seconds is None:
            return composed
        request = CoverRequest(key=self._key, composed=composed, seconds=seconds)
        return await self._steps.do("cover", CompositionActivities.pick_cover, request, sla.COVER)
