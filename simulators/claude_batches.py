"""Message batches: taken at once, ended after a while, their results in no order.

Source: Anthropic's batch processing page. A batch is half the price of its messages.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from simulators.clock import iso

CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
EXPIRES_AFTER = 24 * 3600
SECONDS = 60.0
"""What a batch takes, by the simulated clock."""


@dataclass
class Batch:
    """One batch and what became of it."""

    id: str
    created: float
    results: list[dict[str, Any]]
    cancelled: float | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def ended(self, now: float) -> bool:
        """Whether its results can be had."""
        return self.cancelled is not None or now >= self.created + SECONDS

    def document(self, now: float, url: str) -> dict[str, Any]:
        """The batch as the API shows it."""
        ended = self.ended(now)
        kinds = ("succeeded", "errored", "canceled", "expired")
        done = {kind: sum(one["result"]["type"] == kind for one in self.results) for kind in kinds}
        counts = {"processing": 0, **done} if ended else dict.fromkeys(("processing", *kinds), 0)
        counts["processing"] = 0 if ended else len(self.results)
        end = self.cancelled or self.created + SECONDS
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts,
            "created_at": iso(self.created),
            "expires_at": iso(self.created + EXPIRES_AFTER),
            "ended_at": iso(end) if ended else None,
            "cancel_initiated_at": iso(self.cancelled) if self.cancelled else None,
            "archived_at": None,
            "results_url": f"{url}/results" if ended else None,
        }

    def cancel(self, now: float) -> None:
        """Stop what has not ended."""
        if not self.ended(now):
            self.cancelled = now
            for one in self.results:
                one["result"] = {"type": "canceled"}

    def lines(self) -> str:
        """The results as JSON lines, newest request first: the order promises nothing."""
        return "".join(json.dumps(one) + "\n" for one in reversed(self.results))


def wrong_requests(body: Any) -> str | None:  # noqa: ANN401 - whatever was sent
    """Why the requests of a batch can't be taken; None when they can."""
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        return "requests: at least one request is required"
    names = [one.get("custom_id") if isinstance(one, dict) else None for one in requests]
    for name in names:
        if not isinstance(name, str) or not CUSTOM_ID.fullmatch(name):
            return "requests.custom_id: must be 1 to 64 letters, digits, hyphens, underscores"
    if len(set(names)) != len(names):
        return "requests.custom_id: must be unique"
    if not all(isinstance(one.get("params"), dict) for one in requests):
        return "requests.params: Field required"
    return None
