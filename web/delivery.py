"""The last step of every door: a decision, sealed and sent to its day.

As a signal where nobody waits for the answer, as the update `decide` where a person does.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime import doors
from runtime.exits import InputError
from schemas.decision import Answer, Decision, seal

SIGNAL = "approval"

PATIENCE = timedelta(seconds=6)
"""How long a person before a page waits for a worker's answer; twice as long for Temporal's."""


class DayNotOpen(Exception):
    """No run of the day is there to be told: it was never started, or it has ended."""


class NotDelivered(Exception):
    """Temporal did not confirm it; it may or may not have arrived."""


class NotWeighed(Exception):
    """The day could not say whether the decision counts; its message says why."""


@dataclass(frozen=True)
class Delivery:
    """Where decisions go."""

    temporal: Client
    decision_key: bytes = field(repr=False)
    patience: timedelta = PATIENCE
    """How long somebody waits for a worker's answer."""

    async def send(self, decision: Decision, *, seconds: float) -> None:
        """Return once Temporal holds the decision durably, with or without a worker running.

        It has so many seconds for it. Raises DayNotOpen or NotDelivered. Again with the same
        decision: the day takes it as the one that it has.
        """
        day = self.temporal.get_workflow_handle(decision.key.workflow_id)
        try:
            # The client repeats a call that finds no server for ten seconds, each try with
            # its own deadline, so the whole needs one too.
            async with asyncio.timeout(seconds):
                await day.signal(
                    SIGNAL,
                    seal(decision, self.decision_key),
                    rpc_timeout=timedelta(seconds=seconds),
                )
        except TimeoutError:
            raise NotDelivered("Temporal did not answer in time") from None
        except RPCError as error:
            if _no_such_run(error):
                raise DayNotOpen(decision.key.workflow_id) from None
            raise NotDelivered(f"Temporal answered {error.status.name}") from error

    async def decide(self, decision: Decision) -> Answer | None:
        """What became of a decision; None when Temporal holds it and no worker answered yet.

        Raises DayNotOpen, NotDelivered or NotWeighed. Again with the same decision: it counts
        once, and the answer is the same.
        """
        try:
            async with asyncio.timeout(2 * self.patience.total_seconds()):
                sent = await doors.send_decision(
                    self.temporal, decision, self.decision_key, patience=self.patience
                )
        except TimeoutError:
            raise NotDelivered("Temporal did not answer in time") from None
        except doors.NoSuchDay:
            raise DayNotOpen(decision.key.workflow_id) from None
        except InputError as error:
            raise NotWeighed(str(error)) from None
        except RPCError as error:
            raise NotDelivered(f"Temporal answered {error.status.name}") from error
        return sent.answer


def _no_such_run(error: RPCError) -> bool:
    # A missing namespace is NOT_FOUND too, and says nothing about the day.
    return error.status is RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower()
