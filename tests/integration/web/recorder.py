"""A day that only writes down the decisions that reach it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.decision import SealedDecision


@workflow.defn(name="RecordedDay")
class RecordedDay:
    @workflow.init
    def __init__(self) -> None:
        self._sent: list[SealedDecision] = []
        self._over = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal
    def approval(self, sealed: SealedDecision) -> None:
        self._sent.append(sealed)

    @workflow.signal
    def close(self) -> None:
        self._over = True

    @workflow.query
    def sent(self) -> list[SealedDecision]:
        return self._sent
