"""The video of a day: the filmed story over a stretch of gameplay, composed."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.composition import CompositionActivities
    from activities.gameplay import GameplayActivities
    from schemas.account import Account, AccountDay
    from schemas.anew import Anew
    from schemas.day import Stage
    from schemas.failures import WINDOW_TROUBLE
    from schemas.gameplay import GameplayWindow, WindowRequest
    from schemas.reel import ComposedReel, CompositionRequest
    from schemas.story import Story
    from schemas.video import TopVideo
    from workflows import sla
    from workflows.filming import Filming
    from workflows.parking import StepFailed
    from workflows.steps import Steps


@dataclass(frozen=True)
class Video:
    """A composed Reel, and what it is made of."""

    top: TopVideo
    gameplay: GameplayWindow
    composed: ComposedReel


class Making:
    """Makes one day's video for one account."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nothing is made yet."""
        self._key = key
        self._steps = steps

    async def video(self, account: Account, reel: str, story: Story) -> Video:
        """Film the story, pick the gameplay, and compose."""
        top = await self._film(account, reel, story)
        gameplay = await self._pick_the_gameplay(account, reel)
        return await self._compose(account, reel, story, top, gameplay)

    async def refilmed(
        self, account: Account, reel: str, story: Story, before: Video, anew: Anew
    ) -> Video:
        """The story filmed for a person's wish, over the gameplay that there is."""
        top = await self._film(account, reel, story, anew)
        return await self._compose(account, reel, story, top, before.gameplay)

    async def with_other_gameplay(
        self, account: Account, reel: str, story: Story, before: Video
    ) -> Video:
        """The film that there is, over another stretch of gameplay."""
        gameplay = await self._pick_the_gameplay(account, reel, instead_of=before.gameplay)
        return await self._compose(account, reel, story, before.top, gameplay)

    async def _film(
        self, account: Account, reel: str, story: Story, anew: Anew | None = None
    ) -> TopVideo:
        await self._steps.enter(Stage.FILMING)
        return await Filming(self._key, self._steps, account, anew).film(reel, story)

    async def _pick_the_gameplay(
        self, account: Account, reel: str, *, instead_of: GameplayWindow | None = None
    ) -> GameplayWindow:
        request = WindowRequest(
            key=self._key,
            reel=reel,
            seconds=account.reel_seconds,
            music=account.sound.music is not None,
            instead_of=instead_of.id if instead_of else None,
        )
        return await self._steps.do(
            "gameplay", GameplayActivities.pick_window, request, sla.DATABASE
        )

    async def _compose(
        self, account: Account, reel: str, story: Story, top: TopVideo, gameplay: GameplayWindow
    ) -> Video:
        """Compose, and once more over another window when the first makes no good Reel."""
        await self._steps.enter(Stage.COMPOSING)
        request = CompositionRequest(
            key=self._key,
            reel=reel,
            top=top,
            gameplay=gameplay,
            seconds=account.reel_seconds,
            layout=account.layout,
            top_anchor=account.top_anchor,
            sound=account.sound,
            hook_text=story.hook_text if account.hook_text else "",
        )
        compose = CompositionActivities.compose_reel
        try:
            composed = await self._steps.do(
                "compose", compose, request, sla.COMPOSE, unless=WINDOW_TROUBLE
            )
            return Video(top, gameplay, composed)
        except StepFailed as failure:
            if not workflow.patched("windows-are-repicked"):
                await self._steps.park(failure)
            else:
                await self._steps.record(failure)
                gameplay = await self._pick_the_gameplay(account, reel, instead_of=gameplay)
                request = request.model_copy(update={"gameplay": gameplay})
        composed = await self._steps.do("compose", compose, request, sla.COMPOSE)
        return Video(top, gameplay, composed)
