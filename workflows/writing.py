"""The words: a story that is new and worth filming, its captions, and what inspired them."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.story import WritingActivities
    from schemas.account import Account, AccountDay
    from schemas.failures import FailureKind
    from schemas.reel import CaptionRequest, Captions
    from schemas.story import (
        Critic,
        Critique,
        CritiqueRequest,
        KeepStory,
        SentBack,
        Story,
        StoryRequest,
        Trends,
        TrendsRequest,
    )
    from workflows import sla
    from workflows.parking import Skipped, StepFailed
    from workflows.steps import Steps

REWRITES = {Critic.NOVELTY: 1, Critic.CRITIC: 2}
"""How often each sends a story back before a person is asked."""


class Writing:
    """Writes one day's words for one account."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nothing is written yet."""
        self._key = key
        self._steps = steps
        self._trends: Trends | None = None
        self._version = 0
        self._sent_back: list[SentBack] = []

    async def story(self, account: Account, reel: str) -> Story:
        """A story that repeats none of the account's, and that the critic let pass.

        A person may let one pass that was sent back too often, unless it is unsafe.
        """
        if account.trends:
            self._trends = await self._look_around(account, reel)
        while True:
            story = await self._write(account, reel)
            if not workflow.patched("stories-are-judged"):
                return story
            objection, safe = await self._objection(account, reel, story)
            if objection is None or await self._let_pass(objection, safe=safe):
                break
        kept = KeepStory(key=self._key, reel=reel, story=story)
        await self._steps.do("keep the story", WritingActivities.keep_story, kept, sla.DATABASE)
        return story

    async def captions(self, account: Account, reel: str, story: Story) -> Captions:
        """The captions that the reviewer may choose from, the leading one first."""
        request = CaptionRequest(
            key=self._key,
            reel=reel,
            account=account,
            story=story,
            trending=self._trends.hashtags if self._trends else (),
        )
        return await self._steps.do(
            "caption", WritingActivities.write_caption, request, sla.CLAUDE_CAPTION
        )

    async def _look_around(self, account: Account, reel: str) -> Trends | None:
        request = TrendsRequest(key=self._key, reel=reel, account=account)
        return await self._steps.try_once(
            "trends", WritingActivities.find_trends, request, sla.CLAUDE_TRENDS
        )

    async def _write(self, account: Account, reel: str) -> Story:
        self._version += 1
        request = StoryRequest(
            key=self._key,
            reel=reel,
            account=account,
            version=self._version,
            trends=self._trends,
            sent_back=tuple(self._sent_back),
        )
        return await self._steps.do(
            "story", WritingActivities.write_story, request, sla.CLAUDE_PROMPT
        )

    async def _objection(
        self, account: Account, reel: str, story: Story
    ) -> tuple[SentBack | None, bool]:
        """Why a story should be written anew, None when it is good; and whether it is safe."""
        if story.too_close_to is not None:
            reason = f"it is too close to this earlier one: {story.too_close_to}"
            return SentBack(by=Critic.NOVELTY, prompt=story.prompt, reason=reason), True
        request = CritiqueRequest(key=self._key, reel=reel, account=account, story=story)
        verdict: Critique = await self._steps.do(
            "critic", WritingActivities.judge_story, request, sla.CLAUDE_PROMPT
        )
        if verdict.passed:
            return None, True
        reason = verdict.reason or "it does not hold a viewer"
        return SentBack(by=Critic.CRITIC, prompt=story.prompt, reason=reason), verdict.safe

    async def _let_pass(self, objection: SentBack, *, safe: bool) -> bool:
        """Send the story back, or ask a person when that was done often enough."""
        before = sum(one.by is objection.by for one in self._sent_back)
        if before < REWRITES[objection.by]:
            self._sent_back.append(objection)
            return False
        kind = (
            FailureKind.TOO_SIMILAR
            if objection.by is Critic.NOVELTY
            else FailureKind.CRITIC_REFUSED
        )
        failure = StepFailed("story", kind, f"{objection.reason} (written {self._version} times)")
        try:
            await self._steps.park(failure, skippable=safe)
        except Skipped:
            return True  # a person wants it as it is
        self._sent_back = [objection]
        return False
