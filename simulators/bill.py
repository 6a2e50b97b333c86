"""What the services would charge, worked out from the ledger with prices of their own.

Prices as of November 2026: Anthropic's and Luma's price pages. All sums are micro-dollars.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from simulators.ledger import Entry

TOKEN_MICROS = {
    "claude-haiku-5-5": (Fraction(1, 10), Fraction(1, 2)),
    "claude-sonnet-5-5": (Fraction(2), Fraction(10)),
    "claude-opus-5-5": (Fraction(4), Fraction(20)),
    "claude-fable-5-1": (Fraction(10), Fraction(50)),
    "claude-sonnet-4-6": (Fraction(3), Fraction(15)),
    "claude-haiku-4-5": (Fraction(1), Fraction(5)),
}
"""For one token in and one out: a dollar for a million tokens is a micro-dollar for one."""
CLIP_MICROS = {
    ("360p", 5): 60_000, ("360p", 10): 180_000,
    ("540p", 5): 150_000, ("540p", 10): 450_000,
    ("720p", 5): 300_000, ("720p", 10): 900_000,
    ("1080p", 5): 1_200_000, ("1080p", 10): 3_600_000,
}  # fmt: skip
REFUNDED = frozenset({"content_moderated", "generation_failed", "output_not_found"})


def bill(entries: Iterable[Entry], job_state: Callable[[str], str]) -> dict[str, Any]:
    """Calls and money by service, and each accepted call with its price.

    `job_state` says where a video job stands: a failed one may be refunded.
    """
    services: dict[str, dict[str, int]] = {
        name: {"calls": 0, "micros": 0} for name in ("anthropic", "luma", "instagram", "slack")
    }
    lines = []
    for entry in entries:
        micros = price(entry, job_state)
        if micros is None:
            continue
        services[entry.service]["calls"] += 1
        services[entry.service]["micros"] += micros
        lines.append(
            {"seq": entry.seq, "service": entry.service, "ids": entry.ids, "micros": micros}
        )
    total = sum(service["micros"] for service in services.values())
    return {"unit": "micro-dollars", "services": services, "total_micros": total, "lines": lines}


def price(entry: Entry, job_state: Callable[[str], str]) -> int | None:
    """What one accepted call costs; None for what isn't sold."""
    facts = entry.facts
    if entry.effect == "message.created":
        if not facts["billed"]:
            return 0
        read, written = TOKEN_MICROS[facts["model"]]
        spent: Fraction = read * facts["input_tokens"] + written * facts["output_tokens"]
        return round(spent)
    if entry.effect == "job.created":
        full: int = CLIP_MICROS[facts["resolution"], facts["seconds"]]
        if job_state(entry.ids["job"]) != "failed":
            return full
        if facts["failure_code"] in REFUNDED:
            return 0
        return full // 2 if facts["failure_code"] == "budget_exhausted" else full
    return None
