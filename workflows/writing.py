"""The words: a story that is new and worth filming, its captions, and what inspired them."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.story import WritingActivities
    from schemas.account import Account, AccountDay
    from schemas.anew import Anew
    from schemas.failures import FailureKind
    from schemas.reel import Caption, CaptionRequest, Captions
    from schemas.rewrites import given_up, objection
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


class Writing:
    """Writes one day's words for one account."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nothing is written yet."""
        self._key = key
        self._steps = steps
        self._trends: Trends | None = None
        self._version = 0
        self._sent_back: list[SentBack] = []
        self._forgiven = 0
        """How many of them a person's retry has let go of: they are told, and not counted."""

    async def story(self, account: Account, reel: str) -> Story:
        """A story that repeats none of the account's, and that the critic let pass.

        A person may let one pass that was sent back too often, unless it is unsafe.
        """
        if account.trends and self._trends is None:
            self._trends = await self._look_around(account, reel)
        while True:
            story = await self._write(account, reel)
            if not workflow.patched("stories-are-judged"):
                return story
            if not await self._sends_back(account, reel, story):
                break
        await self.keep(reel, story)
        return story

    async def another_story(self, account: Account, reel: str, before: Story, why: str) -> Story:
        """Another story, since a person sent the filmed one back; judged like the first."""
        sent_back = SentBack(by=Critic.REVIEWER, prompt=before.prompt, reason=why)
        self._sent_back.append(sent_back)
        self._forgiven = len(self._sent_back)
        return await self.story(account, reel)

    async def keep(self, reel: str, story: Story) -> None:
        """Make a story the one that is filmed."""
        kept = KeepStory(key=self._key, reel=reel, story=story)
        await self._steps.do("keep the story", WritingActivities.keep_story, kept, sla.DATABASE)

    async def captions(
        self,
        account: Account,
        reel: str,
        story: Story,
        anew: Anew | None = None,
        before: tuple[Caption, ...] = (),
    ) -> Captions:
        """The captions that the reviewer may choose from, the leading one first.

        For a person's wish others than the ones `before`.
        """
        request = CaptionRequest(
            key=self._key,
            reel=reel,
            account=account,
            story=story,
            trending=self._trends.hashtags if self._trends else (),
            anew=anew,
            before=before,
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

    async def _sends_back(self, account: Account, reel: str, story: Story) -> bool:
        """Whether the story is to be written anew: because it repeats, or the critic says so."""
        found, safe = objection(story), True
        if found is None:
            request = CritiqueRequest(key=self._key, reel=reel, account=account, story=story)
            verdict: Critique = await self._steps.do(
                "critic", WritingActivities.judge_story, request, sla.CLAUDE_PROMPT
            )
            found, safe = objection(story, verdict), verdict.safe
        if found is None:
            return False
        self._sent_back.append(found)
        kind = given_up(self._sent_back[self._forgiven :])
        return kind is None or not await self._lets_pass(found, kind, safe=safe)

    async def _lets_pass(self, found: SentBack, kind: FailureKind, *, safe: bool) -> bool:
        """Ask a person about a story that was sent back often enough; whether it is filmed."""
        failure = StepFailed("story", kind, f"{found.reason} (written {self._version} times)")
        try:
            await self._steps.park(failure, skippable=safe)
        except Skipped:
            return True
        self._forgiven = len(self._sent_back)
        return False
