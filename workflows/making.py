"""The video of a day: the filmed story over a stretch of gameplay, composed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.composition import CompositionActivities
    from activities.gameplay import GameplayActivities
    from schemas.account import Account, AccountDay
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


class Making:
    """Makes one day's video for one account."""

    def __init__(self, key: AccountDay, steps: Steps) -> None:
        """Nothing is made yet."""
        self._key = key
        self._steps = steps

    async def video(self, account: Account, reel: str, story: Story) -> ComposedReel:
        """Film the story, pick the gameplay, and compose."""
        await self._steps.enter(Stage.FILMING)
        top = await Filming(self._key, self._steps, account).film(reel, story)
        gameplay = await self._pick_the_gameplay(account, reel)
        return await self._compose(account, reel, story, top, gameplay)

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
    ) -> ComposedReel:
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
            return await self._steps.do(
                "compose", compose, request, sla.COMPOSE, unless=WINDOW_TROUBLE
            )
        except StepFailed as failure:
            if not workflow.patched("windows-are-repicked"):
                await self._steps.park(failure)
            else:
                await self._steps.record(failure)
                another = await self._pick_the_gameplay(account, reel, instead_of=gameplay)
                request = request.model_copy(update={"gameplay": another})
        return await self._steps.do("compose", compose, request, sla.COMPOSE)
