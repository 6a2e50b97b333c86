"""Revisions that people ask for: only what they named is other than it was."""

from dataclasses import dataclass, replace
from typing import assert_never

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.composition import CompositionActivities
    from schemas.account import Account, AccountDay
    from schemas.anew import Anew
    from schemas.decision import Change, Decision, ReviewOutcome
    from schemas.editing import edit_words, replaced
    from schemas.recut import Recut
    from schemas.reel import Caption, Captions, CoverRequest, Draft
    from schemas.story import Story
    from workflows import sla
    from workflows.making import Making, Video
    from workflows.parking import OverBudget, Skipped
    from workflows.steps import Steps, both
    from workflows.writing import Writing


@dataclass(frozen=True)
class Made:
    """What a day has made so far: all that a revision consists of."""

    story: Story
    video: Video
    captions: Captions
    changed: str = ""
    """Why people see it again, and what is other than before; empty the first time."""

    def recut(self, recut: Recut) -> "Made":
        """The same in a file that people would tell from the one before."""
        video = replace(self.video, composed=recut.composed)
        return replace(self, video=video, changed=recut.why)

    def seen_again(self, why: str) -> "Made":
        """The same as it is, which people see before it goes out."""
        return replace(self, changed=why)


class Revising:
    """Makes the next revision of one day out of what a person said of the last one."""

    def __init__(self, key: AccountDay, steps: Steps, writing: Writing, making: Making) -> None:
        """Nobody has said anything yet."""
        self._key = key
        self._steps = steps
        self._writing = writing
        self._making = making

    async def revise(
        self, account: Account, made: Made, draft: Draft, review: ReviewOutcome
    ) -> Made:
        """What the next revision consists of, after an edit or a request for changes.

        Raises Abandoned.
        """
        decision = review.decision
        if decision is None:
            return made
        if review.caption is not None:
            return await self._edit(made, draft, decision, review.caption)
        return await self._change(account, draft.reel, made, decision)

    async def _edit(self, made: Made, draft: Draft, decision: Decision, caption: Caption) -> Made:
        """The caption as a person wrote it, and a poster of the picture that they picked."""
        before = next(one.caption for one in draft.variants if one.revision == decision.revision)
        words = {"caption": caption.caption, "hashtags": caption.hashtags}
        after = before.model_copy(update=words)
        return replace(
            made,
            captions=replaced(made.captions, before, after),
            video=await self._cover(made.video, decision),
            changed=f"{edit_words(decision.edits)} edited by {decision.reviewer}",
        )

    async def _change(self, account: Account, reel: str, made: Made, decision: Decision) -> Made:
        """The Reel with the part made anew that a person named.

        What is there stays, and the words say why, when there is no money for another or when a
        person skips a step of it.
        """
        asked = (decision.change or Change.CAPTION).replace("_", " ")
        try:
            after = await self._anew(account, reel, made, decision)
        except (OverBudget, Skipped) as why:
            if decision.change is Change.STORY:
                await self._writing.keep(reel, made.story)
            words = f"{decision.reviewer} asked for another {asked}, and it stayed: {why}"
            return replace(made, changed=words)
        words = f"another {asked}, as {decision.reviewer} asked: {decision.note}"
        return replace(after, changed=words)

    async def _anew(self, account: Account, reel: str, made: Made, decision: Decision) -> Made:
        anew, story, making = Anew(id=decision.id, note=decision.note), made.story, self._making
        match decision.change:
            case Change.CAPTION | None:
                before = made.captions.variants
                captions = await self._writing.captions(account, reel, story, anew, before)
                return replace(made, captions=captions)
            case Change.GAMEPLAY:
                video = await making.with_other_gameplay(account, reel, story, made.video)
                return replace(made, video=video)
            case Change.TOP_VIDEO:
                video = await making.refilmed(account, reel, story, made.video, anew)
                return replace(made, video=video)
            case Change.STORY:
                return await self._retold(account, reel, made, anew)
        assert_never(decision.change)

    async def _retold(self, account: Account, reel: str, made: Made, anew: Anew) -> Made:
        story = await self._writing.another_story(account, reel, made.story, anew.note)
        video, captions = await both(
            self._making.refilmed(account, reel, story, made.video, anew),
            self._writing.captions(account, reel, story),
        )
        return Made(story, video, captions)

    async def _cover(self, video: Video, decision: Decision) -> Video:
        seconds = decision.edits.cover_seconds
        if seconds is None:
            return video
        request = CoverRequest(key=self._key, composed=video.composed, seconds=seconds)
        composed = await self._steps.do(
            "cover", CompositionActivities.pick_cover, request, sla.COVER
        )
        return replace(video, composed=composed)
