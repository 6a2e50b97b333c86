"""What the services would charge, worked out from the ledger with prices of their own.

Prices as of November 2026, from each service's price page where its comment doesn't say
otherwise. All sums are micro-dollars. A video order is billed when it is accepted; what its end
gives back is given back when the simulators' clock has come to that end.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from simulators.claude_prices import batch_micros, message_micros
from simulators.fal_models import ending_of
from simulators.jobs import Jobs, Phase
from simulators.ledger import Entry
from simulators.runway_models import is_charged

SERVICES = ("anthropic", "luma", "runway", "fal", "instagram", "slack", "discord")
LUMA_MICROS = {
    ("360p", 5): 60_000, ("360p", 10): 180_000,
    ("540p", 5): 150_000, ("540p", 10): 450_000,
    ("720p", 5): 300_000, ("720p", 10): 900_000,
    ("1080p", 5): 1_200_000, ("1080p", 10): 3_600_000,
}  # fmt: skip
DREAM_MICROS = {
    ("ray-2", "540p", 5): 400_000, ("ray-2", "540p", 9): 720_000,
    ("ray-2", "720p", 5): 710_000, ("ray-2", "720p", 9): 1_280_000,
    ("ray-2", "1080p", 5): 1_590_000, ("ray-2", "1080p", 9): 2_860_000,
    ("ray-2", "4k", 5): 6_370_000, ("ray-2", "4k", 9): 11_470_000,
    ("ray-flash-2", "540p", 5): 140_000, ("ray-flash-2", "540p", 9): 250_000,
    ("ray-flash-2", "720p", 5): 240_000, ("ray-flash-2", "720p", 9): 430_000,
    ("ray-flash-2", "1080p", 5): 550_000, ("ray-flash-2", "1080p", 9): 990_000,
    ("ray-flash-2", "4k", 5): 2_190_000, ("ray-flash-2", "4k", 9): 3_940_000,
}  # fmt: skip
"""Dream Machine, to the cent: 0.64 and 0.22 cents for a million pixels, by resellers' words."""
LUMA_REFUNDED = frozenset({"content_moderated", "generation_failed", "output_not_found"})
CREDIT_MICROS = 10_000
"""Runway's credit is a cent; how many a task takes is in `runway_models`."""
PIKA_MICROS = {("720p", 5): 200_000, ("1080p", 5): 450_000}
"""Ten seconds are twice five: fal publishes only these two."""
SERVER_ERROR = 500
"""fal says of results from here on that they aren't billed, and of 422 that it may be: here all
that is below is billed in full, which is the harder on its customer."""


def bill(entries: Iterable[Entry], jobs: Iterable[Jobs]) -> dict[str, Any]:
    """Calls and money by service, and each accepted call with its price.

    A line has `seq`, `service`, `ids` (`job` for a video order) and `micros`.
    """
    services: dict[str, dict[str, int]] = {name: {"calls": 0, "micros": 0} for name in SERVICES}
    home = {name: one for one in jobs for name in one.all}
    lines = []
    for entry in entries:
        micros = price(entry, home)
        if micros is None:
            continue
        services[entry.service]["calls"] += 1
        services[entry.service]["micros"] += micros
        lines.append(
            {"seq": entry.seq, "service": entry.service, "ids": entry.ids, "micros": micros}
        )
    total = sum(service["micros"] for service in services.values())
    return {"unit": "micro-dollars", "services": services, "total_micros": total, "lines": lines}


def price(entry: Entry, home: Mapping[str, Jobs]) -> int | None:
    """What one accepted call costs; None for what isn't sold."""
    if entry.effect == "message.created":
        return message_micros(entry.facts)
    if entry.effect == "batch.created":
        return batch_micros(entry.facts)
    if entry.effect != "job.created":
        return None
    jobs = home[entry.ids["job"]]
    job = jobs.all[entry.ids["job"]]
    phase = jobs.phase(job)
    full = _full_price(entry)
    if phase is Phase.CANCELLED:
        return 0 if jobs.refunded(job) else full
    return _kept(entry, full, str(job.failure_code)) if phase is Phase.FAILED else full


def _full_price(entry: Entry) -> int:
    """What an order costs that succeeds."""
    facts = entry.facts
    if entry.service == "runway":
        return int(facts["credits"] * CREDIT_MICROS)
    if entry.service == "fal":
        return PIKA_MICROS[facts["resolution"], 5] * int(facts["seconds"]) // 5
    if facts.get("api") == "dream-machine":
        return DREAM_MICROS[facts["model"], facts["resolution"], facts["seconds"]]
    return LUMA_MICROS[facts["resolution"], facts["seconds"]]


def _kept(entry: Entry, full: int, code: str) -> int:
    """What a failed order costs all the same."""
    if entry.service == "runway":
        return full if is_charged(code) else 0
    if entry.service == "fal":
        return full if ending_of(code).status < SERVER_ERROR else 0
    if entry.facts.get("api") == "dream-machine":
        # No word of refunds is published.
        return full
    if code == "budget_exhausted":
        return full // 2
    return 0 if code in LUMA_REFUNDED else full
