"""Edits that no open run survives: what the replay test has to find."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.gameplay import GameplayActivities
    from schemas.account import Account
    from schemas.day import AccountDayInput, AccountDayResult, Stage
    from schemas.decision import ReviewOutcome
    from schemas.gameplay import WindowRequest
    from schemas.reel import Draft
    from schemas.story import Story
    from workflows import sla
    from workflows.account_day import AccountDay


@workflow.defn(name="AccountDay")
class OneActivityMore(AccountDay):
    """Asks for gameplay before the story."""

    @workflow.init
    def __init__(self, start: AccountDayInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: AccountDayInput) -> AccountDayResult:
        return await super().run(start)

    async def _write_the_story(self, account: Account) -> Story:
        await workflow.execute_activity_method(
            GameplayActivities.pick_window,
            WindowRequest(key=self._key, reel=self._reel, seconds=1),
            **sla.DATABASE,
        )
        return await super()._write_the_story(account)


@workflow.defn(name="AccountDay")
class OneStageMore(AccountDay):
    """Shows one more stage before the review."""

    @workflow.init
    def __init__(self, start: AccountDayInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: AccountDayInput) -> AccountDayResult:
        return await super().run(start)

    async def _review(self, account: Account, draft: Draft) -> ReviewOutcome:
        self._journal.enter(Stage.COMPOSING)
        return await super()._review(account, draft)
