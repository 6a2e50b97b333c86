"""The last step of every door: a decision, sealed and sent to its day as a signal."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schemas.decision import Decision, seal

SIGNAL = "approval"


class DayNotOpen(Exception):
    """No run of the day is there to be told: it was never started, or it has ended."""


class NotDelivered(Exception):
    """Temporal did not confirm the signal; it may or may not have arrived."""


@dataclass(frozen=True)
class Delivery:
    """Where decisions go."""

    temporal: Client
    decision_key: bytes = field(repr=False)

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


def _no_such_run(error: RPCError) -> bool:
    # A missing namespace is NOT_FOUND too, and says nothing about the day.
    return error.status is RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower()
