"""What becomes of a day when its video provider fails: the table of docs/providers.md as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Options = Mapping[str, Any]
NONE: Options = MappingProxyType({})


class Service(NamedTuple):
    """What a provider's simulator calls its operations, and how it says that it refused words."""

    name: str
    order: str
    look: str
    moderation: Options
    seconds: int = 10
    """Of a Reel that is one clip."""


SERVICES = {
    "luma": Service(
        "luma", "create_generation", "get_generation", {"failure_code": "content_moderated"}
    ),
    "runway": Service("runway", "create_task", "get_task", {"failure_code": "SAFETY.INPUT.TEXT"}),
    "pika": Service("fal", "submit", "get_status", {"failure_code": "content_policy_violation"}),
    "luma, legacy": Service(
        "luma", "create_generation", "get_generation", {"failure_code": "content_moderated"}, 9
    ),
}
"""By the names of the table's columns."""


class Outcome(NamedTuple):
    """Where a day of one clip comes to, and what it bought on the way."""

    meaning: str
    sent: int = 1
    """Orders that reached the provider."""
    bought: int = 1
    """Of them, those that it accepted."""
    elsewhere: int = 0
    """Orders that the next provider accepted."""
    ledger: tuple[str, ...] = ("settled: ok",)
    """The rows of the clip in `api_usage_logs`, take by take."""
    fetched: int = 1
    """Downloads that were begun at the provider."""
    parked: str | None = None
    """The step that waits for a person, and the kind of its failure; None is a day at review."""


PARKED_UNKNOWN = "clip 1: order from {provider} (outcome_unknown)"
USELESS = ("settled: bad_media", "settled: ok")

OUTCOMES = {
    "goes on": Outcome("the day looks at the job again, and films on"),
    "found": Outcome("the provider's list has the job, and the day goes on with it"),
    "unknown": Outcome(
        "no list tells: the cost stays counted in full, nothing more is bought anywhere, and a "
        "person looks at the provider's console",
        ledger=("unknown",),
        fetched=0,
        parked=PARKED_UNKNOWN,
    ),
    "unknown, none": Outcome(
        "the same, though there is no job: that can't be seen from outside",
        bought=0,
        ledger=("unknown",),
        fetched=0,
        parked=PARKED_UNKNOWN,
    ),
    "absent": Outcome(
        "the provider's list proves that there is no job: it is ordered once more", sent=2
    ),
    "absent, unknown": Outcome(
        "the same, and the second order is not answered either: a person looks",
        sent=2,
        bought=0,
        ledger=("unknown",),
        fetched=0,
        parked=PARKED_UNKNOWN,
    ),
    "waits": Outcome("ordered again when the provider's time is over, not before", sent=2),
    "next": Outcome(
        "certainly not accepted: three tries, then the next provider, with the reason kept",
        sent=3,
        bought=0,
        elsewhere=1,
        ledger=("released", "settled: ok"),
        fetched=0,
    ),
    "reworded": Outcome(
        "a refused job is over: other words are another order of the same clip (take 2), at the "
        "same provider",
        sent=2,
        bought=2,
        ledger=("settled: moderated", "settled: ok"),
    ),
    "refused": Outcome(
        "other words once, never another provider; then a person decides",
        sent=2,
        bought=2,
        ledger=("settled: moderated", "settled: moderated"),
        fetched=0,
        parked="clip 1: film (moderated)",
    ),
    "fetched again": Outcome("a fresh address is asked for, of the same job", fetched=2),
    "continued": Outcome("what is missing is asked for with Range, at the same address", fetched=2),
    "useless": Outcome(
        "fetched three times, each from a fresh address; then the paid job is of no use, and "
        "the next provider is asked",
        elsewhere=1,
        ledger=USELESS,
        fetched=3,
    ),
    "kept": Outcome(
        "fetched three times, each continued three times where it broke off; the file is there "
        "and paid for, so that nothing else is bought: a person says when it is fetched again",
        ledger=("submitted",),
        fetched=12,
        parked="clip 1: download (unavailable)",
    ),
}
"""By the words of the table's cells."""


class Fault(NamedTuple):
    """What goes wrong, as the simulators are told."""

    at: str
    """`order`, `look` or `download`."""
    kind: str
    outcomes: tuple[str, ...]
    """One for all providers, or one for each in the order of SERVICES."""
    times: int = 1
    options: Options = NONE

    def outcome(self, provider: str) -> str:
        """What is stated for one provider."""
        column = list(SERVICES).index(provider) if len(self.outcomes) > 1 else 0
        return self.outcomes[column]


ALWAYS = 1000
LISTED = ("unknown", "unknown", "found", "found")

FAULTS = {
    "accepted, then silence": Fault("order", "execute-then-hang", LISTED),
    "reset after the order's last byte": Fault("order", "execute-then-reset", LISTED),
    "429 with Retry-After of 90 s": Fault(
        "order", "status", ("waits",), options={"status": 429, "headers": {"Retry-After": "90"}}
    ),
    "503, three times": Fault(
        "order", "status", ("next", "next", "next", "absent, unknown"), 3, {"status": 503}
    ),
    "500, and the job was made": Fault(
        "order", "status", LISTED, options={"status": 500, "after_effect": True}
    ),
    "500, and no job was made": Fault(
        "order",
        "status",
        ("unknown, none", "unknown, none", "absent", "absent"),
        options={"status": 500},
    ),
    "moderation, once": Fault("order", "fail", ("reworded",)),
    "moderation, twice": Fault("order", "fail", ("refused",), 2),
    "a state that nobody knows": Fault("look", "odd-state", ("goes on",), 2),
    "an expired address": Fault("download", "expired", ("fetched again",)),
    "a file that breaks off, once": Fault("download", "truncate", ("continued",)),
    "a file that breaks off, always": Fault("download", "truncate", ("kept",), ALWAYS),
    "half a file as a whole one, once": Fault("download", "short", ("fetched again",)),
    "half a file as a whole one, always": Fault("download", "short", ("useless",), ALWAYS),
    "a page with 200, once": Fault("download", "html", ("fetched again",)),
    "a page with 200, always": Fault("download", "html", ("useless",), ALWAYS),
}
"""By the words of the table's rows."""


def wish(service: Service, fault: Fault) -> dict[str, Any]:
    """What the simulators are asked for."""
    op = {"order": service.order, "look": service.look, "download": "download"}[fault.at]
    wish = {"service": service.name, "op": op, "kind": fault.kind, "times": fault.times}
    return {**wish, **fault.options, **(service.moderation if fault.kind == "fail" else {})}


def tables() -> str:
    """Both tables as docs/providers.md shows them."""
    rows = [["what goes wrong", *SERVICES], ["---"] * (1 + len(SERVICES))]
    rows += [[name, *(fault.outcome(one) for one in SERVICES)] for name, fault in FAULTS.items()]
    counts = ["orders sent", "accepted", "accepted by the next", "downloads"]
    meanings = [["outcome", "what happens", *counts], ["---"] * (2 + len(counts))]
    meanings += [
        [name, one.meaning, *map(str, (one.sent, one.bought, one.elsewhere, one.fetched))]
        for name, one in OUTCOMES.items()
    ]
    return "\n\n".join("\n".join(map(_row, table)) for table in (rows, meanings))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |" if cells[0] != "---" else f"|{'|'.join(cells)}|"
