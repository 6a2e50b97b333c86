"""The last step of every door: a decision, sealed and sent to its day.

As the update `decide`, whose answer a person waits for; left as a signal where no worker gives one
in time.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from runtime import doors
from runtime.exits import InputError
from schemas.decision import Answer, Decision

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

    async def decide(self, decision: Decision, *, seconds: float | None = None) -> Answer | None:
        """What became of a decision; None when Temporal holds it and no worker answered yet.

        It has so many seconds for it, half of them for the answer; None is twice the patience.
        Raises DayNotOpen, NotDelivered or NotWeighed. Again with the same decision: it counts
        once, and the answer is the same.
        """
        patience = self.patience if seconds is None else timedelta(seconds=seconds / 2)
        try:
            # The client repeats a call that finds no server for ten seconds, each try with
            # its own deadline, so the whole needs one too.
            async with asyncio.timeout(2 * patience.total_seconds()):
                sent = await doors.send_decision(
                    self.temporal, decision, self.decision_key, patience=patience
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
