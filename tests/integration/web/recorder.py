"""A day that only writes down the decisions that reach it, and answers what it is told to."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.decision import Answer, SealedDecision


@workflow.defn(name="RecordedDay")
class RecordedDay:
    """As a real day does, it takes the same decision once, whichever way it comes."""

    @workflow.init
    def __init__(self) -> None:
        self._sent: list[SealedDecision] = []
        self._answer = Answer(accepted=True)
        self._over = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal
    def approval(self, sealed: SealedDecision) -> None:
        self._keep(sealed)

    @workflow.update
    def decide(self, sealed: SealedDecision) -> Answer:
        self._keep(sealed)
        return self._answer

    @workflow.signal
    def will_answer(self, answer: Answer) -> None:
        self._answer = answer

    @workflow.signal
    def close(self) -> None:
        self._over = True

    @workflow.query
    def sent(self) -> list[SealedDecision]:
        return self._sent

    def _keep(self, sealed: SealedDecision) -> None:
        if sealed not in self._sent:
            self._sent.append(sealed)
